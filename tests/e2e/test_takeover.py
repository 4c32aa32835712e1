# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades: sets that the distribution's own agent has made, and this build's agent after it."""

import pathlib
import time

import pytest
import tdb

import leftovers
from fsrvp import Context
from harness import checked, new_directory
from shadow_copies import delete, ok, recovered

STOCK = ["--agent", "stock", "--shares", "2"]
DATABASE = "srv_fss.tdb"

# vfs_shell_snap with plain copies, as its manual suggests; they lie beside the shares.
SHELL_SNAP = """#!/bin/sh
case "$1" in
--check-path) exit 0 ;;
--create) copy="$(dirname "$2")/copy-$$" && cp -a "$2" "$copy" && echo "$copy" ;;
--delete) rm -r "$3" ;;
esac
"""


class Upgrade:
    """A server that changes from the one agent to the other."""

    def __init__(self, sandbox, build_options):
        self.sandbox = sandbox
        self._fss = ["--agent", "fss", *build_options]
        self.database = pathlib.Path(sandbox.description["lock_dir"]) / DATABASE

    def make(self, *shares, context=Context.NAS_ROLLBACK):
        """A set of the distribution's agent. It names snapshots by the second, and knows those of one worker."""
        time.sleep(1.1)
        with self.sandbox.client() as client:
            return recovered(client, self.sandbox, *shares, context=context)

    def now(self, module="btrfs"):
        """The daemons end; smb.conf is changed as an upgrade asks for, and they start with this build's agent."""
        conf = pathlib.Path(self.sandbox.conf)
        text = conf.read_text(encoding="utf-8")
        assert f"vfs objects = {module}" in text
        if module != "fss":
            text = text.replace(f"vfs objects = {module}", f"vfs objects = fss {module}")
        conf.write_text(text, encoding="utf-8")
        self.restart()
        assert self.sandbox.rpcd == "rpcd_fss"

    def restart(self):
        self.sandbox.exchange(*self._fss)

    def kept_by_the_old_agent(self):
        return [record for record in leftovers.records(self.sandbox) if record.startswith(DATABASE)]

    def snapshots(self):
        return leftovers.subvolumes(self.sandbox)


@pytest.fixture
def upgrade(make_sandbox, build_options):
    return Upgrade(make_sandbox(*STOCK), build_options)


def _fill(sandbox, content):
    for share in ("share1", "share2"):
        with sandbox.connect(share) as connected:
            connected.write("file", content)


def _assert_usable(client, sandbox, made, content):
    for share, copy_id in made.copy_ids.items():
        mapping = ok(client.get_share_mapping(copy_id, made.set_id, sandbox.unc(share))).mapping
        before = made.mappings[share]
        assert mapping.shadow_copy_share_name == before.shadow_copy_share_name
        assert mapping.share_name_unc.lower() == before.share_name_unc.lower()
        assert mapping.creation_timestamp == before.creation_timestamp
        with sandbox.connect(mapping.shadow_copy_share_name) as copy:
            assert copy.read("file") == content
        assert ok(client.is_path_shadow_copied(sandbox.unc(share))).present


def test_sets_are_taken_over(upgrade):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"first")
    one = upgrade.make("share1")
    _fill(sandbox, b"second")
    both = upgrade.make("share1", "share2", context=Context.BACKUP)
    gone = upgrade.make("share2")
    with sandbox.client() as client:
        delete(client, sandbox, gone)
    _fill(sandbox, b"third")
    assert len(upgrade.snapshots()) == 3
    assert len(upgrade.kept_by_the_old_agent()) == 8

    upgrade.now()

    assert not upgrade.kept_by_the_old_agent()
    with sandbox.client() as client:
        _assert_usable(client, sandbox, one, b"first")
        _assert_usable(client, sandbox, both, b"second")
        delete(client, sandbox, one)
        _assert_usable(client, sandbox, both, b"second")
        delete(client, sandbox, both)
        assert not ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    leftovers.assert_none(sandbox)
    with sandbox.connect("share1") as share:
        assert share.read("file") == b"third"


