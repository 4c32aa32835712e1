# SPDX-License-Identifier: GPL-3.0-or-later
"""CommitShadowCopySet, MS-FSRVP 3.1.4.5."""

import concurrent.futures

import pytest

import leftovers
import states
import volumes
from fsrvp import HResult
from harness import checked
from rules import rule
from shadow_copies import added, committed, exposed, ok, refused

SANDBOX = ["--shares", "3", "--volumes", "2"]


@rule("3.1.4.5 step 1", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(client, dialect):
    refused(client.commit(states.NOBODYS), dialect.unknown_set)


@rule("3.1.4.5 step 2", "a Committed set cannot be committed again")
def test_commit_twice(sandbox, client):
    made = committed(client, sandbox, "share1")
    refused(client.commit(made.set_id), HResult.BAD_STATE)


@rule("3.1.4.5 step 2", "Prepare is not asked for")
def test_commit_without_prepare(sandbox, client):
    made = added(client, sandbox, "share1", "share2")
    ok(client.commit(made.set_id))
    ok(client.expose(made.set_id))


@rule("3.1.4.5 step 3", "the shadow copy holds what had been written before Commit, and nothing written after it")
def test_the_shadow_copy_is_of_the_time_of_commit(sandbox, client):
    with sandbox.connect("share1") as share:
        share.write("content", b"before")
    made = added(client, sandbox, "share1")
    ok(client.prepare(made.set_id))
    with sandbox.connect("share1") as share:
        share.write("content", b"at commit")
    ok(client.commit(made.set_id))
    with sandbox.connect("share1") as share:
        share.write("content", b"after")
        share.write("new", b"after")
    ok(client.expose(made.set_id))
    exposed_name = ok(client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1"))
                      ).mapping.shadow_copy_share_name
    with sandbox.connect(exposed_name) as copy:
        assert copy.read("content") == b"at commit"
        assert "new" not in copy.list()


# ---------------------------------------------------------------------- timeouts --

@rule("3.1.4.5 step 5", "what is not done in TimeOutInMilliseconds is 0x80042500, and not 0x102")
@pytest.mark.parametrize("milliseconds", [0, 400])
def test_too_little_time(sandbox, impatient_client, milliseconds):
    made = added(impatient_client, sandbox, "share1")
    with volumes.frozen(sandbox.shares["share1"].volume), volumes.Stopwatch() as time:
        refused(impatient_client.commit(made.set_id, milliseconds), HResult.COMMIT_TIMEOUT)
    assert milliseconds / 1000 <= time.seconds < milliseconds / 1000 + 1


@rule("3.1.4.5 step 5", "the creation goes on after its time is over, and a second Commit gets its result")
def test_a_second_commit_gets_the_result(sandbox, client):
    made = added(client, sandbox, "share1", "share2", "share3")
    refused(client.commit(made.set_id, milliseconds=0), HResult.COMMIT_TIMEOUT)
    ok(client.commit(made.set_id))
    ok(client.expose(made.set_id))


@rule("3.1.4.5 step 2", "a Commit in CreationInProgress waits for the one before")
def test_a_second_commit_waits(sandbox, client, impatient_client):
    made = added(client, sandbox, "share1")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with volumes.frozen(sandbox.shares["share1"].volume):
            refused(impatient_client.commit(made.set_id, milliseconds=200), HResult.COMMIT_TIMEOUT)
            waiting = pool.submit(client.commit, made.set_id)
            with pytest.raises(concurrent.futures.TimeoutError):
                waiting.result(timeout=0.5)
        ok(waiting.result(timeout=30))
    ok(client.expose(made.set_id))


@rule("3.1.4.5 step 5", "a set in CreationInProgress can be aborted, and its snapshots go")
def test_abort_in_creation(sandbox, client):
    made = added(client, sandbox, "share1", "share2")
    refused(client.commit(made.set_id, milliseconds=0), HResult.COMMIT_TIMEOUT)
    ok(client.abort(made.set_id))
    leftovers.assert_none(sandbox)


@rule("3.1.4.5", "other clients' calls are answered while a Commit takes its time", source="issue")
def test_other_calls_are_answered_meanwhile(sandbox, client, connect, dialect):
    other_client = connect(source_address="127.0.0.2", seconds=5)
    made = added(client, sandbox, "share1")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with volumes.frozen(sandbox.shares["share1"].volume):
            commit = pool.submit(client.commit, made.set_id)
            with volumes.Stopwatch() as time:
                ok(other_client.get_supported_version())
                ok(other_client.is_path_supported(sandbox.unc("share2")))
                refused(other_client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)
                refused(other_client.prepare(states.NOBODYS), dialect.unknown_set)
            assert not commit.done()
            assert time.seconds < 2
        ok(commit.result(timeout=30))


# ---------------------------------------------------------------------- failures --

@pytest.fixture
def broken(sandbox, client, registry_share):
    """An Added set, one of whose volumes is out of reach until broken.volume is moved back to broken.path."""
    path = sandbox.shares["share1"].volume / "movable"
    with volumes.subvolume(path):
        made = added(client, sandbox, "share1", "share2", registry_share("movable", path))
        made.path, made.volume = path, path.with_name("moved")
        path.rename(made.volume)
        yield made
        if made.volume.exists():
            made.volume.rename(path)
        sandbox.ledger.tidy()  # the volume can go only when its snapshots have


@rule("3.1.4.5 step 6", "a Commit that fails answers an error, not success")
def test_a_commit_that_fails(client, broken):
    assert client.commit(broken.set_id).hresult not in (HResult.OK, HResult.COMMIT_TIMEOUT)


@rule("3.1.4.5 step 6", "a Commit that fails leaves no snapshot of the other volumes", source="issue")
def test_a_commit_that_fails_leaves_no_snapshots(sandbox, client, broken):
    assert client.commit(broken.set_id).hresult != HResult.OK
    assert not [path for path in leftovers.subvolumes(sandbox) if path.endswith("snapshot")]


@rule("3.1.4.5 step 4", "a set whose Commit failed is Added again, and Commit can be repeated")
def test_a_commit_that_fails_can_be_repeated(client, broken):
    assert client.commit(broken.set_id).hresult != HResult.OK
    refused(client.expose(broken.set_id), HResult.BAD_STATE)
    broken.volume.rename(broken.path)
    ok(client.commit(broken.set_id))
    ok(client.expose(broken.set_id))


@rule("3.1.4.5 step 6", "a set whose Commit failed can be aborted, and nothing of it stays", source="issue")
def test_a_commit_that_fails_can_be_aborted(sandbox, client, broken):
    assert client.commit(broken.set_id).hresult != HResult.OK
    broken.volume.rename(broken.path)
    ok(client.abort(broken.set_id))
    leftovers.assert_none(sandbox, expected_subvolumes=[broken.path])


@rule("3.1.4.5 step 6", "a volume that is gone for good keeps no other set from being made", source="issue")
def test_a_lost_volume_blocks_nobody(sandbox, client, broken):
    assert client.commit(broken.set_id).hresult != HResult.OK
    checked(["btrfs", "subvolume", "delete", broken.volume])
    client.abort(broken.set_id)
    exposed(client, sandbox, "share1", "share2")


@rule("3.1.4.5 step 3", "all volumes of a set are taken, shares on one volume in one snapshot", source="windows")
def test_one_snapshot_for_each_volume(sandbox, client, registry_share):
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    made = exposed(client, sandbox, "share1", registry_share("below", path), "share2")
    snapshots = [path for path in leftovers.subvolumes(sandbox) if path.endswith("snapshot")]
    assert len(snapshots) == 2
    assert len(made.mappings) == 3


@rule("3.1.4", "a zero ShadowCopySetId is E_INVALIDARG")
def test_a_zero_set_id(client):
    refused(client.commit("00000000-0000-0000-0000-000000000000"), HResult.INVALID_ARGUMENT)
