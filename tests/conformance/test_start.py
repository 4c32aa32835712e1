# SPDX-License-Identifier: GPL-3.0-or-later
"""StartShadowCopySet, MS-FSRVP 3.1.4.3."""

import uuid

from fsrvp import HResult
from rules import rule
from shadow_copies import added, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2"]

NIL = uuid.UUID(int=0)


@rule("3.1.4.3 step 1", "without a context a set cannot be started")
def test_start_without_a_context(client):
    refused(client.start(), HResult.BAD_STATE)


@rule("3.1.4.3 step 1", "a context can be used up by one set only: after RecoveryComplete there is none")
def test_start_after_a_recovered_set(sandbox, client):
    recovered(client, sandbox, "share1")
    refused(client.start(), HResult.BAD_STATE)


@rule("3.1.4.3 step 1", "after an Abort there is no context")
def test_start_after_an_aborted_set(sandbox, client):
    ok(client.abort(added(client, sandbox, "share1").set_id))
    refused(client.start(), HResult.BAD_STATE)


@rule("3.1.4.3 step 2", "a set that is not Recovered keeps others from being started, an Exposed one too")
def test_start_while_a_set_is_exposed(sandbox, client):
    exposed(client, sandbox, "share1")
    refused(client.start(), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.3 step 2", "a Recovered set keeps none from being started")
def test_start_while_a_set_is_recovered(sandbox, client):
    first = recovered(client, sandbox, "share1")
    second = recovered(client, sandbox, "share1")
    assert first.set_id != second.set_id
    assert first.exposed("share1") != second.exposed("share1")


@rule("3.1.4.3 step 3", "the set's id is the server's own, not the client's")
def test_the_id_is_the_servers(client):
    ok(client.set_context(0))
    proposed = uuid.uuid4()
    given = ok(client.start(proposed)).set_id
    assert given not in (proposed, NIL)


@rule("3.1.4.3 step 3", "each set has an id of its own")
def test_ids_are_not_used_again(client):
    proposed = uuid.uuid4()
    given = set()
    for _ in range(5):
        ok(client.set_context(0))
        set_id = ok(client.start(proposed)).set_id
        given.add(set_id)
        ok(client.abort(set_id))
    assert len(given) == 5


@rule("3.1.4.3", "a zero ClientShadowCopySetId is E_INVALIDARG", source="windows")
def test_a_zero_id(client):
    ok(client.set_context(0))
    refused(client.start(NIL), HResult.INVALID_ARGUMENT)


@rule("3.1.4", "a zero ClientShadowCopySetId is found before the missing context is")
def test_a_zero_id_without_a_context(client):
    refused(client.start(NIL), HResult.INVALID_ARGUMENT)


@rule("3.1.4.3 step 3", "a refused start gives no id")
def test_a_refused_start_gives_no_id(client):
    start(client)
    answer = client.start()
    refused(answer, HResult.SHADOW_COPY_SET_IN_PROGRESS)
    assert answer.outputs.set_id == NIL
