# SPDX-License-Identifier: GPL-3.0-or-later
"""No room, and file systems that turn read-only in the middle of a set."""

import pytest

import soon
import world as worlds
from clients import LoadClient, Lost, Refused
from fsrvp import Context, HResult, describe
from harness import Sandbox
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused
from storage import StateDirectory, full, read_only
from told import Told
from verify import check

SANDBOX = ["--shares", "2", "--volumes", "1", "--global", "rpcd_fss:num_workers = 4",
           "--global", "fss:max concurrent sets = 8", "--global", "fss:sequence timeout = 15"]
NO_MINIMUM = ["--global", "fss:min free = 0"]

INSUFFICIENT_STORAGE = 0x8004231F  # VSS_E_INSUFFICIENT_STORAGE
SHARES = ("share1", "share2")


def nothing_left(sandbox):
    soon.nothing_left(sandbox, 60)
    faults = worlds.inconsistencies(worlds.settled(sandbox))
    assert not faults, "\n".join(faults)


def takes_sets(sandbox):
    with sandbox.client() as client:
        delete(client, sandbox, recovered(client, sandbox, *SHARES))
    nothing_left(sandbox)


def failure(call):
    """The call must be answered, with an error."""
    answer = call()
    assert answer.hresult != HResult.OK
    return describe(answer.hresult)


# ----------------------------------------------------------------- full volume --

def test_no_room_for_data_is_refused_as_such(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, *SHARES)
        with full(sandbox.volumes[0]):
            refused(client.prepare(made.set_id), INSUFFICIENT_STORAGE)
            refused(client.commit(made.set_id), INSUFFICIENT_STORAGE)
            assert sandbox.log_line(r"MiB free.*fss:min free asks for")
        ok(client.abort(made.set_id))
    takes_sets(sandbox)


@pytest.fixture(scope="module")
def full_volume(real_filesystem, base_options):
    """Full to the last block, data and metadata, with a finished and an exposed set on it."""
    sandbox = Sandbox.up(*base_options, *SANDBOX, *NO_MINIMUM)
    yield sandbox
    sandbox.down()


def test_a_volume_full_to_the_last_block(full_volume, request):
    sandbox = full_volume
    request.node.sandboxes = [sandbox]
    with sandbox.client() as client, sandbox.client(source_address="127.0.0.2") as other:
        finished = recovered(client, sandbox, *SHARES)
        doomed = recovered(client, sandbox, "share1")
        writable = exposed(other, sandbox, *SHARES, context=Context.AUTO_RECOVERY)
        with full(sandbox.volumes[0], metadata=True):
            made = added(client, sandbox, *SHARES)
            prepared = client.prepare(made.set_id).hresult
            outcome = client.commit(made.set_id).hresult
            print(f"full: prepare {describe(prepared)}, commit {describe(outcome)}")
            answers = {"recovery complete": other.recovery_complete(writable.set_id).hresult}
            for share, copy_id in doomed.copy_ids.items():
                answers["delete"] = client.delete_share_mapping(doomed.set_id, copy_id, sandbox.unc(share)).hresult
            print(", ".join(f"{name}: {describe(answer)}" for name, answer in answers.items()))
            if outcome != HResult.OK:
                assert sandbox.log_line(r"No space left|MiB free")
            with sandbox.connect(finished.exposed("share1")) as copy:
                copy.list()
        client.abort(made.set_id)
        if answers["delete"] != HResult.OK:
            delete(client, sandbox, doomed)
        if answers["recovery complete"] != HResult.OK:
            ok(other.recovery_complete(writable.set_id))
        delete(client, sandbox, writable)
        delete(client, sandbox, finished)
    takes_sets(sandbox)


# ------------------------------------------------------------ read-only volume --

READ_ONLY_LINE = r"read-only file system.*(fss:store directory|mount.*rw)"


