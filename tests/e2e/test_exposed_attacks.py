# SPDX-License-Identifier: GPL-3.0-or-later
"""Exposed shares are read-only, whatever their definition says and whoever asks."""

import os
import struct

import pytest
from impacket import smb3structs as smb2
from impacket.smb3 import SessionError

import attacks
import smb_changes
from attacks import connection
from fsrvp import Context
from shadow_copies import exposed, ok, recovered
from smb_changes import ALL, CREATE, DELETE_ON_CLOSE, DIRECTORY, READ

SANDBOX = ["--share", "vfs objects = fss streams_xattr"]
FSCTL_SET_REPARSE_POINT, FSCTL_DELETE_REPARSE_POINT = 0x900A4, 0x900AC
FILE_RENAME, FILE_LINK = smb_changes.Rename.level, smb_changes.HardLink.level
DELETE, READ_WRITE_DELETE = 0x10000, 0xC0010000
SUPERSEDE, OPEN_OR_CREATE, OVERWRITE_OR_CREATE = 0, 3, 5
WRITING = {"writeable": "yes", "guest_ok": "no"}


class SetReparsePoint(smb_changes.Change):
    def act(self):
        self.client.ioctl(self.file, FSCTL_SET_REPARSE_POINT, attacks.reparse_point())


class Supersede(smb_changes.Change):
    def act(self):
        self.client.open(self.name, disposition=SUPERSEDE)


class OverwriteOrCreate(smb_changes.Change):
    def act(self):
        self.client.open(self.name, disposition=OVERWRITE_OR_CREATE)


class TruncateOnOpenOfAStream(smb_changes.Change):
    def act(self):
        self.client.open(f"{self.name}:stream", disposition=OVERWRITE_OR_CREATE)


class DeleteDirectoryTree(smb_changes.Change):
    """The directory is there in the copy."""
    def act(self):
        self.client.close(self.client.open(self.name, access=0x10000, options=DELETE_ON_CLOSE))


class SetOwner(smb_changes.Change):
    def act(self):
        owner = bytes.fromhex("0100008014000000000000000000000000000000") + bytes.fromhex("010100000000000100000000")
        self.client.smb.setInfo(self.client.tree, self.file, owner, infoType=3, fileInfoClass=0,
                                additionalInformation=1)


NEW = (smb_changes.CreateFile, smb_changes.MakeDirectory)
CHANGES = {change.__name__: change for change in (
    *smb_changes.USUAL, *smb_changes.OF_BTRFS, SetReparsePoint, Supersede, OverwriteOrCreate,
    TruncateOnOpenOfAStream, DeleteDirectoryTree, SetOwner)}

# Base shares whose definitions would let the user do anything.
BASES = {
    "admins": {"admin_users": "{user}"},
    "writers": {"read_only": "yes", "write_list": "{user}"},
    "forced": {"force_user": "root"},
    "acl": {"vfs_objects": "acl_xattr fss streams_xattr", "force_user": "root"},
    "edited": {"admin_users": "{user}", "force_user": "root"},  # and the copy's definition is written to, too
}


class Copies:
    """An exposed share of each base share."""

    def __init__(self, sandbox):
        self.root = sandbox.shares["share1"].path
        for name, change in CHANGES.items():
            if change not in NEW:
                self._make(name)
        self._make("source")
        for base, parameters in BASES.items():
            sandbox.add_registry_share(base, self.root, **{key: value.format(user=sandbox.nobody[0])
                                                            for key, value in parameters.items()})
        with sandbox.client() as client:
            made = recovered(client, sandbox, *BASES)
        self.shares = {base: made.exposed(base) for base in BASES}
        self.snapshot = self.root / ".fss" / str(made.copy_ids["admins"]).upper() / "snapshot"
        for key, value in {"read only": "no", "admin users": sandbox.nobody[0], "write list": sandbox.nobody[0],
                           "force user": "root", "guest ok": "no"}.items():
            sandbox.net("conf", "setparm", self.shares["edited"], key, value)
        self.before = attacks.state_of(self.snapshot)

    def _make(self, name):
        path = self.root / name
        if name in ("RemoveDirectory", "DeleteDirectoryTree"):
            path.mkdir()
        else:
            path.write_bytes(smb_changes.CONTENT)
            os.setxattr(path, "user.MINE", b"value")
            os.setxattr(path, "user.DosStream.stream:$DATA", b"content\0")
        path.chmod(0o777)


@pytest.fixture
def copies(sandbox):
    if not hasattr(sandbox, "copies"):
        sandbox.copies = Copies(sandbox)
    return sandbox.copies


