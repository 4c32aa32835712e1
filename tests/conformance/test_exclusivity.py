# SPDX-License-Identifier: GPL-3.0-or-later
"""One client at a time, known by its address, MS-FSRVP 3.1.4.2 step 3."""

import pytest

import leftovers
import soon
import states
from fsrvp import Context, HResult
from rules import rule
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2"]

RETRIES = 5


@rule("3.1.4.2 step 3a", "while a client's context is set, another address is refused, whatever became of its set "
      "so far")
@pytest.mark.parametrize("state", ["ContextSet", *states.IN_PROGRESS])
def test_another_address_is_refused(sandbox, client, other_client, state):
    states.scene(client, sandbox, state)
    refused(other_client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.2 step 3a", "a refused address does no harm to the set under way")
def test_the_set_goes_on_after_another_address_was_refused(sandbox, client, other_client):
    made = exposed(client, sandbox, "share1")
    refused(other_client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)
    ok(client.recovery_complete(made.set_id))
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()


@rule("3.1.4.7 step 5", "RecoveryComplete sets the client's address free")
def test_another_address_after_recovery_complete(sandbox, client, other_client):
    recovered(client, sandbox, "share1")
    recovered(other_client, sandbox, "share1")


@rule("3.1.4.8 step 4", "Abort sets the client's address free")
def test_another_address_after_abort(sandbox, client, other_client):
    ok(client.abort(added(client, sandbox, "share1").set_id))
    recovered(other_client, sandbox, "share1")


@rule("3.1.4.3", "only SetContext looks at the address: a known set may be worked on from another")
def test_another_address_may_go_on_with_the_set(sandbox, client, other_client):
    made = added(client, sandbox, "share1")
    ok(other_client.add(made.set_id, sandbox.unc("share2")))
    ok(other_client.commit(made.set_id))
    ok(other_client.expose(made.set_id))
    ok(other_client.recovery_complete(made.set_id))


@rule("3.1.4.3", "a set outlives its client's connection, and the next one goes on with it")
def test_another_connection_may_go_on_with_the_set(sandbox, connect):
    def on_its_own_connection(*steps):
        client = connect()
        for step in steps:
            ok(step(client))
        client.close()

    first = connect()
    made = added(first, sandbox, "share1")
    first.close()
    on_its_own_connection(lambda client: client.prepare(made.set_id), lambda client: client.commit(made.set_id))
    on_its_own_connection(lambda client: client.expose(made.set_id),
                          lambda client: client.recovery_complete(made.set_id))
    delete(connect(), sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.4.2 step 3b", "the same address on another connection begins anew, and its old set is removed")
@pytest.mark.parametrize("reach", [added, committed, exposed])
def test_the_same_address_begins_anew(sandbox, client, connect, dialect, reach):
    made = reach(client, sandbox, "share1", "share2", context=Context.AUTO_RECOVERY)
    ok(connect().set_context(0))
    refused(client.expose(made.set_id), dialect.unknown_set)
    soon.nothing_left(sandbox)


@rule("3.1.4.2 step 3b", "a Recovered set stays when its client begins anew")
def test_a_recovered_set_stays(sandbox, client):
    made = recovered(client, sandbox, "share1")
    for _ in range(3):
        ok(client.set_context(0))
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
    delete(client, sandbox, made)


def begin_anew(client, times):
    for _ in range(times):
        ok(client.set_context(0))


@rule("3.1.4.2 step 3b", "a client may begin anew five times; the sixth is refused (product note 5)", source="windows")
def test_the_sixth_retry_is_refused(client):
    begin_anew(client, 1 + RETRIES)
    refused(client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.2 step 3b", "the refusal at the limit removes the set all the same")
def test_the_refusal_at_the_limit_removes_the_set(sandbox, client, dialect):
    begin_anew(client, RETRIES)
    made = committed(client, sandbox, "share1")
    refused(client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)
    refused(client.expose(made.set_id), dialect.unknown_set)
    soon.nothing_left(sandbox)


@rule("3.1.4.2 step 3b", "after the refusal at the limit no context is set, any client may begin")
def test_after_the_refusal_at_the_limit_another_address_may_begin(client, other_client):
    begin_anew(client, 1 + RETRIES)
    refused(client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)
    refused(client.start(), HResult.BAD_STATE)
    start(other_client)


@rule("3.1.4.2 step 4", "the count starts from 0 where no context was set")
def test_the_count_starts_again_after_the_refusal(client):
    for _ in range(2):
        begin_anew(client, 1 + RETRIES)
        refused(client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.2 step 4", "the count starts from 0 after a set that was recovered or aborted")
@pytest.mark.parametrize("end", ["recovered", "aborted"])
def test_the_count_starts_again_after_a_sets_end(sandbox, client, end):
    begin_anew(client, RETRIES)
    if end == "recovered":
        recovered(client, sandbox, "share1")
    else:
        ok(client.abort(start(client)))
    begin_anew(client, 1 + RETRIES)
    refused(client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.2 step 3b", "an illegal context is no retry")
def test_an_illegal_context_is_not_counted(client):
    ok(client.set_context(0))
    for _ in range(2 * RETRIES):
        refused(client.set_context(0x1), HResult.UNSUPPORTED_CONTEXT)
    ok(client.set_context(0))
