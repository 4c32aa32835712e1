# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the Message Sequence Timer runs after each method, MS-FSRVP 3.1.2.

180 and 1800 seconds are too long to wait for; the agent's record of the
deadline is read instead.
"""

import pytest

import records
import states
import volumes
from fsrvp import HResult
from rules import rule
from shadow_copies import ok, refused

SANDBOX = ["--shares", "2"]
pytestmark = pytest.mark.other_store

SHORT, LONG = 180, 1800
SLACK = 5


def assert_runs(sandbox, seconds):
    left = records.seconds_left(sandbox)
    assert left is not None, "the timer is stopped"
    assert seconds - SLACK <= left <= seconds


@rule("3.1.2", "SetContext starts the timer with 180 s, StartShadowCopySet with 180 s, Add with 1800 s, Commit and "
               "Expose with 180 s")
@pytest.mark.parametrize("state, seconds", [("ContextSet", SHORT), ("Started", SHORT), ("Added", LONG),
                                            ("CreationInProgress", SHORT), ("Committed", SHORT), ("Exposed", SHORT)])
def test_the_timer_after_each_step(sandbox, client, state, seconds):
    states.scene(client, sandbox, state)
    assert_runs(sandbox, seconds)


@rule("3.1.4.13 step 7", "Prepare starts the timer with 1800 s")
def test_prepare(sandbox, client):
    ok(client.prepare(states.scene(client, sandbox, "Added").set_id))
    assert_runs(sandbox, LONG)


@rule("3.1.4.13 step 5", "a Prepare that was not done in time starts it with 180 s")
def test_prepare_that_takes_too_long(sandbox, client):
    scene = states.scene(client, sandbox, "Added")
    with volumes.frozen(sandbox.shares["share1"].volume):
        refused(client.prepare(scene.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)
        assert_runs(sandbox, SHORT)


@rule("3.1.4.6 step 6", "an Expose that was not done in time starts it with 180 s")
def test_expose_that_takes_too_long(sandbox, client):
    scene = states.scene(client, sandbox, "Committed")
    refused(client.expose(scene.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)
    assert_runs(sandbox, SHORT)


@rule("3.1.4.4 step 6", "an Add of a share that is in the set already starts it with 180 s")
def test_a_share_that_is_in_the_set_already(sandbox, client):
    scene = states.scene(client, sandbox, "Added")
    refused(client.add(scene.set_id, scene.name), HResult.OBJECT_ALREADY_EXISTS)
    assert_runs(sandbox, SHORT)


@rule("3.1.4.11 step 7", "GetShareMapping starts it with 1800 s")
def test_get_share_mapping(sandbox, client):
    scene = states.scene(client, sandbox, "Exposed")
    ok(client.get_share_mapping(scene.copy_id, scene.set_id, scene.name))
    assert_runs(sandbox, LONG)


@rule("3.1.4.11 step 4", "a GetShareMapping that finds no mapping leaves the timer running", source="issue")
def test_get_share_mapping_that_finds_none(sandbox, client):
    scene = states.scene(client, sandbox, "Exposed")
    refused(client.get_share_mapping(states.NOBODYS, scene.set_id, scene.name), HResult.INVALID_ARGUMENT)
    assert records.seconds_left(sandbox) is not None


@rule("3.1.2", "after RecoveryComplete and Abort no timer runs")
@pytest.mark.parametrize("state", ["Recovered", "Gone"])
def test_no_timer_at_the_end(sandbox, client, state):
    states.scene(client, sandbox, state)
    assert records.seconds_left(sandbox) is None


@rule("3.1.2", "questions leave the timer alone")
def test_questions(sandbox, client):
    scene = states.scene(client, sandbox, "Added")
    before = records.deadline(sandbox)
    ok(client.get_supported_version())
    ok(client.is_path_supported(scene.name))
    ok(client.is_path_shadow_copied(scene.name))
    assert records.deadline(sandbox) == before


@rule("3.1.2", "calls that are refused for the set's state leave the timer alone")
def test_refused_calls(sandbox, client):
    scene = states.scene(client, sandbox, "Added")
    before = records.deadline(sandbox)
    for answer in (client.expose(scene.set_id), client.recovery_complete(scene.set_id),
                   client.get_share_mapping(scene.copy_id, scene.set_id, scene.name),
                   client.delete_share_mapping(scene.set_id, scene.copy_id, scene.name),
                   client.add(scene.set_id, sandbox.unc("nosuchshare")), client.start(), client.set_context(1)):
        assert answer.hresult != HResult.OK
    assert records.deadline(sandbox) == before


@rule("3.1.4.11", "GetShareMapping of a Recovered set starts no timer", source="issue")
def test_get_share_mapping_after_recovery(sandbox, client):
    scene = states.scene(client, sandbox, "Recovered")
    client.get_share_mapping(scene.copy_id, scene.set_id, scene.name)
    assert records.seconds_left(sandbox) is None
