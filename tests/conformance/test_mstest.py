# SPDX-License-Identifier: GPL-3.0-or-later
"""The single-node cases of Microsoft's File Server test suite for FSRVP, one by one.

WindowsProtocolTestSuites, TestSuites/FileServer/src/FSRVP/TestSuite; each test
here has its case's name and asserts what the case asserts.
"""

import pytest

from fsrvp import Context, HResult, SmbError
from rules import rule
from shadow_copies import ok, refused

SANDBOX = ["--shares", "2"]

SHARE = "share1"


@pytest.fixture
def share(sandbox):
    """The share as the suite names it: by the server's computer name."""
    return f"\\\\FSS{sandbox.port}\\{SHARE}"


def connected_to_the_owner(connect, share):
    """Asks who owns the share, closes, connects to that server and asks for its versions."""
    query = connect()
    supported = ok(query.is_path_supported(share))
    assert supported.supported
    assert supported.owner
    query.close()
    client = connect()
    versions = ok(client.get_supported_version())
    assert (versions.minimum, versions.maximum) == (1, 1)
    return client


def can_create_a_file(sandbox, share):
    try:
        with sandbox.connect(share) as copy:
            copy.write("created", b"")
    except SmbError:
        return False
    return True


def shadow_copy_set(sandbox, connect, share, context, status_to_abort=None):
    """What the suite calls TestShadowCopySet."""
    client = connected_to_the_owner(connect, share)
    ok(client.set_context(context))
    set_id = ok(client.start()).set_id
    assert set_id.int
    if status_to_abort == "Started":
        ok(client.abort(set_id))
        return
    copy_id = ok(client.add(set_id, share)).copy_id
    assert copy_id.int
    if status_to_abort == "Added":
        ok(client.abort(set_id))
        return
    ok(client.prepare(set_id))
    ok(client.commit(set_id))
    ok(client.expose(set_id))
    mapping = ok(client.get_share_mapping(copy_id, set_id, share)).mapping
    assert mapping is not None
    assert mapping.shadow_copy_share_name.lower() == f"{SHARE}@{{{copy_id}}}"
    assert mapping.creation_timestamp > 0
    assert can_create_a_file(sandbox, mapping.shadow_copy_share_name) == bool(context & Context.AUTO_RECOVERY)
    ok(client.recovery_complete(set_id))
    if status_to_abort == "Recovered":
        refused(client.abort(set_id), HResult.BAD_STATE)
    copied = ok(client.is_path_shadow_copied(share))
    assert copied.present
    assert copied.compatibility in (0, 1, 2, 3)
    ok(client.delete_share_mapping(set_id, copy_id, share))


@rule("3.2.4", "BVT_VSSOperateShadowCopySet_WritableSnapshot_SingleNode", source="mstest")
def test_bvt_operate_shadow_copy_set_writable_snapshot_single_node(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.BACKUP | Context.AUTO_RECOVERY)


@rule("3.1.4.2", "BVT_VSSSetContext_ReadonlySnapshot_BACKUP: context 0x2", source="mstest")
def test_bvt_set_context_readonly_snapshot_backup(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.BACKUP | Context.NO_AUTO_RECOVERY)


@rule("3.1.4.2", "VSSSetContext_ReadonlySnapshot_APP_ROLLBACK: context 0xB", source="mstest")
def test_set_context_readonly_snapshot_app_rollback(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.APP_ROLLBACK | Context.NO_AUTO_RECOVERY)


@rule("3.1.4.2", "VSSSetContext_ReadonlySnapshot_NAS_ROLLBACK: context 0x19", source="mstest")
def test_set_context_readonly_snapshot_nas_rollback(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.NAS_ROLLBACK)


@rule("3.1.4.2", "VSSSetContext_ReadonlySnapshot_FILE_SHARE_BACKUP: context 0x10", source="mstest")
def test_set_context_readonly_snapshot_file_share_backup(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.FILE_SHARE_BACKUP)


@rule("3.1.4.2 step 1", "VSSSetContext_Invalid: context 0x00400002", source="mstest")
def test_set_context_invalid(connect, share):
    client = connected_to_the_owner(connect, share)
    refused(client.set_context(Context.NO_AUTO_RECOVERY | Context.AUTO_RECOVERY), HResult.UNSUPPORTED_CONTEXT)


@rule("3.1.4.8", "VSSAbortShadowCopySet_Started", source="mstest")
def test_abort_shadow_copy_set_started(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.BACKUP | Context.AUTO_RECOVERY, "Started")


@rule("3.1.4.8", "VSSAbortShadowCopySet_Added", source="mstest")
def test_abort_shadow_copy_set_added(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.BACKUP | Context.AUTO_RECOVERY, "Added")


@rule("3.1.4.8", "VSSAbortShadowCopySet_Recovered", source="mstest")
def test_abort_shadow_copy_set_recovered(sandbox, connect, share):
    shadow_copy_set(sandbox, connect, share, Context.BACKUP | Context.AUTO_RECOVERY, "Recovered")
