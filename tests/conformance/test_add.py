# SPDX-License-Identifier: GPL-3.0-or-later
"""AddToShadowCopySet, MS-FSRVP 3.1.4.4: its checks and their order, what it makes."""

import uuid

import pytest

import leftovers
import states
from fsrvp import HResult
from rules import rule
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "3", "--volumes", "2"]  # share1 and share3 lie on one file system

NIL = uuid.UUID(int=0)


@pytest.fixture
def set_id(client):
    return start(client)


@pytest.fixture
def foreign_share(registry_share, tmp_path):
    """A share that no shadow copy can be made of: /tmp or a tmpfs is no btrfs."""
    tmp_path.chmod(0o755)
    return registry_share("plain", tmp_path)


# ------------------------------------------------------------- checks, in order --

@rule("3.1.4.4 step 1", "a share that does not exist is FSRVP_E_OBJECT_NOT_FOUND")
def test_an_unknown_share(sandbox, client, set_id):
    refused(client.add(set_id, sandbox.unc("nosuchshare")), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.4 step 1", "the share is looked for before the set")
def test_an_unknown_share_for_an_unknown_set(sandbox, client):
    refused(client.add(states.NOBODYS, sandbox.unc("nosuchshare")), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.4 step 1", "the share is looked for before the set's state is")
def test_an_unknown_share_for_a_set_that_takes_none(sandbox, client):
    made = committed(client, sandbox, "share1")
    refused(client.add(made.set_id, sandbox.unc("nosuchshare")), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.4", "IPC$ is no share that data lies in")
def test_ipc_is_no_share(sandbox, client, set_id):
    refused(client.add(set_id, sandbox.unc("IPC$")), HResult.OBJECT_NOT_FOUND, HResult.NOT_SUPPORTED)


@rule("3.1.4.4 step 2", "a store that no snapshot can be made of is FSRVP_E_NOT_SUPPORTED")
def test_a_share_on_another_file_system(sandbox, client, set_id, foreign_share):
    refused(client.add(set_id, sandbox.unc(foreign_share)), HResult.NOT_SUPPORTED)


@rule("3.1.4.4 step 2", "the store is looked at before the set")
def test_a_share_on_another_file_system_for_an_unknown_set(sandbox, client, foreign_share):
    refused(client.add(states.NOBODYS, sandbox.unc(foreign_share)), HResult.NOT_SUPPORTED)


@rule("3.1.4.4 step 2", "a share whose directory is missing is refused as not supported")
def test_a_share_without_a_directory(sandbox, client, set_id, registry_share):
    registry_share("empty", sandbox.shares["share1"].path / "missing")
    refused(client.add(set_id, sandbox.unc("empty")), HResult.NOT_SUPPORTED)


@rule("3.1.4.4 step 2", "a shadow copy of an exposed shadow copy is not supported", source="issue")
def test_an_exposed_share_cannot_be_added(sandbox, client):
    made = exposed(client, sandbox, "share1")
    name = sandbox.unc(made.exposed("share1"))
    refused(client.is_path_supported(name), HResult.NOT_SUPPORTED)
    refused(client.add(made.set_id, name), HResult.NOT_SUPPORTED)


@rule("3.1.4.4 step 3", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(sandbox, client, dialect):
    refused(client.add(states.NOBODYS, sandbox.unc("share1")), dialect.unknown_set)


@rule("3.1.4.4 step 3", "a set that was aborted is an unknown one")
def test_an_aborted_set(sandbox, client, set_id, dialect):
    ok(client.abort(set_id))
    refused(client.add(set_id, sandbox.unc("share1")), dialect.unknown_set)


@rule("3.1.4.4 step 4", "a set past Added takes no share, and that comes before the look at its shares")
def test_the_same_share_for_a_set_that_takes_none(sandbox, client):
    made = committed(client, sandbox, "share1")
    refused(client.add(made.set_id, sandbox.unc("share1")), HResult.BAD_STATE)


@rule("3.1.4", "a zero ShadowCopySetId is E_INVALIDARG, whatever the share")
@pytest.mark.parametrize("share", ["share1", "nosuchshare"])
def test_a_zero_set_id(sandbox, client, share):
    refused(client.add(NIL, sandbox.unc(share)), HResult.INVALID_ARGUMENT)


@rule("3.1.4.4", "ClientShadowCopyId is ignored, even zero or used before (product note 8)", source="windows")
def test_the_clients_copy_id_is_ignored(sandbox, client, set_id):
    given = [ok(client.add(set_id, sandbox.unc(share), client_copy_id=NIL)).copy_id
             for share in ("share1", "share2")]
    assert NIL not in given and len(set(given)) == 2


# ------------------------------------------------------------ shares and volumes --

@rule("3.1.4.4 step 6", "a share that is in the set already is FSRVP_E_OBJECT_ALREADY_EXISTS")
def test_the_same_share_twice(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.add(made.set_id, sandbox.unc("share1")), HResult.OBJECT_ALREADY_EXISTS)


@rule("3.1.4.4 step 6", "the same share in another spelling is the same share")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\SHARE1", "\\\\127.0.0.1\\share1\\", "\\\\LOCALHOST\\share1",
                                  "\\\\127.0.0.1\\share1\\below"])
def test_the_same_share_in_another_spelling(sandbox, client, name):
    made = added(client, sandbox, "share1")
    refused(client.add(made.set_id, name), HResult.OBJECT_ALREADY_EXISTS)


@rule("3.1.4.4 step 6", "the set is as good as before after a share was refused")
def test_a_refused_share_does_no_harm(sandbox, client):
    made = added(client, sandbox, "share1")
    refused(client.add(made.set_id, sandbox.unc("share1")), HResult.OBJECT_ALREADY_EXISTS)
    refused(client.add(made.set_id, sandbox.unc("nosuchshare")), HResult.OBJECT_NOT_FOUND)
    ok(client.add(made.set_id, sandbox.unc("share2")))
    ok(client.commit(made.set_id))


@rule("3.1.4.4 step 6", "a share may be in two sets at once, one of them Recovered")
def test_the_same_share_in_the_next_set(sandbox, client):
    made = exposed(client, sandbox, "share1")
    ok(client.recovery_complete(made.set_id))
    assert exposed(client, sandbox, "share1").copy_ids != made.copy_ids


@rule("3.1.4.4 step 7", "shares on one volume have one shadow copy in a set, and a mapping each", source="windows")
def test_two_shares_on_one_volume(sandbox, client, registry_share):
    path = sandbox.shares["share1"].path / "below"
    path.mkdir(exist_ok=True)
    registry_share("below", path)
    made = exposed(client, sandbox, "share1", "below")
    assert made.copy_ids["share1"] == made.copy_ids["below"]
    assert made.exposed("share1") != made.exposed("below")


@rule("3.1.4.4 step 7", "shares on different volumes have a shadow copy each, in one set")
def test_shares_on_different_volumes(sandbox, client):
    made = recovered(client, sandbox, "share1", "share2", "share3")
    assert len(set(made.copy_ids.values())) == 3
    for share in made.mappings:
        with sandbox.connect(made.exposed(share)) as copy:
            copy.list()
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("3.1.4.4 step 7", "ShadowCopyId is the server's own, not the client's")
def test_the_copy_id_is_the_servers(sandbox, client, set_id):
    proposed = uuid.uuid4()
    assert ok(client.add(set_id, sandbox.unc("share1"), proposed)).copy_id not in (proposed, set_id, NIL)


@rule("3.1.4.4", "a refused Add gives an all-zero ShadowCopyId", source="mstest")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\nosuchshare", "\\\\192.0.2.1\\share1"])
def test_a_refused_share_has_no_id(client, set_id, name):
    answer = client.add(set_id, name)
    assert answer.hresult != HResult.OK
    assert answer.outputs.copy_id == NIL


@rule("3.1.4.13", "Prepare leaves the set Added, so that shares can be added after it")
def test_a_share_after_prepare(sandbox, client):
    made = added(client, sandbox, "share1")
    ok(client.prepare(made.set_id))
    ok(client.add(made.set_id, sandbox.unc("share2")))
    ok(client.commit(made.set_id))
    ok(client.expose(made.set_id))