def test_what_was_taken_over_outlives_the_daemons(upgrade):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    made = upgrade.make("share1")
    upgrade.now()
    upgrade.restart()
    with sandbox.client() as client:
        _assert_usable(client, sandbox, made, b"old")
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_snapshots_in_the_store_are_taken_over(make_sandbox, build_options):
    """As the distribution's agent makes them through this build's VFS module."""
    sandbox = make_sandbox(*STOCK, "--module", "fss")
    upgrade = Upgrade(sandbox, build_options)
    directory = sandbox.shares["share1"].path / "directory"
    directory.mkdir()
    directory.chmod(0o777)
    (directory / "file").write_text("old")
    sandbox.add_registry_share("below", directory)
    made = upgrade.make("below")
    upgrade.now("fss")
    assert not upgrade.kept_by_the_old_agent()
    with sandbox.client() as client:
        _assert_usable(client, sandbox, made, b"old")
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_new_sets_are_made_beside_old_ones(upgrade):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    old = upgrade.make("share1")
    upgrade.now()
    _fill(sandbox, b"new")
    with sandbox.client() as client:
        new = recovered(client, sandbox, "share1")
        _assert_usable(client, sandbox, old, b"old")
        _assert_usable(client, sandbox, new, b"new")
        delete(client, sandbox, new)
        delete(client, sandbox, old)
    leftovers.assert_none(sandbox)


def test_a_share_that_is_missing_is_published_again(upgrade):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    made = upgrade.make("share1")
    sandbox.net("conf", "delshare", made.exposed("share1"))
    upgrade.now()
    with sandbox.client() as client:
        _wait_for(lambda: leftovers.exposed_shares(sandbox))
        _assert_usable(client, sandbox, made, b"old")
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_a_set_whose_snapshot_is_gone_is_pruned(upgrade):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    upgrade.make("share1")
    (snapshot,) = upgrade.snapshots()
    checked(["btrfs", "-q", "subvolume", "delete", snapshot])
    upgrade.now()
    _wait_for(lambda: not leftovers.find(sandbox))
    leftovers.assert_none(sandbox)


def test_what_is_no_btrfs_snapshot_stays(make_sandbox, build_options):
    scripts = new_directory()
    script = scripts / "snap"
    try:
        script.write_text(SHELL_SNAP, encoding="utf-8")
        script.chmod(0o755)
        options = [f"shell_snap:{name} command = {script} --{name.replace(' ', '-')}"
                   for name in ("check path", "create", "delete")]
        sandbox = make_sandbox(*STOCK, "--share", "vfs objects = shell_snap",
                               *(word for option in options for word in ("--share", option)))
        sandbox.volumes[0].chmod(0o777)
        upgrade = Upgrade(sandbox, build_options)
        _fill(sandbox, b"old")
        made = upgrade.make("share1")
        before = upgrade.database.read_bytes()
        upgrade.now("shell_snap")
        assert upgrade.database.read_bytes() == before
        with sandbox.connect(made.exposed("share1")) as copy:
            assert copy.read("file") == b"old"
        lines = [line for line in sandbox.log().splitlines() if f"set {made.set_id}" in line.lower()]
        assert len(lines) == 1 and "rpcd_fsrvp" in lines[0], lines
    finally:
        script.unlink()
        scripts.rmdir()


@pytest.mark.parametrize("value", [b"", b"\xff" * 7, b"\xff" * 200], ids=["empty", "short", "long"])
def test_a_damaged_record_leaves_its_set_and_stops_no_other(upgrade, value):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    broken = upgrade.make("share1")
    sound = upgrade.make("share2")
    database = tdb.open(str(upgrade.database))
    key = next(key for key in database.keys() if b"/smap/share1@" in key)
    database.store(key, value)
    database.close()
    upgrade.now()
    assert len(upgrade.kept_by_the_old_agent()) == 3
    assert sandbox.log_line(rf"{broken.set_id}.*record .* is damaged")
    with sandbox.connect(broken.exposed("share1")) as copy:
        assert copy.read("file") == b"old"
    with sandbox.client() as client:
        _assert_usable(client, sandbox, sound, b"old")
        delete(client, sandbox, sound)


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_damaged_database_is_left_alone(upgrade, damage):
    sandbox = upgrade.sandbox
    _fill(sandbox, b"old")
    made = upgrade.make("share1")
    content = upgrade.database.read_bytes()
    inside = content.find(str(made.set_id).encode())
    broken = content[:inside + 10] if damage == "truncated" else b"\xa5" * len(content)
    upgrade.database.write_bytes(broken)
    upgrade.now()
    assert upgrade.database.read_bytes() == broken
    assert sandbox.log_line(rf"{DATABASE}.*move it away")
    with sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("file") == b"old"
    with sandbox.client() as client:
        delete(client, sandbox, recovered(client, sandbox, "share2"))


def _wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.1)
