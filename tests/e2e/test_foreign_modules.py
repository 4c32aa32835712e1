# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares that other VFS modules make the snapshots of: vfs_shell_snap on xfs, and vfs_btrfs."""

import os
import signal
import time

import pytest
from impacket.smbconnection import SessionError

import leftovers
from attempts import Attempt
from foreign_shares import Hooks, add_xfs_share, copies, pids
from fsrvp import Context, HResult, SmbError
from harness import checked, run
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, shadow_copy_set

SANDBOX = ["--shares", "2", "--xfs-volumes", "1", "--global", "rpcd_fss:num_workers = 1",
           "--global", "fss:min free = 0"]

SECONDS = 60
REFUSED = (0xC0000022, 0xC00000A2)  # STATUS_ACCESS_DENIED, STATUS_MEDIA_WRITE_PROTECTED


@pytest.fixture
def hooks(sandbox):
    """The scripts, with three shares that use them: xfs1, xfs2 and gated, which has a write gate."""
    scripts = Hooks(sandbox)
    if "xfs1" not in sandbox.registry_shares():
        for name in ("xfs1", "xfs2"):
            add_xfs_share(sandbox, name)
        add_xfs_share(sandbox, "gated", "fss shell_snap", **{"fss:provider": "vfs"})
    scripts.clear()
    with sandbox.connect("xfs1", user=sandbox.nobody) as share:
        share.write("file", b"old")
    yield scripts
    scripts.clear()


def records(sandbox):
    return [path.name for path in (sandbox.dir / "state" / "fss-hooks").glob("*")]


def left(sandbox):
    return leftovers.find(sandbox) or copies(sandbox) or records(sandbox) or pids(sandbox, "fss_snap_helper")


def assert_nothing_left(sandbox, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while found := left(sandbox):
        assert time.monotonic() < deadline, f"left behind:\n{found}"
        time.sleep(0.1)


def kill(numbers):
    assert numbers
    for pid in numbers:
        os.kill(pid, signal.SIGKILL)


# ------------------------------------------------------------------ the sequence --

def test_a_share_on_xfs_is_snapshotted_exposed_and_deleted(sandbox, hooks):
    with sandbox.client() as client, sandbox.connect("xfs1", user=sandbox.nobody) as base:
        assert ok(client.is_path_supported(sandbox.unc("xfs1"))).supported
        assert not ok(client.is_path_shadow_copied(sandbox.unc("xfs1"))).present
        made = recovered(client, sandbox, "xfs1")
        assert ok(client.is_path_shadow_copied(sandbox.unc("xfs1"))).present
        base.write("file", b"new")
        with sandbox.connect(made.exposed("xfs1"), user=sandbox.nobody) as copy:
            assert copy.list() == ["file"] and copy.read("file") == b"old"
            with pytest.raises(SmbError) as refusal:
                copy.write("file", b"changed")
            assert refusal.value.code in REFUSED
        assert base.read("file") == b"new"
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


@pytest.mark.parametrize("reach", [added, committed, exposed])
def test_abort_undoes_a_set(sandbox, hooks, reach):
    with sandbox.client() as client:
        ok(client.abort(reach(client, sandbox, "xfs1", "xfs2").set_id))
    assert_nothing_left(sandbox)


def test_one_set_may_hold_shares_of_all_kinds(sandbox, hooks):
    with sandbox.connect("share1") as share:
        share.write("file", b"old")
    with sandbox.client() as client:
        made = recovered(client, sandbox, "xfs1", "share1", "gated", "xfs2", "share2")
        assert len(set(made.copy_ids.values())) == 5
        for name in ("xfs1", "share1"):
            with sandbox.connect(made.exposed(name)) as copy:
                assert copy.read("file") == b"old"
        for name in ("gated", "xfs2", "share2"):
            with sandbox.connect(made.exposed(name)) as copy:
                copy.list()
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


def test_shares_of_one_path_have_one_snapshot_in_a_set(sandbox, hooks):
    if "again" not in sandbox.registry_shares():
        add_xfs_share(sandbox, "again", path=sandbox.definition("xfs1")["path"])
    with sandbox.client() as client:
        made = recovered(client, sandbox, "xfs1", "again", "xfs2")
        assert made.copy_ids["xfs1"] == made.copy_ids["again"] != made.copy_ids["xfs2"]
        assert len(copies(sandbox)) == 2
        with sandbox.connect(made.exposed("again")) as copy:
            assert copy.read("file") == b"old"
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


def test_a_persistent_set_outlives_all_processes(sandbox, hooks):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "xfs1", context=Context.APP_ROLLBACK)
    kill(pids(sandbox, sandbox.rpcd))
    with sandbox.client() as client, sandbox.connect(made.exposed("xfs1")) as copy:
        assert copy.read("file") == b"old"
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


