# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own client: rpcclient's fss_* commands."""

import re
import uuid

import pytest

import leftovers
from fsrvp import HResult
from harness import GUID
from shadow_copies import refused

SANDBOX = ["--shares", "2", "--volumes", "2"]

CONTEXTS = ("backup", "file_share_backup", "nas_rollback", "app_rollback")


def succeeds(sandbox, command, **options):
    done = sandbox.rpcclient(command, **options)
    assert done.ok, str(done)
    return done.output


def create(sandbox, context, access, *shares):
    """Returns set id and, by share, copy id and exposed name."""
    output = succeeds(sandbox, f"fss_create_expose {context} {access} {' '.join(shares)}")
    copies = {}
    for set_id, copy_id, exposed in re.findall(rf"({GUID})\(({GUID})\): share (\S+) exposed", output):
        copies[exposed.partition("@")[0]] = (set_id, copy_id, exposed)
    assert set(copies) == set(shares), output
    return copies


@pytest.mark.parametrize("access", ["ro", "rw"])
@pytest.mark.parametrize("context", CONTEXTS)
def test_every_context_is_created_used_and_deleted(sandbox, context, access):
    set_id, copy_id, exposed = create(sandbox, context, access, "share1")["share1"]
    assert exposed in succeeds(sandbox, f"fss_get_mapping share1 {set_id} {copy_id}")
    assert "recovery complete" in succeeds(sandbox, f"fss_recovery_complete {set_id}")
    assert " has an associated shadow-copy" in succeeds(sandbox, "fss_has_shadow_copy share1")
    assert sandbox.smbclient(exposed, "ls").ok
    assert "shadow-copy deleted" in succeeds(sandbox, f"fss_delete share1 {set_id} {copy_id}")
    assert "does not have an associated" in succeeds(sandbox, "fss_has_shadow_copy share1")
    leftovers.assert_none(sandbox)


def test_one_command_creates_a_set_of_two_shares(sandbox):
    copies = create(sandbox, "backup", "ro", "share1", "share2")
    assert copies["share1"][0] == copies["share2"][0]
    succeeds(sandbox, f"fss_recovery_complete {copies['share1'][0]}")
    for share, (set_id, copy_id, _) in copies.items():
        succeeds(sandbox, f"fss_delete {share} {set_id} {copy_id}")
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("binding", ["sign", "seal"])
def test_a_share_is_supported(sandbox, binding):
    assert "supports shadow copy requests" in succeeds(sandbox, "fss_is_path_sup share1", binding=binding)


def test_the_version_is_one(sandbox):
    assert "versions from 1 to 1" in succeeds(sandbox, "fss_get_sup_version")


def test_an_unknown_share_is_not_supported(sandbox):
    done = sandbox.rpcclient("fss_is_path_sup nosuchshare")
    assert not done.ok and "failed IsPathSupported response" in done.output


def test_error_codes_are_the_interoperable_ones_unless_set_otherwise(sandbox):
    """tests/conformance always sets fss:error codes."""
    with sandbox.client() as client:
        refused(client.abort(uuid.uuid4()), HResult.INVALID_ARGUMENT)
