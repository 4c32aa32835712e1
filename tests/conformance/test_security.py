# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call, and over what kind of connection, MS-FSRVP 2.1, 3.1.4 and 5."""

import re
import uuid

import pytest
from impacket import ntlm

import configuration
import leftovers
import soon
import states
from calls import CALLS
from fsrvp import HResult, RpcFault
from rules import rule
from shadow_copies import delete, exposed, ok, recovered, refused

SANDBOX = ["--shares", "2"]

NAMES = ("\\\\127.0.0.1\\share1", "\\\\127.0.0.1\\nosuchshare", "\\\\127.1.2.3\\share", "\\\\192.0.2.1\\share1",
         "share1", "..", "", "\ud800", "n" * 4000)


# --------------------------------------------------------- level of authentication --

@pytest.fixture
def plain_ntlm(monkeypatch):
    """NTLM without signing: Samba cannot answer at level "connect" where it was negotiated."""
    negotiate = ntlm.getNTLMSSPType1
    monkeypatch.setattr(ntlm, "getNTLMSSPType1",
                        lambda *words, signingRequired=False, **named: negotiate(*words[:2], signingRequired=False, **named))


@rule("3.1.4", "a connection that is not signed is E_ACCESSDENIED, by return code and no fault, on every method")
@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("level", ["none", "connect"])
def test_a_connection_that_is_not_signed(sandbox, connect, plain_ntlm, level, method):
    refused(CALLS[method](connect(level=level), sandbox.unc("share1")), HResult.ACCESS_DENIED)


@rule("3.1.4", "packet integrity is enough, packet privacy is accepted")
@pytest.mark.parametrize("level", ["integrity", "privacy"])
def test_a_connection_that_is_signed(sandbox, connect, level):
    client = connect(level=level)
    delete(client, sandbox, recovered(client, sandbox, "share1"))


@rule("3.1.4", "with fss:require privacy = yes a connection that is not encrypted is E_ACCESSDENIED", source="issue")
def test_privacy_can_be_required(make_sandbox):
    sandbox = make_sandbox()
    with sandbox.client(level="integrity") as client:
        with configuration.also(sandbox, "fss:require privacy = yes"):
            soon.true(lambda: client.get_supported_version().hresult != HResult.OK, "the option is in force")
            for call in CALLS.values():
                refused(call(client, sandbox.unc("share1")), HResult.ACCESS_DENIED)
            with sandbox.client(level="privacy") as private:
                delete(private, sandbox, recovered(private, sandbox, "share1"))


# ------------------------------------------------------------------------ accounts --

@pytest.fixture
def nobody(sandbox, connect):
    return connect(user=sandbox.nobody)


@rule("3.1.4", "an ordinary user is E_ACCESSDENIED on every method, whatever the name")
@pytest.mark.parametrize("method", CALLS)
def test_an_ordinary_user(nobody, method):
    for name in NAMES:
        refused(CALLS[method](nobody, name), HResult.ACCESS_DENIED)


@rule("5", "anyone may open the pipe; each method makes its own check")
def test_an_ordinary_user_may_bind(nobody):
    refused(nobody.get_supported_version(), HResult.ACCESS_DENIED)


@rule("3.1.4", "permission comes before all arguments: zero GUIDs, illegal contexts and levels are not told apart")
def test_permission_comes_first(nobody, sandbox):
    nil, name = uuid.UUID(int=0), sandbox.unc("share1")
    for answer in (nobody.set_context(0x00400002), nobody.set_context(0xFFFFFFFF), nobody.start(nil),
                   nobody.add(nil, name), nobody.prepare(nil, 0), nobody.commit(nil, 0), nobody.expose(nil, 0),
                   nobody.recovery_complete(nil), nobody.abort(nil), nobody.get_share_mapping(nil, nil, name, 2),
                   nobody.delete_share_mapping(nil, nil, name)):
        refused(answer, HResult.ACCESS_DENIED)


@rule("3.1.4", "a refused caller is given no values")
def test_a_refused_caller_learns_nothing(nobody, sandbox):
    assert nobody.get_supported_version().outputs.maximum == 0
    supported = nobody.is_path_supported(sandbox.unc("share1")).outputs
    assert not supported.supported and not supported.owner


@rule("3.1.4", "a refused caller leaves nothing behind")
def test_a_refused_caller_leaves_nothing(nobody, sandbox):
    for call in CALLS.values():
        refused(call(nobody, sandbox.unc("share1")), HResult.ACCESS_DENIED)
    leftovers.assert_none(sandbox)