@pytest.mark.parametrize("modules", ["full_audit acl_xattr shell_snap", "catia fruit streams_xattr shell_snap recycle",
                                     "time_audit shell_snap io_uring"])
def test_other_modules_may_stand_beside(sandbox, hooks, modules):
    add_xfs_share(sandbox, "stacked", modules)
    with shadow_copy_set(sandbox, "stacked") as made, sandbox.connect(made.exposed("stacked")) as copy:
        copy.list()
    sandbox.net("conf", "delshare", "stacked")
    assert_nothing_left(sandbox)


# ------------------------------------------------------------------ auto-recovery --

def test_with_auto_recovery_the_copy_can_be_written_until_recovery_is_complete(sandbox, hooks):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "xfs1", context=Context.AUTO_RECOVERY)
        with sandbox.connect(made.exposed("xfs1"), user=sandbox.nobody) as connected:
            connected.write("file", b"recovered")
            ok(client.recovery_complete(made.set_id))
            attempt = Attempt(_until_refused, connected)
            attempt.end()
        with sandbox.connect(made.exposed("xfs1"), user=sandbox.nobody) as copy:
            assert copy.read("file").startswith(b"recovered")
            with pytest.raises(SmbError) as refusal:
                copy.write("file", b"changed")
            assert refusal.value.code in REFUSED
        with sandbox.connect("xfs1") as base:
            assert base.read("file") == b"old"
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


def _until_refused(share):
    """Who was connected before is disconnected within moments."""
    while True:
        try:
            share.write("file", b"recovered again")
        except Exception:  # the connection's end is no SmbError
            return
        time.sleep(0.02)


# ---------------------------------------------------------------------- the gate --

def test_a_share_with_fss_beside_has_its_writers_held(sandbox, hooks):
    hooks.set("create-waits")
    with sandbox.client() as client, sandbox.connect("gated") as share:
        made = added(client, sandbox, "gated")
        ok(client.prepare(made.set_id))
        commit = Attempt(client.commit, made.set_id)
        hooks.began()
        write = Attempt(share.write, "late", b"late")
        assert write.waits()
        hooks.clear("create-waits")
        ok(commit.end())
        write.end()
        ok(client.expose(made.set_id))
        mapping = ok(client.get_share_mapping(made.copy_ids["gated"], made.set_id, sandbox.unc("gated"))).mapping
        with sandbox.connect(mapping.shadow_copy_share_name) as copy:
            assert "late" not in copy.list()
        ok(client.abort(made.set_id))
        share.remove("late")
    assert_nothing_left(sandbox)


def test_a_share_without_it_has_not(sandbox, hooks):
    hooks.set("create-waits")
    with sandbox.client() as client, sandbox.connect("xfs1") as share:
        made = added(client, sandbox, "xfs1")
        commit = Attempt(client.commit, made.set_id)
        hooks.began()
        share.write("late", b"late")
        hooks.clear("create-waits")
        ok(commit.end())
        share.remove("late")
        ok(client.abort(made.set_id))
    assert_nothing_left(sandbox)


# ---------------------------------------------------------------------- failures --

