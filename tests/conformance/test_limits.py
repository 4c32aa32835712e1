# SPDX-License-Identifier: GPL-3.0-or-later
"""How many shares a set, and how many shadow copies a volume may have."""

import pytest

import leftovers
from fsrvp import HResult
from rules import rule
from shadow_copies import added, delete, ok, recovered, refused, start

LIMIT = 64
SANDBOX = ["--shares", str(LIMIT + 1)]


@pytest.fixture
def full(sandbox, client):
    """A set with as many shares as can be, and the name of one more."""
    *names, another = [sandbox.unc(share) for share in sandbox.shares]
    set_id = start(client)
    for name in names:
        ok(client.add(set_id, name))
    return set_id, another


@rule("3.1.4.4", "a set takes 64 shares, the 65th is 0x80042312", source="windows")
def test_one_share_too_many(client, full):
    set_id, another = full
    refused(client.add(set_id, another), HResult.TOO_MANY_VOLUMES)


@rule("3.1.4.4", "a share that is in the full set already is told apart from one too many", source="issue")
def test_a_share_of_a_full_set(sandbox, client, full):
    set_id, _ = full
    refused(client.add(set_id, sandbox.unc("share1")), HResult.OBJECT_ALREADY_EXISTS)


@rule("3.1.4.5", "a set of 64 shares is made, exposed and undone")
def test_a_full_set(sandbox, client, full):
    set_id, _ = full
    ok(client.prepare(set_id))
    ok(client.commit(set_id))
    ok(client.expose(set_id))
    assert len(leftovers.exposed_shares(sandbox)) == LIMIT
    ok(client.abort(set_id))
    leftovers.assert_none(sandbox)


@rule("3.1.4.4", "a set after a full one starts from nothing")
def test_a_set_after_a_full_one(sandbox, client, full):
    ok(client.abort(full[0]))
    added(client, sandbox, f"share{LIMIT + 1}")


@rule("3.1.4.4", "a volume with fss:max shadow copies takes no more: 0x80042317", source="issue")
def test_one_shadow_copy_too_many(sandbox, client, registry_share):
    name = registry_share("limited", **{"fss:max shadow copies": "2"})
    made = [recovered(client, sandbox, name) for _ in range(2)]
    refused(client.add(start(client), sandbox.unc(name)), HResult.TOO_MANY_SNAPSHOTS)
    delete(client, sandbox, made[0])
    recovered(client, sandbox, name)


@rule("3.1.4.4", "fss:max shadow copies is of one volume: others are not counted", source="issue")
def test_the_limit_is_a_volumes(sandbox, client, registry_share):
    recovered(client, sandbox, "share2")
    recovered(client, sandbox, "share2")
    recovered(client, sandbox, registry_share("limited", **{"fss:max shadow copies": "1"}))


@rule("3.1.4.4", "a further share of a volume in the same set needs no further shadow copy", source="issue")
def test_a_further_share_of_the_volume(sandbox, client, registry_share):
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    names = [registry_share(name, where, **{"fss:max shadow copies": "1"})
             for name, where in (("limited", None), ("below", path))]
    recovered(client, sandbox, *names)