@rule("3.1.4", "a refused caller does no harm to another's set, in any state")
@pytest.mark.parametrize("state", (*states.IN_PROGRESS, "Recovered"))
def test_anothers_set_is_safe(sandbox, client, nobody, state):
    scene = states.scene(client, sandbox, state)
    for answer in (nobody.set_context(0), nobody.abort(scene.set_id), nobody.recovery_complete(scene.set_id),
                   nobody.delete_share_mapping(scene.set_id, scene.copy_id, scene.name)):
        refused(answer, HResult.ACCESS_DENIED)
    assert states.observed(scene) == state


@rule("3.1.4", "SeBackupPrivilege is enough", source="windows")
def test_the_backup_privilege(sandbox, connect):
    sandbox.net("sam", "rights", "grant", sandbox.nobody[0], "SeBackupPrivilege")
    try:
        client = connect(user=sandbox.nobody)
        delete(client, sandbox, recovered(client, sandbox, "share1"))
    finally:
        sandbox.net("sam", "rights", "revoke", sandbox.nobody[0], "SeBackupPrivilege")
    leftovers.assert_none(sandbox)


@rule("3.1.4", "members of Administrators may call (product note 4)", source="windows")
def test_an_administrator(make_sandbox):
    sandbox = make_sandbox()
    sandbox.net("groupmap", "add", "sid=S-1-5-32-544", f"unixgroup={sandbox.nobody[0]}", "ntgroup=Administrators",
                "type=builtin")
    with sandbox.client(user=sandbox.nobody) as client:
        delete(client, sandbox, recovered(client, sandbox, "share1"))


@rule("3.1.4", "a method that is none is an RPC fault, and the connection lives on")
@pytest.mark.parametrize("opnum", [13, 14, 0xFFFF])
def test_an_unknown_method(client, opnum):
    with pytest.raises(RpcFault):
        client.call_raw(opnum, b"")
    ok(client.get_supported_version())


# --------------------------------------------------------------------- audit trail --

def audited(sandbox, *words):
    """Whether one audit line has all these words."""
    lines = [line for line in sandbox.log().splitlines() if "fss_audit" in line and ": " in line]
    return any(all(word.lower() in line.lower() for word in words) for line in lines)


@rule("5", "each refusal is one audit line: method, account, address, result", source="issue")
@pytest.mark.parametrize("method", CALLS)
def test_a_refusal_is_audited(sandbox, connect, method):
    client = connect(user=sandbox.nobody, source_address="127.0.0.7")
    CALLS[method](client, sandbox.unc("share1"))
    assert audited(sandbox, method, sandbox.nobody[0], "127.0.0.7", "0x80070005")


@rule("5", "each creation, exposure and removal is one audit line: who, from where, what, result", source="issue")
@pytest.mark.parametrize("method, last", [
    ("CommitShadowCopySet", lambda client, made, name: None),
    ("ExposeShadowCopySet", lambda client, made, name: None),
    ("RecoveryCompleteShadowCopySet", lambda client, made, name: ok(client.recovery_complete(made.set_id))),
    ("AbortShadowCopySet", lambda client, made, name: ok(client.abort(made.set_id))),
    ("DeleteShareMapping", lambda client, made, name: ok(
        client.delete_share_mapping(made.set_id, made.copy_ids["share1"], name))),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_change_is_audited(sandbox, client, method, last):
    made = exposed(client, sandbox, "share1")
    last(client, made, sandbox.unc("share1"))
    assert audited(sandbox, method, sandbox.admin[0], "127.0.0.1", str(made.set_id), "0x00000000")


@rule("5", "a change that was refused is audited with its code", source="issue")
def test_a_refused_change_is_audited(sandbox, client):
    made = recovered(client, sandbox, "share1")
    refused(client.abort(made.set_id), HResult.BAD_STATE)
    assert audited(sandbox, "AbortShadowCopySet", str(made.set_id), "0x80042301")


@rule("5", "what a client writes forges no line of the log", source="issue")
def test_a_name_forges_no_line(sandbox, client):
    client.is_path_supported(sandbox.unc("x\nfss_audit: forged\r\n"))
    client.delete_share_mapping(states.NOBODYS, states.NOBODYS, sandbox.unc("x\nfss_audit: forged"))
    assert not re.search(r"^\s*fss_audit: forged", sandbox.log(), re.MULTILINE)
    leftovers.assert_none(sandbox)