def test_a_share_whose_modules_make_no_snapshots_does_not_take_part(sandbox):
    sandbox.add_registry_share("recycled", sandbox.shares["share1"].path, vfs_objects="recycle")
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("recycled")), HResult.NOT_SUPPORTED)
    assert sandbox.log_line(r"share recycled.*does not take part.*add fss to vfs objects of \[recycled\]")


def test_a_share_without_modules_costs_no_process(sandbox):
    sandbox.add_registry_share("plain", sandbox.shares["share1"].path, vfs_objects="")
    log = sandbox.dir / "log" / "log.fss_snap_helper"
    before = log.stat().st_mtime_ns if log.exists() else 0
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("plain")), HResult.NOT_SUPPORTED)
    assert (log.stat().st_mtime_ns if log.exists() else 0) == before
    assert sandbox.log_line(r"share plain does not take part")


def test_a_share_that_its_script_refuses_is_not_supported(sandbox, hooks):
    hooks.set("check-fails")
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("xfs1")), HResult.NOT_SUPPORTED)


def test_paths_that_scripts_would_misread_are_refused(sandbox, hooks):
    add_xfs_share(sandbox, "with blank")
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("with blank")), HResult.NOT_SUPPORTED)
    assert sandbox.log_line("with blank.*white space")


def test_a_script_that_fails_fails_the_commit_of_all(sandbox, hooks):
    hooks.set("create-fails")
    with sandbox.client() as client:
        made = added(client, sandbox, "share1", "xfs1", "xfs2")
        refused(client.commit(made.set_id), HResult.FAIL)
        assert not copies(sandbox) and not leftovers.subvolumes(sandbox)
        hooks.clear()
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
    assert sandbox.log_line("share xfs[12]: make a snapshot")
    assert_nothing_left(sandbox)


def test_a_deletion_that_fails_can_be_tried_again(sandbox, hooks):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "xfs1")
        hooks.set("delete-fails")
        refused(client.delete_share_mapping(made.set_id, made.copy_ids["xfs1"], sandbox.unc("xfs1")), HResult.FAIL)
        assert copies(sandbox)
        hooks.clear()
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


def test_a_deletion_needs_the_share_that_the_set_was_made_for(sandbox, hooks):
    add_xfs_share(sandbox, "away")
    with sandbox.client() as client:
        made = recovered(client, sandbox, "away")
        sandbox.net("conf", "delshare", "away")
        refused(client.delete_share_mapping(made.set_id, made.copy_ids["away"], sandbox.unc("away")), HResult.FAIL)
        assert copies(sandbox)
        assert sandbox.log_line("is share away still there")
        add_xfs_share(sandbox, "away")
        delete(client, sandbox, made)
        sandbox.net("conf", "delshare", "away")
    assert_nothing_left(sandbox)


# ------------------------------------------------------------------------- kills --

def _commit_and_lose_the_answer(client, set_id):
    try:
        return client.commit(set_id)
    except Exception:  # whatever a connection to a dead worker raises
        return None


