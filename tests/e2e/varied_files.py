# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree in which files differ in all that SMB knows of a file."""

import os
import pwd
import random
import shutil

from samba.dcerpc import security, xattr
from samba.ndr import ndr_pack

from harness import checked
from smb_changes import CREATE, Client, filetime

PER_DIRECTORY = 100
OWNERS = ("fss-admin", "fss-nobody", "root", "daemon")
# None: no descriptor is stored, and Samba makes one of mode and POSIX ACL.
DESCRIPTORS = (None, "D:P(A;;FA;;;WD)", "D:(D;;WDWO;;;BG)(A;;FA;;;WD)(A;;FR;;;BA)",
               "D:PAI(A;OICIIO;FA;;;CO)(A;;FA;;;SY)(A;;0x1200a9;;;{nobody})(D;;FA;;;BG)")
POSIX_ACLS = (None, "u:daemon:rwx,u:fss-nobody:r-x,g:daemon:---,m::rwx")
MODES = (0o644, 0o600, 0o751)
READONLY, HIDDEN, SYSTEM, ARCHIVE, OFFLINE, NOT_INDEXED = 0x1, 0x2, 0x4, 0x20, 0x1000, 0x2000
ATTRIBUTES = (ARCHIVE, HIDDEN, SYSTEM | HIDDEN, READONLY, ARCHIVE | READONLY, NOT_INDEXED | ARCHIVE,
              OFFLINE | ARCHIVE)
SIZES = (0, 1, 100, 5_000, 20_000, 70_000)
STREAM = "user.DosStream.{}:$DATA"


def dos_attributes(attributes, seconds):
    """The value of user.DOSATTRIB with a creation time."""
    info = xattr.DosInfo5()
    info.valid_flags = xattr.XATTR_DOSINFO_ATTRIB | xattr.XATTR_DOSINFO_CREATE_TIME
    info.attrib, info.create_time = attributes, filetime(seconds)
    value = xattr.DOSATTRIB()
    value.version, value.info = 5, info
    return ndr_pack(value)


def descriptor(sddl, sandbox):
    sid = sandbox.sid(sandbox.nobody)
    return ndr_pack(security.descriptor.from_sddl(sddl.format(nobody=sid), security.dom_sid(sid.rpartition("-")[0])))


class Templates:
    """Files with each owner, mode, ACL and descriptor; Samba's hash of the ACL holds for their copies."""

    def __init__(self, sandbox, share, connection):
        self._root = sandbox.shares[share].path / "templates"
        self._root.mkdir()
        self.paths = []
        client = Client(connection, share)
        for owner in OWNERS:
            for acl in POSIX_ACLS:
                for sddl in DESCRIPTORS:
                    self.paths.append(self._make(client, owner, acl, sddl and descriptor(sddl, sandbox)))

    def _make(self, client, owner, acl, security_descriptor):
        path = self._root / str(len(self.paths))
        file = client.open(f"templates\\{path.name}", disposition=CREATE)
        user = pwd.getpwnam(owner)
        os.chown(path, user.pw_uid, user.pw_gid)
        path.chmod(MODES[len(self.paths) % len(MODES)])
        if acl:
            checked(["setfacl", "-m", acl, path])
        if security_descriptor:
            client.set_security(file, security_descriptor)
        client.close(file)
        return path

    def remove(self):
        shutil.rmtree(self._root)


def _copy(template, path):
    shutil.copyfile(template, path)
    shutil.copystat(template, path)  # extended attributes too, and ACLs are some
    status = template.stat()
    os.chown(path, status.st_uid, status.st_gid)
    path.chmod(status.st_mode & 0o7777)


def _vary(path, number, chosen):
    path.write_bytes(chosen.randbytes(chosen.choice(SIZES)))
    for stream in range(number % 3):
        os.setxattr(path, STREAM.format(f"stream {stream}"), chosen.randbytes(chosen.choice((1, 50, 3_000))) + b"\0")
    for attribute in range(number % 4 // 2):
        os.setxattr(path, f"user.EA{attribute}", chosen.randbytes(20))
    long_ago = 1_000_000_000 + number * 1_000
    os.setxattr(path, "user.DOSATTRIB", dos_attributes(ATTRIBUTES[number % len(ATTRIBUTES)], long_ago))
    os.utime(path, ns=((long_ago + 50) * 10**9 + number * 100, (long_ago + 20) * 10**9 + number * 700))


def make(root, count, templates):
    """Makes the files, and returns their directories' names."""
    chosen = random.Random(count)
    directories = []
    for number in range(count):
        if number % PER_DIRECTORY == 0:
            directories.append(f"directory {number // PER_DIRECTORY}")
            directory = root / directories[-1]
            directory.mkdir(mode=0o777)
            checked(["setfacl", "-m", "d:u:daemon:rwx,u:fss-nobody:rwx", directory])
        # Some have an 8.3 name of their own.
        path = directory / (f"f{number}.txt" if number % 2 else f"a longer náme {number}.text")
        _copy(templates.paths[number % len(templates.paths)], path)
        _vary(path, number, chosen)
        if number % PER_DIRECTORY == 50:
            (directory / "sub directory").mkdir()
            os.setxattr(directory / "sub directory", "user.DOSATTRIB", dos_attributes(0x10 | HIDDEN, 1_100_000_000))
            os.link(path, directory / "hard link")
    return directories


def spoil(root, directories):
    """Changes all of it."""
    for directory in directories:
        for number, path in enumerate(sorted((root / directory).iterdir())):
            if path.is_dir():
                path.rmdir()
            elif number % 3 == 0:
                path.unlink()
            else:
                for name in os.listxattr(path):
                    os.removexattr(path, name)
                path.write_bytes(b"spoilt")
                os.chown(path, 1, 1)
                path.chmod(0o777)
        (root / directory).rename(root / f"{directory} renamed")
