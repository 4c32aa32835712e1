# SPDX-License-Identifier: GPL-3.0-or-later
"""A share whose snapshots are made by vfs_snapper, with a real snapperd."""

import os
import signal
import time

import pytest

import leftovers
import snapperd
from foreign_shares import pids
from fsrvp import Context
from harness import checked
from shadow_copies import delete, exposed, ok, recovered, shadow_copy_set

SANDBOX = ["--global", "rpcd_fss:num_workers = 1", "--global", "fss:min free = 0"]
NAME = "fss-test"
SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def bus(tmp_path_factory):
    """Before the sandbox, whose processes have to know of it."""
    with snapperd.system_bus(tmp_path_factory.mktemp("bus")):
        yield


@pytest.fixture
def share(sandbox, tmp_path):
    """Share `managed` with a file, connected."""
    path = sandbox.shares["share1"].path
    with snapperd.configured(tmp_path, NAME, path):
        (path / ".snapshots").chmod(0o711)  # as docs/other-modules.md says: snapper lets nobody through
        if "managed" not in sandbox.registry_shares():
            sandbox.add_registry_share("managed", path, vfs_objects="snapper")
        with sandbox.connect("managed") as connected:
            connected.write("file", b"old")
            yield connected
        assert not snapperd.snapshots(NAME), "left behind"
        assert not leftovers.exposed_shares(sandbox) and not leftovers.records(sandbox)


def test_a_snapshot_is_snappers(sandbox, share):
    with shadow_copy_set(sandbox, "managed") as made:
        share.write("file", b"new")
        assert len(snapperd.snapshots(NAME)) == 1
        with sandbox.connect(made.exposed("managed")) as copy:
            assert copy.read("file") == b"old"


def test_one_that_is_read_only_by_birth_can_be_recovered(sandbox, share):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "managed", context=Context.AUTO_RECOVERY)
        with sandbox.connect(made.exposed("managed")) as copy:
            copy.write("file", b"recovered")
        ok(client.recovery_complete(made.set_id))
        (number,) = snapperd.snapshots(NAME)
        snapshot = sandbox.shares["share1"].path / ".snapshots" / str(number) / "snapshot"
        assert "ro=true" in checked(["btrfs", "property", "get", "-ts", snapshot, "ro"])
        delete(client, sandbox, made)


def test_one_that_snapper_has_deleted_is_forgotten(sandbox, share):
    with sandbox.client() as client:
        recovered(client, sandbox, "managed", context=Context.APP_ROLLBACK)
    (number,) = snapperd.snapshots(NAME)
    checked(["snapper", "-c", NAME, "delete", number])
    for pid in pids(sandbox, sandbox.rpcd):
        os.kill(pid, signal.SIGKILL)
    with sandbox.client() as client:
        ok(client.get_supported_version())
        deadline = time.monotonic() + SECONDS
        while leftovers.exposed_shares(sandbox):
            assert time.monotonic() < deadline, "the share is still there"
            time.sleep(0.1)
    assert sandbox.log_line("managed is removed, its snapshots are gone")