def client_of_the_next_worker(sandbox):
    """samba-dcerpcd may hand a client to a worker that was killed a moment before."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return sandbox.client()
        except SessionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _killed_in_the_middle(sandbox, hooks, program, *shares):
    """A Commit during whose snapshots the program was killed: its answer, if any."""
    hooks.set("create-waits")
    with sandbox.client() as client:
        made = added(client, sandbox, *shares)
        commit = Attempt(_commit_and_lose_the_answer, client, made.set_id)
        hooks.began()
        kill(pids(sandbox, program))
        if program == sandbox.rpcd:
            hooks.clear("create-waits")
        return made, commit.end(SECONDS)


@pytest.mark.parametrize("shares", [("xfs1",), ("xfs1", "share1", "xfs2")], ids=len)
def test_what_a_killed_worker_has_begun_is_finished_and_undone(sandbox, hooks, shares):
    _killed_in_the_middle(sandbox, hooks, sandbox.rpcd, *shares)
    with client_of_the_next_worker(sandbox) as client:
        ok(client.get_supported_version())
        assert_nothing_left(sandbox)


def test_a_killed_helper_fails_the_commit_and_is_reported(sandbox, hooks):
    made, answer = _killed_in_the_middle(sandbox, hooks, "fss_snap_helper", "xfs1")
    refused(answer, HResult.FAIL)
    assert sandbox.log_line("share xfs1 was cut short.*by hand")
    hooks.clear()
    with sandbox.client() as client:
        ok(client.abort(made.set_id))
    assert_nothing_left(sandbox)


def test_a_snapshot_that_is_deleted_behind_the_agents_back_is_forgotten(sandbox, hooks):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "xfs1", "share1", context=Context.APP_ROLLBACK)
    for path in copies(sandbox):
        checked(["rm", "-rf", path])
    kill(pids(sandbox, sandbox.rpcd))
    with sandbox.client() as client:
        ok(client.get_supported_version())
        deadline = time.monotonic() + SECONDS
        while len(leftovers.exposed_shares(sandbox)) > 1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert sandbox.log_line("xfs1 is removed, its snapshots are gone")
        ok(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc("share1")))
    assert_nothing_left(sandbox)


# --------------------------------------------------------------------- vfs_btrfs --

@pytest.fixture
def btrfs_share(sandbox):
    """share2's subvolume through vfs_btrfs."""
    if "native" not in sandbox.registry_shares():
        sandbox.add_registry_share("native", sandbox.shares["share2"].path, vfs_objects="btrfs",
                                   **{"btrfs: manipulate snapshots": "yes"})
    with sandbox.connect("native") as share:
        share.write("file", b"old")
        yield share


def _is_read_only(path):
    return "ro=true" in checked(["btrfs", "property", "get", "-ts", path, "ro"])


def test_vfs_btrfs_makes_snapshots(sandbox, btrfs_share):
    with shadow_copy_set(sandbox, "native") as made:
        btrfs_share.write("file", b"new")
        with sandbox.connect(made.exposed("native")) as copy:
            assert copy.read("file") == b"old"
        (snapshot,) = leftovers.subvolumes(sandbox)
        assert "/@GMT-" in snapshot and _is_read_only(snapshot)
    assert_nothing_left(sandbox)


def test_vfs_btrfs_may_be_asked_twice_in_a_second(sandbox, btrfs_share):
    with shadow_copy_set(sandbox, "native"):
        with shadow_copy_set(sandbox, "native"):
            assert len(leftovers.subvolumes(sandbox)) == 2
    assert_nothing_left(sandbox)


def test_a_writable_snapshot_of_vfs_btrfs_becomes_read_only_for_good(sandbox, btrfs_share):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "native", context=Context.AUTO_RECOVERY)
        (snapshot,) = leftovers.subvolumes(sandbox)
        with sandbox.connect(made.exposed("native")) as copy:
            copy.write("file", b"recovered")
        ok(client.recovery_complete(made.set_id))
        assert _is_read_only(snapshot)
        delete(client, sandbox, made)
    assert_nothing_left(sandbox)


def test_a_directory_that_is_no_subvolume_is_not_supported_by_vfs_btrfs(sandbox, btrfs_share):
    path = sandbox.shares["share2"].path / "directory"
    path.mkdir()
    try:
        sandbox.add_registry_share("below", path, vfs_objects="btrfs", **{"btrfs: manipulate snapshots": "yes"})
        with sandbox.client() as client:
            refused(client.is_path_supported(sandbox.unc("below")), HResult.NOT_SUPPORTED)
    finally:
        path.rmdir()


def test_a_subvolume_below_the_share_is_refused(sandbox, btrfs_share):
    nested = sandbox.shares["share2"].path / "nested"
    checked(["btrfs", "subvolume", "create", nested])
    try:
        with sandbox.client() as client:
            refused(client.is_path_supported(sandbox.unc("native")), HResult.NOT_SUPPORTED)
        assert sandbox.log_line("nested' is a subvolume below")
    finally:
        run(["btrfs", "subvolume", "delete", nested])
