# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Message Sequence Timer leaves when it elapses, MS-FSRVP 3.1.2 and 3.1.5."""

import time

import pytest

import leftovers
import soon
import states
from fsrvp import Context, HResult
from rules import rule
from shadow_copies import delete, ok, recovered, refused, start

TIMEOUT = 2
SANDBOX = ["--shares", "2", "--global", f"fss: sequence timeout = {TIMEOUT}",
           "--global", "log level = 3"]

LATER = TIMEOUT + 0.7


@rule("3.1.5", "when the timer elapses, a set is deleted in every state before Recovered: its snapshots, shares "
      "and records")
@pytest.mark.parametrize("state", states.IN_PROGRESS)
def test_the_set_is_deleted(sandbox, client, dialect, state):
    scene = states.scene(client, sandbox, state, Context.AUTO_RECOVERY)
    soon.nothing_left(sandbox)
    refused(client.abort(scene.set_id), dialect.unknown_set)


@rule("3.1.5", "the reason is logged", source="issue")
def test_the_reason_is_logged(sandbox, client):
    scene = states.scene(client, sandbox, "Exposed")
    soon.nothing_left(sandbox)
    assert sandbox.log_line(f"{scene.set_id} .*removed.*timer")


@rule("3.1.5", "when the timer elapses, no context is set any more")
@pytest.mark.parametrize("state", ["ContextSet", "Added", "Exposed"])
def test_the_context_is_gone(sandbox, client, state):
    states.scene(client, sandbox, state)
    time.sleep(LATER)
    refused(client.start(), HResult.BAD_STATE)


@rule("3.1.5", "when the timer elapses, another address may begin")
def test_another_address_may_begin(client, other_client):
    start(client)
    refused(other_client.set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)
    soon.true(lambda: other_client.set_context(0).hresult == HResult.OK, "the address is free")


@rule("3.1.5", "the timer elapses without the client's connection", source="issue")
def test_the_client_is_gone(sandbox, connect):
    client = connect()
    states.scene(client, sandbox, "Exposed")
    client.close()
    soon.nothing_left(sandbox)


@rule("3.1.4.7 step 3", "RecoveryComplete stops the timer: a Recovered set stays")
def test_a_recovered_set_stays(sandbox, client):
    made = recovered(client, sandbox, "share1")
    time.sleep(LATER)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.5", "an older Recovered set stays when the timer of a new one elapses")
def test_an_older_set_stays(sandbox, client, dialect):
    made = recovered(client, sandbox, "share1")
    new = states.scene(client, sandbox, "Exposed")
    soon.true(lambda: len(leftovers.exposed_shares(sandbox)) == 1, "the new set is gone")
    refused(client.abort(new.set_id), dialect.unknown_set)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()


@rule("3.1.2", "each step of the sequence begins the time anew")
def test_each_step_begins_the_time_anew(sandbox, client):
    made = start(client)
    for step in (lambda: client.add(made, sandbox.unc("share1")), lambda: client.add(made, sandbox.unc("share2")),
                 lambda: client.prepare(made), lambda: client.commit(made), lambda: client.expose(made),
                 lambda: client.recovery_complete(made)):
        time.sleep(TIMEOUT / 2)
        ok(step())


@rule("3.1.2", "GetSupportedVersion, IsPathSupported and IsPathShadowCopied do not begin the time anew")
def test_questions_do_not_begin_the_time_anew(sandbox, client, dialect):
    scene = states.scene(client, sandbox, "Added")
    deadline = time.monotonic() + LATER
    while time.monotonic() < deadline:
        ok(client.get_supported_version())
        ok(client.is_path_supported(scene.name))
        ok(client.is_path_shadow_copied(scene.name))
        time.sleep(0.1)
    refused(client.commit(scene.set_id), dialect.unknown_set)


@rule("3.1.2", "a call that is refused does not begin the time anew")
def test_refused_calls_do_not_begin_the_time_anew(sandbox, client, dialect):
    scene = states.scene(client, sandbox, "Added")
    deadline = time.monotonic() + LATER
    while time.monotonic() < deadline:
        assert client.expose(scene.set_id).hresult != HResult.OK
        time.sleep(0.1)
    refused(client.commit(scene.set_id), dialect.unknown_set)


@rule("3.1.2", "fss: sequence timeout = 0 switches the timer off", source="windows")
def test_no_timer(make_sandbox):
    sandbox = make_sandbox("--global", "fss: sequence timeout = 0")
    with sandbox.client() as client:
        set_id = start(client)
        time.sleep(LATER)
        ok(client.add(set_id, sandbox.unc("share1")))
        time.sleep(LATER)
        ok(client.commit(set_id))
        ok(client.abort(set_id))
