# SPDX-License-Identifier: GPL-3.0-or-later
"""DeleteShareMapping, MS-FSRVP 3.1.4.12."""

import uuid

import pytest

import leftovers
import soon
import states
from fsrvp import HResult, SmbError
from rules import rule
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused

SANDBOX = ["--shares", "2"]

NIL = uuid.UUID(int=0)


@pytest.fixture
def below(sandbox, registry_share):
    """A share in a directory of share1's volume."""
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    return registry_share("below", path)


def delete_one(client, sandbox, made, share):
    return client.delete_share_mapping(made.set_id, made.copy_ids[share], sandbox.unc(share))


# ---------------------------------------------------------------- checks, in order --

@rule("3.1.4.12 step 1", "a zero id is E_INVALIDARG")
def test_a_zero_id(sandbox, client):
    made = exposed(client, sandbox, "share1")
    refused(client.delete_share_mapping(NIL, made.copy_ids["share1"], sandbox.unc("share1")), HResult.INVALID_ARGUMENT)
    refused(client.delete_share_mapping(made.set_id, NIL, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)


@rule("3.1.4.12 step 1", "an empty ShareName is E_INVALIDARG")
def test_an_empty_name(client, sandbox):
    made = exposed(client, sandbox, "share1")
    refused(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], ""), HResult.INVALID_ARGUMENT)


@rule("3.1.4.12 step 2", "an unknown set is FSRVP_E_OBJECT_NOT_FOUND, not ID_MISMATCH")
def test_an_unknown_set(sandbox, client):
    refused(client.delete_share_mapping(states.NOBODYS, states.NOBODYS, sandbox.unc("share1")),
            HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.12 step 3", "before Expose there is nothing to delete, and that comes before the look at the copy")
@pytest.mark.parametrize("reach", [added, committed])
def test_a_set_that_is_not_exposed(sandbox, client, reach):
    made = reach(client, sandbox, "share1")
    refused(client.delete_share_mapping(made.set_id, states.NOBODYS, sandbox.unc("share1")), HResult.BAD_STATE)


@rule("3.1.4.12 step 4", "an unknown copy is FSRVP_E_OBJECT_NOT_FOUND, E_INVALIDARG in the text of 2012")
@pytest.mark.parametrize("reach", [exposed, recovered])
def test_an_unknown_copy(sandbox, client, dialect, reach):
    made = reach(client, sandbox, "share1")
    refused(client.delete_share_mapping(made.set_id, states.NOBODYS, sandbox.unc("share1")),
            dialect.unknown_copy_in_delete)


@rule("3.1.4.12 step 5", "a share that the copy does not map is FSRVP_E_OBJECT_NOT_FOUND")
@pytest.mark.parametrize("reach, shares, share", [
    (recovered, ("share1", "share2"), "share2"), (exposed, ("share1",), "share2"),
    (recovered, ("share1", "share2"), "nosuchshare")])
def test_another_share(sandbox, client, reach, shares, share):
    made = reach(client, sandbox, *shares)
    refused(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc(share)),
            HResult.OBJECT_NOT_FOUND)


# ------------------------------------------------------------------ what is deleted --

@rule("3.1.4.12 step 6", "the last mapping takes the snapshot, the share and the set with it")
@pytest.mark.parametrize("reach", [exposed, recovered])
def test_the_last_mapping(sandbox, client, reach):
    made = reach(client, sandbox, "share1")
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)
    refused(delete_one(client, sandbox, made, "share1"), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.12 step 6", "one of two copies goes, the other stays")
def test_one_of_two_copies(sandbox, client):
    made = recovered(client, sandbox, "share1", "share2")
    ok(delete_one(client, sandbox, made, "share1"))
    assert leftovers.exposed_shares(sandbox) == [made.exposed("share2")]
    with sandbox.connect(made.exposed("share2")) as copy:
        copy.list()
    assert len([path for path in leftovers.subvolumes(sandbox) if path.endswith("snapshot")]) == 1
    refused(delete_one(client, sandbox, made, "share1"), HResult.INVALID_ARGUMENT, HResult.OBJECT_NOT_FOUND)
    ok(delete_one(client, sandbox, made, "share2"))
    leftovers.assert_none(sandbox)


@rule("3.1.4.12 step 6", "one of two mappings goes, the snapshot stays for the other")
def test_one_of_two_mappings(sandbox, client, below):
    made = recovered(client, sandbox, "share1", below)
    ok(delete_one(client, sandbox, made, "share1"))
    assert leftovers.exposed_shares(sandbox) == [made.exposed(below)]
    with sandbox.connect(made.exposed(below)) as copy:
        copy.list()
    refused(delete_one(client, sandbox, made, "share1"), HResult.OBJECT_NOT_FOUND)
    ok(delete_one(client, sandbox, made, below))
    leftovers.assert_none(sandbox)


@rule("3.1.4.12 step 3", "in Exposed one of two mappings can be deleted, and the set goes on")
def test_one_of_two_in_exposed(sandbox, client):
    made = exposed(client, sandbox, "share1", "share2")
    ok(delete_one(client, sandbox, made, "share1"))
    ok(client.recovery_complete(made.set_id))
    with sandbox.connect(made.exposed("share2")) as copy:
        copy.list()


@rule("3.1.4.12 step 6", "the mapping is found by the share, however the client spells its UNC")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\share1\\", "\\\\localhost\\SHARE1", "\\\\LOCALHOST\\sharE1\\"])
def test_a_mapping_is_found_in_another_spelling(sandbox, client, name):
    made = recovered(client, sandbox, "share1")
    ok(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], name))
    leftovers.assert_none(sandbox)


@rule("3.1.4.12 step 6", "a mapping can be deleted when its base share is gone", source="issue")
def test_the_base_share_is_gone(sandbox, client, registry_share):
    made = recovered(client, sandbox, registry_share("passing"))
    sandbox.net("conf", "delshare", "passing")
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.4.12 step 6", "a mapping can be deleted from another address, long after its set was made")
def test_another_client_deletes(sandbox, client, other_client):
    made = recovered(client, sandbox, "share1")
    delete(other_client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.4.12 step 6", "clients of the share are disconnected, those of the base share are not", source="issue")
def test_clients_are_disconnected(sandbox, client):
    made = recovered(client, sandbox, "share1")

    def refused_now(copy):
        try:
            copy.list()
        except SmbError:
            return True
        return False

    with sandbox.connect(made.exposed("share1")) as copy, sandbox.connect("share1") as base:
        copy.list()
        delete(client, sandbox, made)
        soon.true(lambda: refused_now(copy), "the client of the exposed share is disconnected")
        base.list()


@rule("3.1.4.12", "a set under way is left alone when an older one is deleted")
def test_a_set_under_way_is_left_alone(sandbox, client):
    old = recovered(client, sandbox, "share1")
    new = committed(client, sandbox, "share1")
    delete(client, sandbox, old)
    ok(client.expose(new.set_id))
