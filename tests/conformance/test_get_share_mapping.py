# SPDX-License-Identifier: GPL-3.0-or-later
"""GetShareMapping, MS-FSRVP 3.1.4.11, and FSSAGENT_SHARE_MAPPING, 2.2.3.1."""

import time
import uuid

import pytest

import leftovers
import states
from fsrvp import HResult
from rules import rule
from shadow_copies import added, committed, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2"]

NIL = uuid.UUID(int=0)
TICKS = 10_000_000  # FILETIME counts 100 ns
FILETIME_OF_1970 = 116_444_736_000_000_000


def filetime(seconds):
    return int(seconds * TICKS) + FILETIME_OF_1970


def mapping(client, sandbox, made, share="share1"):
    return ok(client.get_share_mapping(made.copy_ids[share], made.set_id, sandbox.unc(share))).mapping


# ---------------------------------------------------------------- checks, in order --

@rule("3.1.4.11 step 1", "the Level is 1, any other is E_INVALIDARG")
@pytest.mark.parametrize("level", [0, 2, 3, 0xFFFFFFFF])
def test_another_level(sandbox, client, level):
    made = exposed(client, sandbox, "share1")
    answer = client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1"), level)
    refused(answer, HResult.INVALID_ARGUMENT)
    assert answer.outputs.mapping is None


@rule("3.1.4.11 step 1", "the Level is looked at before the set and its state")
def test_another_level_of_a_set_that_is_not_exposed(sandbox, client):
    made = added(client, sandbox, "share1")
    for set_id in (made.set_id, states.NOBODYS):
        refused(client.get_share_mapping(made.copy_ids["share1"], set_id, sandbox.unc("share1"), level=2),
                HResult.INVALID_ARGUMENT)


@rule("3.1.4.11 step 2", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(sandbox, client, dialect):
    refused(client.get_share_mapping(states.NOBODYS, states.NOBODYS, sandbox.unc("share1")), dialect.unknown_set)


@rule("3.1.4.11 step 3", "before Expose there is no mapping: FSRVP_E_BAD_STATE (0x80042311 on Windows Server 2012)")
@pytest.mark.parametrize("reach", [added, committed])
def test_a_mapping_before_expose(sandbox, client, reach):
    made = reach(client, sandbox, "share1")
    refused(client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1")),
            HResult.BAD_STATE, HResult.NOT_EXPOSED_2012)


@rule("3.1.4.11 step 3", "the state is looked at before the copy")
def test_an_unknown_copy_before_expose(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.get_share_mapping(states.NOBODYS, made.set_id, sandbox.unc("share1")),
            HResult.BAD_STATE, HResult.NOT_EXPOSED_2012)


@rule("3.1.4.11 step 3", "the mapping of a Recovered set: FSRVP_E_BAD_STATE, but given in the text of 2012")
def test_a_mapping_after_recovery_complete(sandbox, client, dialect):
    made = recovered(client, sandbox, "share1")
    answer = client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1"))
    refused(answer, dialect.mapping_of_recovered)
    if answer.hresult == HResult.OK:
        assert answer.outputs.mapping.shadow_copy_share_name == made.exposed("share1")


@rule("3.1.4.11 step 5", "an unknown copy is E_INVALIDARG")
def test_an_unknown_copy(sandbox, client):
    made = exposed(client, sandbox, "share1")
    refused(client.get_share_mapping(states.NOBODYS, made.set_id, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)


@rule("3.1.4.11 step 6", "a share that the copy does not map is E_INVALIDARG, be it another copy's or nobody's")
@pytest.mark.parametrize("shares, share", [(("share1", "share2"), "share2"), (("share1",), "share2"),
                                           (("share1", "share2"), "nosuchshare")])
def test_another_share(sandbox, client, shares, share):
    made = exposed(client, sandbox, *shares)
    refused(client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc(share)),
            HResult.INVALID_ARGUMENT)


@rule("3.1.4.11", "the copy's id comes before the set's, other than in DeleteShareMapping")
def test_the_order_of_the_ids(sandbox, client, dialect):
    made = exposed(client, sandbox, "share1")
    refused(client.get_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc("share1")), dialect.unknown_set)
    assert mapping(client, sandbox, made)


