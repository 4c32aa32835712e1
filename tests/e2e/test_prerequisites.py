# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong set-up is refused as not supported, and the log says what to change."""

import pytest

import leftovers
from fsrvp import HResult
from harness import checked
from shadow_copies import ok, refused, start

# Each is spoilt by one test; the first stays sound.
SANDBOX = ["--shares", "4", "--volumes", "4"]


def assert_not_supported(sandbox, share, hint):
    """IsPathSupported and Add refuse the share; a log line matches the hint."""
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(share)), HResult.NOT_SUPPORTED)
        set_id = start(client)
        refused(client.add(set_id, sandbox.unc(share)), HResult.NOT_SUPPORTED)
        ok(client.abort(set_id))
    assert sandbox.log_line(hint), sandbox.log()
    leftovers.assert_none(sandbox)


def test_registry_shares_switched_off(make_sandbox):
    sandbox = make_sandbox("--global", "registry shares = no")
    assert_not_supported(sandbox, "share1", r"registry shares *= *yes")


@pytest.mark.parametrize("value", ["", "acl_xattr"])
def test_a_share_without_the_module(make_sandbox, value):
    sandbox = make_sandbox("--share", f"vfs objects = {value}")
    assert_not_supported(sandbox, "share1", r"share1.*vfs objects")


def test_a_share_that_is_not_on_btrfs(sandbox):
    path = sandbox.dir / "tmpfs"
    path.mkdir()
    checked(["mount", "-t", "tmpfs", "-o", "mode=0777", "tmpfs", path])  # `down` unmounts it
    sandbox.add_registry_share("elsewhere", path)
    assert_not_supported(sandbox, "elsewhere", r"(elsewhere|tmpfs).*btrfs")


def test_a_share_whose_directory_is_missing(sandbox):
    sandbox.add_registry_share("missing", sandbox.volumes[0] / "missing")
    assert_not_supported(sandbox, "missing", r"volume1/missing")


def test_a_store_that_cannot_be_made_for_a_file_in_its_place(sandbox):
    (sandbox.shares["share2"].path / ".fss").write_text("in the way")
    assert_not_supported(sandbox, "share2", r"share2.*\.fss")


def test_a_store_that_cannot_be_made_on_a_read_only_volume(sandbox):
    checked(["mount", "-o", "remount,ro", sandbox.shares["share3"].volume])
    assert_not_supported(sandbox, "share3", r"share3.*read-only")


def test_a_store_that_belongs_to_a_user(sandbox):
    store = sandbox.shares["share4"].path / ".fss"
    store.mkdir()
    checked(["chown", sandbox.nobody[0], store])
    assert_not_supported(sandbox, "share4", r"share4.*\.fss.*(owner|owned|root)")


def test_a_supported_share_beside_an_unsupported_one(sandbox):
    sandbox.add_registry_share("gone", sandbox.volumes[0] / "gone")
    with sandbox.client() as client:
        set_id = start(client)
        refused(client.add(set_id, sandbox.unc("gone")), HResult.NOT_SUPPORTED)
        ok(client.add(set_id, sandbox.unc("share1")))
        ok(client.prepare(set_id))
        ok(client.commit(set_id))
        ok(client.abort(set_id))
    leftovers.assert_none(sandbox)
