# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner of a subvolume, who could make a snapshot of it writable, gets at none of the store's."""

import ctypes
import dataclasses
import os
import pathlib
import pwd
import struct
import sys

import pytest

import attacks
import leftovers
from attacks import connection
from harness import checked
from moved_snapshots import id_of, snapshot_of
from owner_attack import Attack
from shadow_copies import delete, recovered
from smb_changes import READ

SANDBOX = ["--global", "fss:min free = 0"]
SCRIPT = pathlib.Path(__file__).with_name("owner_attack.py")
AT_FDCWD, HANDLE_SIZE = -100, 128
ALL = {way.__name__ for way in Attack.WAYS}


def handle_of(path):
    """(type, bytes) of name_to_handle_at(2)."""
    buffer = ctypes.create_string_buffer(struct.pack("Ii", HANDLE_SIZE, 0), 8 + HANDLE_SIZE)
    mount = ctypes.c_int()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.name_to_handle_at(AT_FDCWD, os.fsencode(path), buffer, ctypes.byref(mount), 0) == 0, \
        os.strerror(ctypes.get_errno())
    length, kind = struct.unpack_from("Ii", buffer)
    return kind, buffer.raw[8:8 + length]


def smbds(sandbox):
    """Process ids of the sandbox's smbd, and of all that it has started."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # ended meanwhile
        if any(sandbox.conf in word for word in words):
            found.append(process.name)
    return found


@dataclasses.dataclass
class Owned:
    """A snapshot whose root directory is the user's own."""
    sandbox: object
    snapshot: pathlib.Path
    exposed: str

    def reached(self, *before):
        """The ways that led into it; before: a command that the script runs under."""
        kind, handle = handle_of(self.snapshot)
        share = self.sandbox.shares["share1"].path
        words = [sys.executable, SCRIPT, self.snapshot, os.stat(self.snapshot).st_dev, id_of(self.snapshot), kind,
                 handle.hex(), share, *smbds(self.sandbox)]
        return set(checked([*before, *map(str, words)]).split())

    def reached_by_its_owner(self, *before):
        name = self.sandbox.nobody[0]
        return self.reached("setpriv", "--reuid", name, "--regid", name, "--clear-groups", *before)


@pytest.fixture
def owned(sandbox):
    share = sandbox.shares["share1"]
    user = pwd.getpwnam(sandbox.nobody[0])
    (share.path / "file").write_text("content", encoding="ascii")
    os.chown(share.path / "file", user.pw_uid, user.pw_gid)
    os.chown(share.path, user.pw_uid, user.pw_gid)
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        snapshot = snapshot_of(share, made)
        assert os.stat(snapshot).st_uid == user.pw_uid
        before = attacks.state_of(snapshot)
        yield Owned(sandbox, snapshot, made.exposed("share1"))
        assert attacks.state_of(snapshot) == before
        assert checked(["btrfs", "property", "get", "-ts", snapshot, "ro"]).strip() == "ro=true"
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


# What he may become: as himself, and root of namespaces of his own.
NAMESPACES = {"himself": [], "user namespace": ["unshare", "-Ur"], "mount namespace": ["unshare", "-Urm"]}


@pytest.mark.parametrize("before", NAMESPACES.values(), ids=NAMESPACES)
def test_its_owner_does_not_get_into_a_snapshot(owned, before):
    assert owned.reached_by_its_owner(*before) == set()


@pytest.mark.parametrize("before", NAMESPACES.values(), ids=NAMESPACES)
def test_nor_while_he_has_files_of_it_open(sandbox, owned, before):
    with connection(sandbox, owned.exposed) as client:
        file = client.open("file", READ)
        assert client.read(file, 7) == b"content"
        assert owned.reached_by_its_owner(*before) == set()
        assert client.read(file, 7) == b"content"


def test_each_of_these_ways_is_one_for_root(sandbox, owned):
    """So that the others tell something."""
    with connection(sandbox, owned.exposed) as client:
        client.read(client.open("file", READ), 7)
        assert owned.reached() == ALL
