# SPDX-License-Identifier: GPL-3.0-or-later
"""RecoveryCompleteShadowCopySet, MS-FSRVP 3.1.4.7, and who may write when, 2.2.2.1."""

import itertools

import pytest

import leftovers
import states
import volumes
from fsrvp import Context, HResult, SmbError
from handles import open_file
from rules import rule
from shadow_copies import committed, exposed, ok, recovered, refused

SANDBOX = ["--shares", "2"]

BASES = (Context.BACKUP, Context.FILE_SHARE_BACKUP, Context.NAS_ROLLBACK, Context.APP_ROLLBACK)
READ_ONLY = [int(base | recovery) for base, recovery in itertools.product(BASES, (0, Context.NO_AUTO_RECOVERY))]
WRITABLE = [int(base | Context.AUTO_RECOVERY) for base in BASES]


def hexadecimal(value):
    return f"0x{value:08X}"


def snapshots(sandbox):
    return [path for path in leftovers.subvolumes(sandbox) if path.endswith("snapshot")]


def cannot_write(sandbox, share):
    """A client that comes now can read, and change nothing."""
    with sandbox.connect(share) as copy:
        copy.list()
        for change in (lambda: copy.write("new", b""), lambda: copy.write("content", b"other"),
                       lambda: copy.mkdir("directory"), lambda: copy.remove("content")):
            with pytest.raises(SmbError):
                change()
        assert copy.read("content") == b"content"


@pytest.fixture(autouse=True)
def content(request, sandbox):
    if "client" in request.fixturenames:
        (sandbox.shares["share1"].path / "content").write_text("content")
        (sandbox.shares["share1"].path / "content").chmod(0o666)


# ------------------------------------------------------------------ before the end --

@rule("2.2.2.1", "without AUTO_RECOVERY a shadow copy is read-only from its birth")
@pytest.mark.parametrize("context", READ_ONLY, ids=hexadecimal)
def test_a_read_only_shadow_copy(sandbox, client, context):
    made = exposed(client, sandbox, "share1", context=context)
    cannot_write(sandbox, made.exposed("share1"))
    ok(client.recovery_complete(made.set_id))
    cannot_write(sandbox, made.exposed("share1"))


@rule("2.2.2.1", "without AUTO_RECOVERY the snapshot itself is read-only, before it is exposed", source="issue")
@pytest.mark.parametrize("context", [Context.BACKUP, Context.NO_AUTO_RECOVERY])
def test_a_read_only_snapshot(sandbox, client, context):
    committed(client, sandbox, "share1", context=context)
    assert volumes.are_read_only(snapshots(sandbox)) == [True]


@rule("3.1.4.6 step 4", "with AUTO_RECOVERY the exposed share can be written from Expose on")
@pytest.mark.parametrize("context", WRITABLE, ids=hexadecimal)
def test_a_writable_shadow_copy(sandbox, client, context):
    made = exposed(client, sandbox, "share1", context=context)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.write("new", b"recovered")
        copy.write("content", b"recovered")
        assert copy.read("new") == b"recovered"
        copy.mkdir("directory")
        copy.remove("new")


@rule("3.1.4.6 step 4", "what is written to the shadow copy does not reach the base share")
def test_the_base_share_is_left_alone(sandbox, client):
    made = exposed(client, sandbox, "share1", context=Context.AUTO_RECOVERY)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.write("content", b"recovered")
    with sandbox.connect("share1") as share:
        assert share.read("content") == b"content"


# ---------------------------------------------------------------- RecoveryComplete --

@rule("3.1.4.7 step 1", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(client, dialect):
    refused(client.recovery_complete(states.NOBODYS), dialect.unknown_set)


@rule("3.1.4.7 step 2", "a set is recovered once")
def test_recovery_complete_twice(sandbox, client):
    made = recovered(client, sandbox, "share1")
    refused(client.recovery_complete(made.set_id), HResult.BAD_STATE)


@rule("3.1.4.7 step 4", "after RecoveryComplete what was recovered stays, and new opens for writing are refused")
@pytest.mark.parametrize("context", WRITABLE, ids=hexadecimal)
def test_new_opens_are_refused(sandbox, client, context):
    made = exposed(client, sandbox, "share1", context=context)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.write("recovered", b"recovered")
    ok(client.recovery_complete(made.set_id))
    cannot_write(sandbox, made.exposed("share1"))
    with sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("recovered") == b"recovered"


@rule("3.1.4.7 step 4", "after RecoveryComplete writing through a tree connect made before is refused")
def test_tree_connects_from_before_cannot_write(sandbox, client):
    made = exposed(client, sandbox, "share1", context=Context.AUTO_RECOVERY)
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.write("recovered", b"recovered")
        ok(client.recovery_complete(made.set_id))
        for change in (lambda: copy.write("new", b""), lambda: copy.write("recovered", b"other"),
                       lambda: copy.mkdir("directory"), lambda: copy.remove("recovered")):
            with pytest.raises(SmbError):
                change()
    with sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("recovered") == b"recovered"
        assert "new" not in copy.list() and "directory" not in copy.list()


@rule("3.1.4.7 step 4", "after RecoveryComplete writing through a handle opened before is refused")
def test_handles_from_before_cannot_write(sandbox, client):
    made = exposed(client, sandbox, "share1", context=Context.AUTO_RECOVERY)
    with open_file(sandbox, made.exposed("share1"), "recovered") as file:
        file.write(b"before")
        ok(client.recovery_complete(made.set_id))
        with pytest.raises(SmbError):
            file.write(b"after!")
    with sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("recovered") == b"before"


@rule("3.1.4.7 step 4", "the snapshot itself is writable until RecoveryComplete, and read-only from then on",
      source="issue")
def test_the_snapshot_is_sealed(sandbox, client):
    made = exposed(client, sandbox, "share1", "share2", context=Context.AUTO_RECOVERY)
    assert volumes.are_read_only(snapshots(sandbox)) == [False, False]
    ok(client.recovery_complete(made.set_id))
    assert volumes.are_read_only(snapshots(sandbox)) == [True, True]


@rule("3.1.4", "a zero ShadowCopySetId is E_INVALIDARG")
def test_a_zero_set_id(client):
    refused(client.recovery_complete("00000000-0000-0000-0000-000000000000"), HResult.INVALID_ARGUMENT)
