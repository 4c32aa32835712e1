# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain errors: unknown ids and shares, wrong states, no permission."""

import uuid

import pytest

import leftovers
from fsrvp import HResult
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2"]

UNKNOWN = uuid.UUID("12345678-1234-1234-1234-123456789abc")


@pytest.fixture
def client(sandbox):
    with sandbox.client() as connected:
        yield connected


# ------------------------------------------------------------------- unknown --

def test_an_unknown_share(sandbox, client):
    name = sandbox.unc("nosuchshare")
    refused(client.is_path_supported(name), HResult.OBJECT_NOT_FOUND)
    refused(client.is_path_shadow_copied(name), HResult.OBJECT_NOT_FOUND)
    set_id = start(client)
    refused(client.add(set_id, name), HResult.OBJECT_NOT_FOUND)
    ok(client.abort(set_id))


@pytest.mark.parametrize("call", [
    lambda client, name: client.add(UNKNOWN, name),
    lambda client, name: client.prepare(UNKNOWN),
    lambda client, name: client.commit(UNKNOWN),
    lambda client, name: client.expose(UNKNOWN),
    lambda client, name: client.recovery_complete(UNKNOWN),
    lambda client, name: client.abort(UNKNOWN),
    lambda client, name: client.get_share_mapping(UNKNOWN, UNKNOWN, name),
], ids=["add", "prepare", "commit", "expose", "recovery_complete", "abort", "get_share_mapping"])
def test_an_unknown_set(sandbox, client, call):
    refused(call(client, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)


def test_an_unknown_set_to_delete_from(sandbox, client):
    refused(client.delete_share_mapping(UNKNOWN, UNKNOWN, sandbox.unc("share1")), HResult.OBJECT_NOT_FOUND)


def test_an_unknown_copy_or_share_of_a_known_set(sandbox, client):
    made = exposed(client, sandbox, "share1")
    copy_id = made.copy_ids["share1"]
    refused(client.get_share_mapping(UNKNOWN, made.set_id, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)
    refused(client.get_share_mapping(copy_id, made.set_id, sandbox.unc("share2")), HResult.INVALID_ARGUMENT)
    refused(client.delete_share_mapping(made.set_id, UNKNOWN, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)
    refused(client.delete_share_mapping(made.set_id, copy_id, sandbox.unc("share2")), HResult.OBJECT_NOT_FOUND)
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_a_level_other_than_one(sandbox, client):
    made = exposed(client, sandbox, "share1")
    answer = client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1"), level=2)
    refused(answer, HResult.INVALID_ARGUMENT)
    delete(client, sandbox, made)


def test_an_illegal_context(client):
    for context in (0x00400002, 0x1, 0x8, 0x80000000):
        refused(client.set_context(context), HResult.UNSUPPORTED_CONTEXT)


# -------------------------------------------------------------------- states --

def test_start_without_context(sandbox, client):
    delete(client, sandbox, recovered(client, sandbox, "share1"))  # clears the context
    refused(client.start(), HResult.BAD_STATE)


def test_start_while_another_set_is_under_way(client):
    set_id = start(client)
    refused(client.start(), HResult.SHADOW_COPY_SET_IN_PROGRESS)
    ok(client.abort(set_id))


def test_the_same_share_twice(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.add(made.set_id, sandbox.unc("share1")), HResult.OBJECT_ALREADY_EXISTS)
    ok(client.abort(made.set_id))


CALLS = {
    "add": lambda client, made, name: client.add(made.set_id, name),
    "prepare": lambda client, made, name: client.prepare(made.set_id),
    "commit": lambda client, made, name: client.commit(made.set_id),
    "expose": lambda client, made, name: client.expose(made.set_id),
    "recovery_complete": lambda client, made, name: client.recovery_complete(made.set_id),
    "delete": lambda client, made, name: client.delete_share_mapping(made.set_id, made.copy_ids["share1"], name),
}

WRONG = [(added, "expose"), (added, "recovery_complete"), (added, "delete"),
         (committed, "add"), (committed, "prepare"), (committed, "commit"), (committed, "recovery_complete"),
         (committed, "delete"),
         (exposed, "add"), (exposed, "prepare"), (exposed, "commit"), (exposed, "expose")]


@pytest.mark.parametrize("reach, call", WRONG, ids=[f"{reach.__name__}-{call}" for reach, call in WRONG])
def test_a_call_in_the_wrong_state(sandbox, client, reach, call):
    made = reach(client, sandbox, "share1")
    refused(CALLS[call](client, made, sandbox.unc("share2" if call == "add" else "share1")), HResult.BAD_STATE)
    ok(client.abort(made.set_id))
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("call", ["prepare", "commit", "expose"])
def test_an_empty_set_goes_nowhere(sandbox, client, call):
    set_id = start(client)
    refused(getattr(client, call)(set_id), HResult.BAD_STATE)
    ok(client.abort(set_id))


@pytest.mark.parametrize("reach", [added, committed])
def test_a_mapping_before_expose(sandbox, client, reach):
    made = reach(client, sandbox, "share1")
    refused(client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1")),
            HResult.BAD_STATE, HResult.NOT_EXPOSED_2012)
    ok(client.abort(made.set_id))


def test_a_recovered_set_cannot_be_aborted(sandbox, client):
    made = recovered(client, sandbox, "share1")
    refused(client.abort(made.set_id), HResult.BAD_STATE)
    assert ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


# ---------------------------------------------------------------- permission --

def every_call(client, name):
    """One call of each method, all with the same name where one is asked for."""
    yield client.get_supported_version()
    yield client.set_context(0)
    yield client.start()
    yield client.add(UNKNOWN, name)
    yield client.prepare(UNKNOWN)
    yield client.commit(UNKNOWN)
    yield client.expose(UNKNOWN)
    yield client.recovery_complete(UNKNOWN)
    yield client.abort(UNKNOWN)
    yield client.is_path_supported(name)
    yield client.is_path_shadow_copied(name)
    yield client.get_share_mapping(UNKNOWN, UNKNOWN, name)
    yield client.delete_share_mapping(UNKNOWN, UNKNOWN, name)


@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\share1", "\\\\127.0.0.1\\nosuchshare",
                                  "\\\\127.1.2.3\\share", "..", ""])
def test_an_ordinary_user_is_refused_alike_whatever_the_name(sandbox, name):
    with sandbox.client(user=sandbox.nobody) as client:
        answers = list(every_call(client, name))
    assert len(answers) == 13
    for answer in answers:
        refused(answer, HResult.ACCESS_DENIED)
    leftovers.assert_none(sandbox)


def test_an_ordinary_user_cannot_touch_anothers_set(sandbox, client):
    made = recovered(client, sandbox, "share1")
    with sandbox.client(user=sandbox.nobody) as other:
        refused(other.abort(made.set_id), HResult.ACCESS_DENIED)
        refused(other.delete_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc("share1")),
                HResult.ACCESS_DENIED)
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_the_backup_privilege_is_enough(sandbox):
    sandbox.net("sam", "rights", "grant", sandbox.nobody[0], "SeBackupPrivilege")
    try:
        with sandbox.client(user=sandbox.nobody) as client:
            delete(client, sandbox, recovered(client, sandbox, "share1"))
    finally:
        sandbox.net("sam", "rights", "revoke", sandbox.nobody[0], "SeBackupPrivilege")
    leftovers.assert_none(sandbox)