def attempt(client, change):
    """The change with all the access that the server gives; raises what it answers."""
    tried = object.__new__(change)
    tried.client, tried.name = client, change.__name__
    if change not in NEW:
        stream = ":stream" if "Stream" in tried.name and tried.name not in ("CreateStream",) else ""
        access = ALL
        try:
            file = client.open(f"{tried.name}{stream}", access=ALL, options=DELETE_ON_CLOSE
                               if "Delete" in tried.name or tried.name == "RemoveDirectory" else 0)
        except SessionError as error:
            assert error.get_error_code() in attacks.REFUSALS, hex(error.get_error_code())
            access = READ
            file = client.open(f"{tried.name}{stream}", access=access)
        tried.file = tried.stream = file
    if change is smb_changes.CreateStream:
        attacks.refused(client.open, f"{tried.name}:another", disposition=CREATE)
        return
    if change is smb_changes.CopyChunk:
        tried.key = client.ioctl(client.open("source", READ), 0x140078, b"")[:24]
    if change is smb_changes.DuplicateExtents:
        tried.source = client.open("source", READ)
    if "Delete" in tried.name or tried.name == "RemoveDirectory":
        assert access == READ, "opened for deletion"
        disposition = smb2.SMB2_FILE_DISPOSITION_INFO
        attacks.refused(client.set_file_info, tried.file, disposition, b"\1")
        return
    attacks.refused(tried.act)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", CHANGES)
def test_no_change_is_made_to_a_recovered_copy(sandbox, copies, base, name):
    with connection(sandbox, copies.shares[base]) as client:
        attempt(client, CHANGES[name])
        assert client.read(client.open("source", READ), 7) == b"content"  # the server goes on
    assert attacks.state_of(copies.snapshot) == copies.before
    attacks.assert_no_trouble(sandbox)


def test_a_server_side_copy_from_the_live_share_is_refused(sandbox, copies):
    """Both shares on one connection, as Explorer and robocopy do it."""
    with connection(sandbox, copies.shares["forced"]) as client:
        live = smb_changes.Client(client.connection, "forced")
        key = live.ioctl(live.open("source", READ), 0x140078, b"")[:24]
        attacks.refused(client.open, "new", disposition=CREATE)
        file = client.open("CopyChunk", READ)
        chunk = struct.pack("<IIQQII", 1, 0, 0, 0, 100, 0)
        attacks.refused(client.ioctl, file, smb2.FSCTL_SRV_COPYCHUNK_WRITE, key + chunk)
    assert attacks.state_of(copies.snapshot) == copies.before


# -------------------------------------------------------------- AUTO_RECOVERY --

@pytest.fixture
def writable(sandbox):
    """A copy that is writable until RecoveryComplete; (share's name, its directory, to complete it)."""
    path = sandbox.shares["share1"].path
    (path / "recovered").write_text("content")
    (path / "recovered").chmod(0o666)
    with sandbox.client() as client:
        made = exposed(client, sandbox, "share1", context=Context.APP_ROLLBACK | Context.AUTO_RECOVERY)
        snapshot = path / ".fss" / str(made.copy_ids["share1"]).upper() / "snapshot"
        yield made.exposed("share1"), snapshot, lambda: ok(client.recovery_complete(made.set_id))
        for copy_id in made.copy_ids.values():
            ok(client.delete_share_mapping(made.set_id, copy_id, sandbox.unc("share1")))


def test_with_auto_recovery_it_is_writable_until_recovery_complete_only(sandbox, writable):
    share, snapshot, complete = writable
    with connection(sandbox, share) as client:
        opened = {name: client.open(name, access=READ_WRITE_DELETE, disposition=OPEN_OR_CREATE, options=options)
                  for name, options in (("recovered", 0), ("recovered:stream", 0), ("made", 0),
                                        ("directory", DIRECTORY))}
        client.write(opened["recovered"], b"changed")
        client.write(opened["recovered:stream"], b"changed")
        key = client.ioctl(client.open("recovered", READ), 0x140078, b"")[:24]
        complete()
        before = attacks.state_of(snapshot)
        file = opened["recovered"]
        for what, refuse in {
                "write": lambda: client.write(file, b"later"),
                "write to a stream": lambda: client.write(opened["recovered:stream"], b"later"),
                "truncate": lambda: client.set_file_info(file, smb2.SMB2_FILE_END_OF_FILE_INFO, bytes(8)),
                "allocate": lambda: client.set_file_info(file, smb2.SMB2_FILE_ALLOCATION_INFO, bytes(8)),
                "rename": lambda: client.set_file_info(file, FILE_RENAME, attacks.rename_to("moved")),
                "link": lambda: client.set_file_info(file, FILE_LINK, attacks.rename_to("linked")),
                "delete": lambda: client.set_file_info(file, smb2.SMB2_FILE_DISPOSITION_INFO, b"\1"),
                "set security": lambda: client.set_security(file, smb_changes.EVERYONE),
                "zero": lambda: client.ioctl(file, smb_changes.FSCTL_SET_ZERO_DATA, struct.pack("<QQ", 0, 5)),
                "copy": lambda: client.ioctl(opened["made"], smb2.FSCTL_SRV_COPYCHUNK_WRITE,
                                             key + struct.pack("<IIQQII", 1, 0, 0, 0, 7, 0)),
                "create": lambda: client.open("directory\\new", disposition=CREATE),
                "open for writing": lambda: client.open("recovered", access=READ_WRITE_DELETE),
                "delete on close": lambda: client.open("recovered", access=DELETE, options=DELETE_ON_CLOSE),
        }.items():
            print(what)  # for the report of a failure
            attacks.refused(refuse)
        assert client.read(file, 7) == b"changed"
        assert attacks.state_of(snapshot) == before
    attacks.assert_no_trouble(sandbox)
