# SPDX-License-Identifier: GPL-3.0-or-later
"""AbortShadowCopySet, MS-FSRVP 3.1.4.8."""

import pytest

import leftovers
import states
from fsrvp import Context, HResult, SmbError
from rules import rule
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused

SANDBOX = ["--shares", "3", "--volumes", "2"]


@rule("3.1.4.8 step 1", "a zero ShadowCopySetId is E_INVALIDARG")
def test_a_zero_set_id(client):
    refused(client.abort("00000000-0000-0000-0000-000000000000"), HResult.INVALID_ARGUMENT)


@rule("3.1.4.8 step 2", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(client, dialect):
    refused(client.abort(states.NOBODYS), dialect.unknown_set)


@rule("3.1.4.8 step 3", "a set is undone in every state before Recovered: its snapshots, shares and records are gone")
@pytest.mark.parametrize("context", [Context.BACKUP, Context.AUTO_RECOVERY], ids=["plain", "auto-recovery"])
@pytest.mark.parametrize("state", states.IN_PROGRESS)
def test_abort_undoes_the_set(sandbox, client, state, context):
    scene = states.scene(client, sandbox, state, context)
    ok(client.abort(scene.set_id))
    leftovers.assert_none(sandbox)


@rule("3.1.4.8 step 3", "a set of several volumes is undone on all of them")
@pytest.mark.parametrize("reach", [added, committed, exposed])
def test_abort_undoes_a_set_of_several_volumes(sandbox, client, reach):
    ok(client.abort(reach(client, sandbox, "share1", "share2", "share3").set_id))
    leftovers.assert_none(sandbox)


@rule("3.1.4.8 step 4", "an aborted set is unknown from then on")
@pytest.mark.parametrize("state", states.IN_PROGRESS)
def test_an_aborted_set_is_gone(sandbox, client, dialect, state):
    scene = states.scene(client, sandbox, state)
    ok(client.abort(scene.set_id))
    refused(client.abort(scene.set_id), dialect.unknown_set)


@rule("3.1.4.8", "a Recovered set cannot be aborted: FSRVP_E_BAD_STATE, and it lives on", source="mstest")
def test_a_recovered_set_lives_on(sandbox, client):
    made = recovered(client, sandbox, "share1")
    refused(client.abort(made.set_id), HResult.BAD_STATE)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
    assert ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.4.8 step 4", "an aborted set does not keep the next one waiting")
def test_a_set_after_an_aborted_one(sandbox, client):
    for state in states.IN_PROGRESS:
        ok(client.abort(states.scene(client, sandbox, state).set_id))
    recovered(client, sandbox, "share1")


@rule("3.1.4.8 step 3", "clients of the exposed share are disconnected", source="issue")
def test_clients_of_an_aborted_set(sandbox, client):
    made = exposed(client, sandbox, "share1")
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
        ok(client.abort(made.set_id))
        with pytest.raises(SmbError):
            for _ in range(50):
                copy.list()
    with pytest.raises(SmbError), sandbox.connect(made.exposed("share1")):
        pass


@rule("3.1.4.8", "a set that another set's client knows not of is left alone")
def test_an_earlier_recovered_set_is_left_alone(sandbox, client):
    first = recovered(client, sandbox, "share1")
    second = exposed(client, sandbox, "share1")
    ok(client.abort(second.set_id))
    with sandbox.connect(first.exposed("share1")) as copy:
        copy.list()
