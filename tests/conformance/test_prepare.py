# SPDX-License-Identifier: GPL-3.0-or-later
"""PrepareShadowCopySet, MS-FSRVP 3.1.4.13."""

import pytest

import states
import volumes
from fsrvp import HResult
from rules import rule
from shadow_copies import added, ok, refused

SANDBOX = ["--shares", "2"]


@rule("3.1.4.13 step 1", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(client, dialect):
    refused(client.prepare(states.NOBODYS), dialect.unknown_set)


@rule("3.1.4.13 step 2", "a set without shares is not Added, so FSRVP_E_BAD_STATE")
def test_an_empty_set(sandbox, client):
    refused(client.prepare(states.scene(client, sandbox, "Started").set_id), HResult.BAD_STATE)


@rule("3.1.4.13 step 7", "the set stays Added: it can be prepared again")
def test_prepare_twice(sandbox, client):
    made = added(client, sandbox, "share1")
    ok(client.prepare(made.set_id))
    ok(client.prepare(made.set_id))
    ok(client.commit(made.set_id))


@rule("3.1.4.13 step 5", "what is not done in TimeOutInMilliseconds is FSRVP_E_WAIT_TIMEOUT 0x102")
def test_no_time_at_all(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.prepare(made.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)


@rule("3.1.4.13 step 5", "after FSRVP_E_WAIT_TIMEOUT the set is Added as before")
def test_the_set_goes_on_after_a_timeout(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.prepare(made.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)
    ok(client.prepare(made.set_id))
    ok(client.commit(made.set_id))


@rule("3.1.4.13 step 5", "the time is counted in milliseconds")
@pytest.mark.parametrize("milliseconds", [300, 1500])
def test_the_time_is_in_milliseconds(sandbox, impatient_client, milliseconds):
    made = added(impatient_client, sandbox, "share1")
    with volumes.prepare_held(sandbox, "share1"):
        with volumes.Stopwatch() as time:
            refused(impatient_client.prepare(made.set_id, milliseconds), HResult.WAIT_TIMEOUT)
    assert milliseconds / 1000 <= time.seconds < milliseconds / 1000 + 1


@rule("3.1.4", "a zero ShadowCopySetId is E_INVALIDARG")
def test_a_zero_set_id(client):
    refused(client.prepare("00000000-0000-0000-0000-000000000000"), HResult.INVALID_ARGUMENT)
