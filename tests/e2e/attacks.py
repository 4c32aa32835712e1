# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ordinary user tries against snapshot stores and exposed shares, and how it must end."""

import hashlib
import os
import re
import struct
import subprocess

import pytest
from impacket import smb3structs as smb2
from impacket.smb3 import SessionError

import smb_changes
from fsrvp.connection import smb_connection
from smb_changes import DIRECTORY, READ, rename_information

FILE_BOTH_DIRECTORY_INFORMATION = 3

REFUSALS = {
    # nothing of that name is there
    0xC0000034: "OBJECT_NAME_NOT_FOUND", 0xC000003A: "OBJECT_PATH_NOT_FOUND", 0xC000000F: "NO_SUCH_FILE",
    0xC0000225: "NOT_FOUND", 0x80000006: "NO_MORE_FILES", 0x8000002D: "STOPPED_ON_SYMLINK",
    # it is no name
    0xC0000033: "OBJECT_NAME_INVALID", 0xC000003B: "OBJECT_PATH_SYNTAX_BAD", 0xC0000103: "NOT_A_DIRECTORY",
    # not allowed
    0xC0000022: "ACCESS_DENIED", 0xC0000061: "PRIVILEGE_NOT_HELD", 0xC00000A2: "MEDIA_WRITE_PROTECTED",
    0xC0000121: "CANNOT_DELETE",
    # not to be had
    0xC00000BB: "NOT_SUPPORTED", 0xC0000010: "INVALID_DEVICE_REQUEST", 0xC000000D: "INVALID_PARAMETER",
    0xC000004F: "EAS_NOT_SUPPORTED", 0xC0000275: "NOT_A_REPARSE_POINT", 0xC00000BA: "FILE_IS_A_DIRECTORY",
}
TROUBLE = re.compile(r"PANIC|INTERNAL ERROR|smb_panic|Assertion|talloc: access after free")


class connection:
    """A smb_changes.Client of a user, for the time of a with block."""

    def __init__(self, sandbox, share, user=None):
        self._sandbox, self._share, self._user = sandbox, share, user or sandbox.nobody

    def __enter__(self):
        self._connection = smb_connection(self._sandbox.host, self._sandbox.port, *self._user)
        return smb_changes.Client(self._connection, self._share)

    def __exit__(self, *_):
        self._connection.close()


def refused(act, *arguments, **options):
    """act() must be answered by one of the refusals, and not by a lost connection."""
    with pytest.raises(SessionError) as refusal:
        act(*arguments, **options)
    code = refusal.value.get_error_code()
    assert code in REFUSALS, f"answered with {code:#010x}"
    return code


def entries(client, pattern="*", directory=""):
    """(name, short name) of what a listing of a directory, which ends with a backslash, tells; MS-FSCC 2.4.8."""
    file = client.open(directory.rstrip("\\"), access=READ, options=DIRECTORY)
    found = []
    try:
        while True:
            data = client.smb.queryDirectory(client.tree, file, pattern, maxBufferSize=65535,
                                             informationClass=FILE_BOTH_DIRECTORY_INFORMATION)
            following = 1
            while following:
                following, = struct.unpack_from("<I", data)
                length, short_length = struct.unpack_from("<I4xB", data, 60)
                found.append((data[94:94 + length].decode("utf-16le"), data[70:70 + short_length].decode("utf-16le")))
                data = data[following:]
    except SessionError as end:
        assert end.get_error_code() in REFUSALS, hex(end.get_error_code())
    client.close(file)
    return found


def names(client, pattern="*", directory=""):
    """Long and short names in a directory."""
    return {name for entry in entries(client, pattern, directory) for name in entry}


def open_at(client, name, access=READ, options=0):
    """Opens the version of some time, MS-SMB2 2.2.13.2.7."""
    context = smb2.SMB2CreateContext()
    context["NameOffset"], context["NameLength"] = 16, 4
    context["DataOffset"], context["DataLength"] = 24, 8
    context["Buffer"] = b"TWrp" + bytes(4) + struct.pack("<Q", smb_changes.filetime(smb_changes.LONG_AGO))
    return client.smb.create(client.tree, name, access, smb_changes.SHARED, options, smb_changes.OPEN, 0,
                             createContexts=[context])


def as_user(name, *command):
    """Runs a command as a Unix user."""
    return subprocess.run(["setpriv", "--reuid", name, "--regid", name, "--clear-groups", *map(str, command)],
                          capture_output=True, text=True, timeout=20, check=False)


def state_of(directory):
    """Everything about a tree that a change would show in, by path."""
    state = {}
    for path, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if name != ".fss"]  # a subvolume's trace: its times are now's
        for entry in (path, *(os.path.join(path, name) for name in (*directories, *files))):
            info = os.lstat(entry)
            state[entry] = [oct(info.st_mode), info.st_uid, info.st_gid, info.st_size, info.st_mtime_ns,
                            info.st_ctime_ns, info.st_nlink]
            if not os.path.islink(entry):
                state[entry] += [(name, os.getxattr(entry, name)) for name in sorted(os.listxattr(entry))]
            if os.path.isfile(entry) and not os.path.islink(entry):
                with open(entry, "rb") as file:
                    state[entry].append(hashlib.sha256(file.read()).hexdigest())
    return state


def rename_to(name, replace=True):
    return rename_information(name, replace)


def reparse_point():
    """A symbolic link to "target", MS-FSCC 2.1.2.4."""
    target = "target".encode("utf-16le")
    data = struct.pack("<HHHHI", 0, len(target), 0, len(target), 1) + target
    return struct.pack("<IHH", 0xA000000C, len(data), 0) + data


def assert_no_trouble(sandbox):
    lines = [line for line in sandbox.log().splitlines() if TROUBLE.search(line)]
    assert not lines, "\n".join(lines[:10])