def test_read_only_before_add(sandbox):
    with sandbox.client() as client, read_only(sandbox.volumes[0]):
        ok(client.set_context(0))
        set_id = ok(client.start()).set_id
        refused(client.add(set_id, sandbox.unc("share1")), HResult.NOT_SUPPORTED)
        refused(client.is_path_supported(sandbox.unc("share1")), HResult.NOT_SUPPORTED)
        assert sandbox.log_line(READ_ONLY_LINE)
        ok(client.abort(set_id))
    takes_sets(sandbox)


@pytest.mark.parametrize("step", ["prepare", "commit"])
def test_read_only_after_add(sandbox, step):
    with sandbox.client() as client:
        made = added(client, sandbox, *SHARES)
        with read_only(sandbox.volumes[0]):
            print(step, failure(lambda: getattr(client, step)(made.set_id)))
            assert sandbox.log_line(READ_ONLY_LINE)
        # The client may try again.
        ok(client.prepare(made.set_id))
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
    takes_sets(sandbox)


def test_read_only_after_prepare(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, *SHARES)
        ok(client.prepare(made.set_id))
        with read_only(sandbox.volumes[0]):
            print(failure(lambda: client.commit(made.set_id)))
            assert sandbox.log_line(READ_ONLY_LINE)
    takes_sets(sandbox)


def test_read_only_after_commit_and_the_timer_elapses(sandbox):
    with sandbox.client() as client:
        committed(client, sandbox, *SHARES)
        with read_only(sandbox.volumes[0]):
            soon.true(lambda: sandbox.log_line(r"could not be removed.*[Rr]ead-only"), "the undo fails", 40)
    # No client is there and no set is made: the agent itself tries again.
    soon.nothing_left(sandbox, 60)
    takes_sets(sandbox)


def test_read_only_at_recovery_complete_and_delete(sandbox):
    with sandbox.client() as client:
        made = exposed(client, sandbox, *SHARES, context=Context.AUTO_RECOVERY)
        with read_only(sandbox.volumes[0]):
            print("recovery complete:", failure(lambda: client.recovery_complete(made.set_id)))
        ok(client.recovery_complete(made.set_id))
        one, other = made.copy_ids
        ok(client.delete_share_mapping(made.set_id, made.copy_ids[one], sandbox.unc(one)))
        with read_only(sandbox.volumes[0]):
            print("delete:", failure(lambda: client.delete_share_mapping(made.set_id, made.copy_ids[other],
                                                                         sandbox.unc(other))))
            assert sandbox.log_line(r"[Rr]ead-only file system")
        ok(client.delete_share_mapping(made.set_id, made.copy_ids[other], sandbox.unc(other)))
    takes_sets(sandbox)


# ------------------------------------------------------------- state directory --

# Of the agent's own state or of the registry, whichever is written first.
STATE_LINE = r"Samba's state (and lock directories|directory) writable, and is there room\?"


@pytest.fixture
def small_state(make_sandbox):
    sandbox = make_sandbox(*SANDBOX)
    return sandbox, StateDirectory(sandbox)


def _until_refused(client, sets=400):
    """Makes sets until the agent cannot any more; returns why."""
    for _ in range(sets):
        try:
            client.make(SHARES, Context.NAS_ROLLBACK)
        except (Refused, Lost) as error:
            return error
    raise AssertionError(f"{sets} sets were made")


def test_full_state_directory(small_state, rng):
    sandbox, state = small_state
    told = Told()
    client = LoadClient(sandbox, told, rng)
    client.make(SHARES, Context.NAS_ROLLBACK)
    with full(state.path):
        error = _until_refused(client)
        print(f"{len(told.kept())} sets, then {error}")
        assert isinstance(error, Refused), error
        assert sandbox.log_line(STATE_LINE)
    client.close()
    check(sandbox, told, rng)
    takes_sets(sandbox)


def test_state_directory_turns_read_only(small_state, rng):
    sandbox, state = small_state
    told = Told()
    client = LoadClient(sandbox, told, rng)
    client.make(SHARES, Context.NAS_ROLLBACK)
    state.fail()
    error = _until_refused(client, 1)
    print(error)
    assert isinstance(error, Refused), error
    assert sandbox.log_line(STATE_LINE)
    client.close()
    state.mend()
    check(sandbox, told, rng)
    takes_sets(sandbox)