@rule("3.1.4", "a zero ShadowCopyId or ShadowCopySetId is E_INVALIDARG")
def test_a_zero_id(sandbox, client):
    made = exposed(client, sandbox, "share1")
    refused(client.get_share_mapping(NIL, made.set_id, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)
    refused(client.get_share_mapping(made.copy_ids["share1"], NIL, sandbox.unc("share1")), HResult.INVALID_ARGUMENT)


# ------------------------------------------------------------------------ the answer --

@rule("3.1.4.11 step 7", "the mapping holds the ids that it was asked by")
def test_the_ids(sandbox, client):
    made = exposed(client, sandbox, "share1", "share2")
    for share, copy_id in made.copy_ids.items():
        found = mapping(client, sandbox, made, share)
        assert (found.set_id, found.copy_id) == (made.set_id, copy_id)


@rule("3.1.4.11 step 7", "ShareNameUNC is the name as the client gave it to Add, letter by letter")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\share1", "\\\\127.0.0.1\\share1\\", "\\\\LocalHost\\SHARE1",
                                  "\\\\localhost\\Share1\\"])
def test_the_clients_spelling_is_kept(sandbox, client, name):
    set_id = start(client)
    copy_id = ok(client.add(set_id, name)).copy_id
    ok(client.commit(set_id))
    ok(client.expose(set_id))
    assert ok(client.get_share_mapping(copy_id, set_id, sandbox.unc("share1"))).mapping.share_name_unc == name
    ok(client.delete_share_mapping(set_id, copy_id, sandbox.unc("share1")))
    leftovers.assert_none(sandbox)


@rule("3.1.4.11 step 6", "the mapping is found by the share, however the client spells the UNC now")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\share1\\", "\\\\localhost\\SHARE1", "\\\\LOCALHOST\\sharE1\\"])
def test_a_mapping_is_found_in_another_spelling(sandbox, client, name):
    made = exposed(client, sandbox, "share1")
    assert ok(client.get_share_mapping(made.copy_ids["share1"], made.set_id, name)).mapping.share_name_unc == \
        sandbox.unc("share1")


@rule("2.2.3.1", "ShadowCopyShareName is share@{ShadowCopyId} without the server", source="mstest")
def test_the_exposed_name_is_bare(sandbox, client):
    made = exposed(client, sandbox, "share1")
    name = mapping(client, sandbox, made).shadow_copy_share_name
    assert name.lower() == f"share1@{{{made.copy_ids['share1']}}}"


@rule("2.2.3.1", "the GUID in ShadowCopyShareName is in capital letters", source="windows")
def test_the_guid_is_in_capitals(sandbox, client):
    made = exposed(client, sandbox, "share1")
    assert str(made.copy_ids["share1"]).upper() in mapping(client, sandbox, made).shadow_copy_share_name


@rule("2.2.3.1", "CreationTimestamp is a FILETIME of the time of the shadow copy")
def test_the_time_is_the_present(sandbox, client):
    before = filetime(time.time() - 1)
    made = exposed(client, sandbox, "share1")
    assert before <= mapping(client, sandbox, made).creation_timestamp <= filetime(time.time() + 1)


@rule("2.2.3.1", "CreationTimestamp is as fine as its unit: 100 ns, and no round number of seconds", source="issue")
def test_the_time_is_in_100_ns(sandbox, client):
    stamps = []
    for _ in range(3):
        made = exposed(client, sandbox, "share1")
        stamps.append(mapping(client, sandbox, made).creation_timestamp)
        ok(client.abort(made.set_id))
    assert any(stamp % TICKS for stamp in stamps)
    assert any(stamp % (TICKS // 1000) for stamp in stamps)


@rule("3.1.1.2", "CreationTimestamp is that of the copy: it stays the same")
def test_the_time_stays(sandbox, client):
    made = exposed(client, sandbox, "share1")
    first = mapping(client, sandbox, made).creation_timestamp
    time.sleep(0.1)
    assert mapping(client, sandbox, made).creation_timestamp == first


@rule("3.1.4.11 step 7", "mappings of one copy differ by share, and have one id and one time")
def test_two_mappings_of_one_copy(sandbox, client, registry_share):
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    made = exposed(client, sandbox, "share1", registry_share("below", path))
    first, second = (mapping(client, sandbox, made, share) for share in ("share1", "below"))
    assert first.copy_id == second.copy_id
    assert first.creation_timestamp == second.creation_timestamp
    assert first.shadow_copy_share_name.startswith("share1@{")
    assert second.shadow_copy_share_name.startswith("below@{")


@rule("3.1.4.11", "the mapping can be asked for again and again, and the state stays")
def test_asking_changes_nothing(sandbox, client):
    made = exposed(client, sandbox, "share1")
    assert [mapping(client, sandbox, made) for _ in range(3)] == [made.mappings["share1"]] * 3
    ok(client.recovery_complete(made.set_id))
