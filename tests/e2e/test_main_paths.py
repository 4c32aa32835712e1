# SPDX-License-Identifier: GPL-3.0-or-later
"""The main path of each part, in one sandbox: what `scripts/test quick` runs while work is in progress."""

import re

import pytest

import leftovers
from administration import text
from fsrvp import SmbError
from gates import Gate
from harness import GUID
from shadow_copies import committed, delete, exposed, ok, recovered, shadow_copy_set
from smbshadow import Smbshadow

SANDBOX = ["--shares", "2", "--volumes", "2", "--share", "fss:previous versions = yes"]


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


@pytest.fixture(name="files")
def _files(sandbox):
    """A file `kept` on each share, which says the share's name."""
    paths = [share.path / "kept" for share in sandbox.shares.values()]
    for path in paths:
        path.write_text(path.parent.name, encoding="utf-8")
        path.chmod(0o666)
    yield paths
    for path in paths:
        path.unlink(missing_ok=True)


# --------------------------------------------------------------------- agent --

def test_a_set_of_two_volumes_is_made_read_and_deleted(sandbox, files):
    with sandbox.client() as client:
        made = committed(client, sandbox, "share1", "share2")
        for path in files:
            path.write_text("changed", encoding="utf-8")
        ok(client.expose(made.set_id))
        for share, copy_id in made.copy_ids.items():
            made.mappings[share] = ok(client.get_share_mapping(copy_id, made.set_id, sandbox.unc(share))).mapping
        ok(client.recovery_complete(made.set_id))
        for share in made.mappings:
            with sandbox.connect(made.exposed(share)) as copy:
                assert copy.read("kept") == sandbox.shares[share].path.name.encode()
                with pytest.raises(SmbError):
                    copy.write("kept", b"changed")
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_a_set_is_aborted(sandbox):
    with sandbox.client() as client:
        ok(client.abort(exposed(client, sandbox, "share1", "share2").set_id))
    leftovers.assert_none(sandbox)


def test_rpcclient_makes_and_deletes_a_shadow_copy(sandbox):
    made = sandbox.rpcclient("fss_create_expose backup ro share1")
    assert made.ok, str(made)
    set_id, copy_id = re.search(rf"({GUID})\(({GUID})\)", made.output).groups()
    gone = sandbox.rpcclient(f"fss_delete share1 {set_id} {copy_id}")
    assert gone.ok, str(gone)
    leftovers.assert_none(sandbox)


def test_who_has_no_backup_right_is_refused(sandbox):
    with sandbox.client(user=sandbox.nobody) as client:
        assert client.is_path_supported(sandbox.unc("share1")).hresult == 0x80070005
    leftovers.assert_none(sandbox)


# -------------------------------------------------------------------- module --

def test_the_snapshot_store_is_hidden_and_refused(sandbox, files):
    with shadow_copy_set(sandbox, "share1"), sandbox.connect("share1") as share:
        assert (files[0].parent / ".fss").is_dir()
        assert ".fss" not in share.list()
        with pytest.raises(SmbError):
            share.list(".fss\\*")


def test_writes_go_through_the_gate(sandbox, files):
    with sandbox.connect("share1") as share:
        share.write("kept", b"x")
        gate = Gate(sandbox, files[0].parent)
        assert gate.writers() and gate.held_until == 0 and gate.inside() == 0


def test_an_exposed_copy_is_a_previous_version(sandbox, files):
    with sandbox.connect("share1") as share, shadow_copy_set(sandbox, "share1"):
        share.write("kept", b"newer")
        found = sandbox.smbclient("share1", "allinfo kept")
        assert re.search(r"@GMT-\d{4}\.", found.output), str(found)
    assert files[0].read_bytes() == b"newer"


# -------------------------------------------------------------------- fssctl --

def test_fssctl_makes_shows_and_deletes(sandbox, fssctl):
    made = fssctl.json("create", "share1", "share2")
    set_id = made["set"]["id"]
    assert fssctl.show(set_id)["state"] == "recovered"
    fssctl("delete", "--yes", set_id)
    assert not fssctl.sets()


def test_fssctl_lists_a_clients_set(sandbox, fssctl):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        assert text(made.set_id) in fssctl.sets()
        delete(client, sandbox, made)


def test_doctor_makes_its_trial(fssctl):
    findings = fssctl.json("doctor", "share1")
    assert findings["errors"] == 0, findings


# ----------------------------------------------------------------- smbshadow --

def test_smbshadow_backs_up_and_restores(sandbox, shadow, files, tmp_path):
    shares = [f"//{sandbox.host}/{name}" for name in sandbox.shares]
    shadow.ok("backup", *shares, "nights")
    night, = [path for path in (tmp_path / "nights").iterdir() if path.is_dir()]
    for name, path in zip(sandbox.shares, files):
        assert (night / name / "kept").read_text(encoding="utf-8") == path.parent.name
    files[0].unlink()
    shadow.ok("restore", "--no-acls", night / "share1", shares[0])
    assert files[0].read_text(encoding="utf-8") == files[0].parent.name
    leftovers.assert_none(sandbox)


def test_smbshadow_runs_a_script(sandbox, shadow, tmp_path):
    script = tmp_path / "script"
    script.write_text(f"Set Context Persistent\nAdd Volume \\\\{sandbox.host}\\share1 Alias one\nCreate\n"
                      "Delete Shadows Set %VSS_SHADOW_SET%\n", encoding="utf-8")
    shadow.ok("script", script)
    assert shadow.listed() == []
    leftovers.assert_none(sandbox)
