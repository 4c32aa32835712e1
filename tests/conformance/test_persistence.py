# SPDX-License-Identifier: GPL-3.0-or-later
"""What was answered with success is on record, whatever happens to the worker, MS-FSRVP 3.1.4 and 3.1.3."""

import pytest

import leftovers
import processes
import soon
import states
from rules import rule
from shadow_copies import ok

SANDBOX = ["--shares", "2", "--global", "netbios aliases = killed"]  # of its own, for the sake of the others


@pytest.fixture
def reconnect(sandbox, connect):
    """A client of a worker that is new."""
    def run():
        processes.kill_workers(sandbox)
        return processes.client_of_a_new_worker(connect)
    return run


@rule("3.1.4", "all state is in a store before success is answered: a new worker knows the set in its state")
@pytest.mark.parametrize("state", [state for state in states.STATES if state != "CreationInProgress"])
def test_the_state_outlives_the_worker(sandbox, client, reconnect, state):
    scene = states.scene(client, sandbox, state)
    client.close()
    scene.client = reconnect()
    assert states.observed(scene) == ("NoContext" if state == "Gone" else state)


@rule("3.1.3", "a set whose Commit died with its worker is undone or finished, and nothing is left of it",
      source="issue")
def test_a_creation_that_died(sandbox, client, reconnect):
    scene = states.scene(client, sandbox, "CreationInProgress")
    client.close()
    scene.client = reconnect()
    assert states.observed(scene) in ("CreationInProgress", "Committed", "NoContext")
    sandbox.ledger.tidy()
    soon.nothing_left(sandbox)


@rule("3.1.4", "a whole sequence, each step with a new worker")
def test_a_new_worker_for_each_step(sandbox, client, reconnect):
    set_id = states.scene(client, sandbox, "Started").set_id
    name = sandbox.unc("share1")
    copy_id = ok(reconnect().add(set_id, name)).copy_id
    ok(reconnect().prepare(set_id))
    ok(reconnect().commit(set_id))
    ok(reconnect().expose(set_id))
    mapping = ok(reconnect().get_share_mapping(copy_id, set_id, name)).mapping
    ok(reconnect().recovery_complete(set_id))
    assert ok(reconnect().is_path_shadow_copied(name)).present
    with sandbox.connect(mapping.shadow_copy_share_name) as copy:
        copy.list()
    ok(reconnect().delete_share_mapping(set_id, copy_id, name))
    leftovers.assert_none(sandbox)
