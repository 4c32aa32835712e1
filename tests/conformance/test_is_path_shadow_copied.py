# SPDX-License-Identifier: GPL-3.0-or-later
"""IsPathShadowCopied, MS-FSRVP 3.1.4.10."""

import pytest

import states
from fsrvp import HResult
from rules import rule
from shadow_copies import delete, exposed, ok, recovered, refused

SANDBOX = ["--shares", "3", "--volumes", "2"]


@pytest.fixture
def below(sandbox, registry_share):
    """A share in a directory of share1's volume."""
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    return registry_share("below", path)


def present(client, sandbox, share):
    return ok(client.is_path_shadow_copied(sandbox.unc(share))).present


@rule("3.1.4.10 step 1", "a share that does not exist is FSRVP_E_OBJECT_NOT_FOUND")
def test_an_unknown_share(sandbox, client):
    refused(client.is_path_shadow_copied(sandbox.unc("nosuchshare")), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.10 step 3", "a shadow copy is present in states Committed, Exposed and Recovered, and in no other")
@pytest.mark.parametrize("state", states.STATES)
def test_present_by_state(sandbox, client, state):
    states.scene(client, sandbox, state)
    assert present(client, sandbox, "share1") == (state in states.SHADOWED)


@rule("3.1.4.10 step 3", "ShadowCopyCompatibility is made of DISABLE_DEFRAG and DISABLE_CONTENTINDEX", source="mstest")
def test_the_compatibility_of_a_shadow_copy(sandbox, client):
    recovered(client, sandbox, "share1")
    answer = ok(client.is_path_shadow_copied(sandbox.unc("share1")))
    assert answer.present and answer.compatibility in (0, 1, 2, 3)


@rule("3.1.4.10 step 3", "without a shadow copy ShadowCopyCompatibility is 0", source="issue")
def test_the_compatibility_of_none(sandbox, client):
    answer = ok(client.is_path_shadow_copied(sandbox.unc("share1")))
    assert (answer.present, answer.compatibility) == (False, 0)


@rule("3.1.4.10 step 3", "it is the volume that is asked for, not the share")
def test_another_share_of_the_volume(sandbox, client, below):
    exposed(client, sandbox, below)
    assert present(client, sandbox, "share1")


@rule("3.1.4.10 step 3", "a shadow copy of one volume is none of another")
def test_a_share_of_another_volume(sandbox, client):
    exposed(client, sandbox, "share1")
    assert not present(client, sandbox, "share2")
    assert not present(client, sandbox, "share3")


@rule("3.1.4.10 step 3", "a shadow copy is there until its last mapping is deleted")
def test_until_the_last_mapping_is_deleted(sandbox, client, below):
    made = recovered(client, sandbox, "share1", below)
    ok(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc("share1")))
    assert present(client, sandbox, "share1")
    ok(client.delete_share_mapping(made.set_id, made.copy_ids[below], sandbox.unc(below)))
    assert not present(client, sandbox, "share1")


@rule("3.1.4.10 step 3", "a shadow copy is there until the last of its volume's sets is deleted")
def test_until_the_last_set_is_deleted(sandbox, client):
    first, second = (recovered(client, sandbox, "share1") for _ in range(2))
    delete(client, sandbox, first)
    assert present(client, sandbox, "share1")
    delete(client, sandbox, second)
    assert not present(client, sandbox, "share1")


@rule("3.1.4.10 step 3", "an aborted set leaves none")
def test_after_an_abort(sandbox, client):
    ok(client.abort(exposed(client, sandbox, "share1").set_id))
    assert not present(client, sandbox, "share1")


@rule("3.1.4.10 step 2", "a share that can have no shadow copy has none")
def test_a_share_on_another_file_system(sandbox, client, registry_share, tmp_path):
    assert not present(client, sandbox, registry_share("plain", tmp_path))


@rule("3.1.4.10", "asking changes no state")
@pytest.mark.parametrize("state", states.IN_PROGRESS)
def test_asking_changes_nothing(sandbox, client, state):
    scene = states.scene(client, sandbox, state)
    ok(client.is_path_shadow_copied(scene.name))
    assert states.observed(scene) == state
