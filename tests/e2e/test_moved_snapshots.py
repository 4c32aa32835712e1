# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleted means that no subvolume of the snapshot's uuid exists; and only the snapshot that was made is served."""

import os

import pytest

import leftovers
from administration import text
from fsrvp import SmbError
from harness import checked
from moved_snapshots import Renamed, Replaced, TakenOut, exists, set_read_only, snapshot_of, uuid_of
from shadow_copies import delete, recovered

SANDBOX = ["--global", "fss:min free = 0"]


@pytest.fixture
def share(sandbox):
    yield sandbox.shares["share1"]
    leftovers.assert_none(sandbox)


# -------------------------------------------------------------------- deletion --

@pytest.mark.parametrize("move", [Renamed, Replaced, TakenOut])
@pytest.mark.parametrize("way", ["rpc", "fssctl"])
def test_a_snapshot_that_lies_elsewhere_is_deleted(sandbox, fssctl, share, move, way):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        uuid = uuid_of(snapshot_of(share, made))
        assert exists(sandbox, uuid)
        moved = move(share)
        try:
            assert exists(sandbox, uuid)
            if way == "rpc":
                delete(client, sandbox, made)
            else:
                fssctl("delete", text(made.set_id), "--yes")
            assert not exists(sandbox, uuid)
            assert not leftovers.exposed_shares(sandbox) and not fssctl.sets()
        finally:
            moved.undo()


# --------------------------------------------------------------------- serving --

def assert_served(sandbox, name):
    with sandbox.connect(name) as copy:
        assert copy.read("file") == b"old"


def assert_refused(sandbox, name):
    for user in (sandbox.nobody, sandbox.admin):
        with pytest.raises(SmbError):
            with sandbox.connect(name, user=user) as copy:
                copy.read("file")


@pytest.fixture
def made(sandbox, share):
    """A set in state Recovered of which share1 is served."""
    (share.path / "file").write_text("old", encoding="ascii")
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        assert_served(sandbox, made.exposed("share1"))
        yield made
        delete(client, sandbox, made)


def test_a_snapshot_that_was_made_writable_is_not_served(sandbox, share, made):
    snapshot = snapshot_of(share, made)
    set_read_only(snapshot, False)
    assert_refused(sandbox, made.exposed("share1"))
    assert sandbox.log_line("is not read-only any more")
    set_read_only(snapshot, True)
    assert_served(sandbox, made.exposed("share1"))


def test_a_changed_snapshot_is_not_served(sandbox, share, made):
    snapshot = snapshot_of(share, made)
    set_read_only(snapshot, False)
    (snapshot / "file").write_text("changed", encoding="ascii")
    os.sync()
    set_read_only(snapshot, True)
    assert_refused(sandbox, made.exposed("share1"))
    assert sandbox.log_line("was changed after it was finished")


def test_another_subvolume_in_the_snapshots_place_is_not_served(sandbox, share, made):
    snapshot, away = snapshot_of(share, made), share.path / "kept"
    set_read_only(snapshot, False)
    os.rename(snapshot, away)
    checked(["btrfs", "subvolume", "snapshot", "-r", share.path, snapshot])
    try:
        assert_refused(sandbox, made.exposed("share1"))
        assert sandbox.log_line("another subvolume stands in the snapshot's place")
    finally:
        checked(["btrfs", "subvolume", "delete", snapshot])
        os.rename(away, snapshot)
        set_read_only(snapshot, True)
    assert_served(sandbox, made.exposed("share1"))
