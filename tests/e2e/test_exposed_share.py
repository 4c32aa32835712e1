# SPDX-License-Identifier: GPL-3.0-or-later
"""The share that an exposed shadow copy is published as."""

import re
import time

import pytest

import leftovers
from fsrvp import SmbError
from harness import checked
from shadow_copies import delete, ok, recovered, shadow_copy_set

SANDBOX = ["--share", "veto files = /secret/", "--share", "root preexec = /bin/true"]

NAME = re.compile(r"share1@\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")


@pytest.fixture
def exposed(sandbox):
    """The name of share1's exposed share."""
    with shadow_copy_set(sandbox, "share1") as made:
        yield made.exposed("share1")


def security_descriptor(sandbox, share):
    return sorted(checked(["sharesec", "-s", sandbox.conf, share, "-v"]).splitlines())


def test_its_name_has_the_guid_in_capitals(exposed):
    assert NAME.fullmatch(exposed)


def test_it_is_found_whatever_the_case_of_the_name(sandbox, exposed):
    with sandbox.connect(exposed.lower()) as copy:
        copy.list()


def test_it_is_not_listed(sandbox, exposed):
    listed = sandbox.listed_shares()
    assert "share1" in listed and exposed not in listed


def test_its_definition_is_a_read_only_hidden_clone(sandbox, exposed):
    definition = sandbox.definition(exposed)
    assert definition["read only"] == "yes"
    assert definition["browseable"] == "no"
    assert definition["veto files"] == "/secret/"


def test_its_comment_names_the_share_and_the_time(sandbox, exposed):
    comment = sandbox.definition(exposed)["comment"]
    assert "share1" in comment
    assert time.strftime("%Y", time.gmtime()) in comment


def test_scripts_of_the_base_share_do_not_run_for_it(sandbox, exposed):
    assert [value for key, value in sandbox.definition(exposed).items() if "exec" in key] == [""]


def test_its_security_descriptor_is_the_base_shares_at_expose(sandbox):
    checked(["sharesec", "-s", sandbox.conf, "share1", "-a", f"{sandbox.sid(sandbox.nobody)}:DENIED/0/FULL"])
    try:
        with shadow_copy_set(sandbox, "share1") as made:
            copied = security_descriptor(sandbox, made.exposed("share1"))
            assert copied == security_descriptor(sandbox, "share1")
            with pytest.raises(SmbError):
                with sandbox.connect(made.exposed("share1"), user=sandbox.nobody):
                    pass
    finally:
        checked(["sharesec", "-s", sandbox.conf, "share1", "-D"])


def test_its_security_descriptor_goes_with_it(sandbox):
    checked(["sharesec", "-s", sandbox.conf, "share1", "-a", f"{sandbox.sid(sandbox.nobody)}:ALLOWED/0/READ"])
    try:
        with shadow_copy_set(sandbox, "share1") as made:
            name = made.exposed("share1")
            assert name.lower() in checked(["sharesec", "-s", sandbox.conf, "--view-all"]).lower()
        assert name.lower() not in checked(["tdbdump", sandbox.dir / "state" / "share_info.tdb"]).lower()
    finally:
        checked(["sharesec", "-s", sandbox.conf, "share1", "-D"])


def test_it_is_gone_after_delete(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        delete(client, sandbox, made)
    with pytest.raises(SmbError) as refusal:
        with sandbox.connect(made.exposed("share1")):
            pass
    assert refusal.value.code == 0xC00000CC  # STATUS_BAD_NETWORK_NAME


def test_clients_are_disconnected_by_delete(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        with sandbox.connect(made.exposed("share1")) as copy:
            copy.list()
            delete(client, sandbox, made)
            time.sleep(0.5)
            with pytest.raises(SmbError):
                copy.list()
    leftovers.assert_none(sandbox)


def test_a_share_may_lie_below_its_subvolumes_root(sandbox):
    path = sandbox.shares["share1"].path / "directory" / "below"
    path.mkdir(parents=True)
    path.chmod(0o777)
    (path / "inside").write_text("old")
    (sandbox.shares["share1"].path / "outside").write_text("old")
    sandbox.add_registry_share("below", path)
    with sandbox.client() as client:
        assert ok(client.is_path_supported(sandbox.unc("below"))).supported
        made = recovered(client, sandbox, "below")
        (path / "inside").write_text("new")
        with sandbox.connect(made.exposed("below")) as copy:
            assert copy.list() == ["inside"]
            assert copy.read("inside") == b"old"
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_the_base_share_may_be_in_the_registry(sandbox):
    sandbox.add_registry_share("registered", sandbox.shares["share1"].path, veto_files="/other/")
    with shadow_copy_set(sandbox, "registered") as made:
        assert sandbox.definition(made.exposed("registered"))["veto files"] == "/other/"
    assert "registered" in sandbox.registry_shares()
    leftovers.assert_none(sandbox)
