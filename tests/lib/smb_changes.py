# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of change that an SMB client can make to a share.

A change prepares what it needs, acts (one call, answered when it is done), and
tells by looking at the share's directory whether it is there.
"""

import os
import pathlib
import struct

from impacket import nt_errors, smb3structs as smb2

ALL = 0xC0050000  # read, write, delete, change the security descriptor
READ = 0x80000000
OPEN, CREATE, OVERWRITE = 1, 2, 4
DIRECTORY, DELETE_ON_CLOSE = 0x1, 0x1000
SHARED = 7
FULL_EA_INFO = 15
HIDDEN = 2
FSCTL_SET_COMPRESSION = 0x9C040
FSCTL_SET_SPARSE = 0x900C4
FSCTL_SET_ZERO_DATA = 0x980C8
FSCTL_DUP_EXTENTS_TO_FILE = 0x98344
DACL = 4
# A self-relative descriptor whose DACL lets everyone (S-1-1-0) do everything.
EVERYONE = (struct.pack("<BBHIIII", 1, 0, 0x9004, 0, 0, 0, 20)
              + struct.pack("<BBHHH", 2, 0, 28, 1, 0)
              + struct.pack("<BBHI", 0, 0, 20, 0x1F01FF) + struct.pack("<BB6sI", 1, 1, b"\0\0\0\0\0\1", 0))
LONG_AGO = 946_684_800  # 2000-01-01
CONTENT = b"content" * 10_000


def filetime(seconds):
    return (seconds + 11_644_473_600) * 10_000_000


class Client:
    """A connection to a share, below the level of whole files."""

    def __init__(self, connection, share):
        self.connection = connection
        self.smb = connection.getSMBServer()
        self.share = share
        self.tree = connection.connectTree(share)

    def open(self, name, access=ALL, disposition=OPEN, options=0):
        return self.smb.create(self.tree, name, access, SHARED, options, disposition, 0)

    def close(self, file):
        self.smb.close(self.tree, file)

    def write(self, file, data, offset=0):
        self.smb.write(self.tree, file, data, offset, len(data))

    def write_and_go_on(self, file, data, offset=0):
        """Does not wait for the answer; at most 64 KiB."""
        self.smb.write(self.tree, file, data, offset, len(data), waitAnswer=False)

    def send_write(self, file, data, offset=0):
        """The same; returns what end_write() wants."""
        number = self.smb._Connection["SequenceWindow"]
        self.write_and_go_on(file, data, offset)
        return number

    def end_write(self, number):
        self.smb.recvSMB(number).isValidAnswer(nt_errors.STATUS_SUCCESS)

    def read(self, file, size, offset=0):
        return self.smb.read(self.tree, file, offset, size)

    def set_file_info(self, file, level, data):
        self.smb.setInfo(self.tree, file, data, fileInfoClass=level)

    def set_security(self, file, descriptor):
        self.smb.setInfo(self.tree, file, descriptor, infoType=smb2.SMB2_0_INFO_SECURITY, fileInfoClass=0,
                         additionalInformation=DACL)

    def ioctl(self, file, code, data):
        return self.smb.ioctl(self.tree, file, code, smb2.SMB2_0_IOCTL_IS_FSCTL, data, 0, 1024)


def rename_information(name, replace=False):
    """What FileRenameInformation and FileLinkInformation carry."""
    information = smb2.FILE_RENAME_INFORMATION_TYPE_2()
    information["ReplaceIfExists"] = int(replace)
    information["FileNameLength"] = len(name) * 2
    information["FileName"] = name.encode("utf-16le")
    return information


class Change:
    """name: unique; root: the share's directory; file: what the change is made to."""

    def __init__(self, client, root):
        self.client = client
        self.name = type(self).__name__
        self.path = pathlib.Path(root) / self.name
        self.prepare()

    def prepare(self):
        self.make_file()

    def make_file(self, content=CONTENT):
        """Made by the client, who so may do everything with it."""
        self.file = self.client.open(self.name, disposition=CREATE)
        self.path.write_bytes(content)

    def act(self):
        raise NotImplementedError

    def done(self):
        raise NotImplementedError

    def xattr(self, name):
        return name in os.listxattr(self.path)


class CreateFile(Change):
    def prepare(self):
        pass

    def act(self):
        self.client.open(self.name, disposition=CREATE)

    def done(self):
        return self.path.exists()


class OverwriteOnOpen(Change):
    def act(self):
        self.client.open(self.name, disposition=OVERWRITE)

    def done(self):
        return self.path.stat().st_size == 0


class Write(Change):
    def act(self):
        self.client.write(self.file, b"changed")

    def done(self):
        return self.path.read_bytes().startswith(b"changed")


class WriteToStream(Change):
    """Samba writes to streams synchronously."""

    def prepare(self):
        self.make_file()
        self.stream = self.client.open(f"{self.name}:stream", disposition=CREATE)

    def act(self):
        self.client.write(self.stream, b"changed")

    def done(self):
        return b"changed" in os.getxattr(self.path, "user.DosStream.stream:$DATA")


class CreateStream(Change):
    def act(self):
        self.client.open(f"{self.name}:stream", disposition=CREATE)

    def done(self):
        return self.xattr("user.DosStream.stream:$DATA")


class DeleteStream(Change):
    def prepare(self):
        self.make_file()
        self.stream = self.client.open(f"{self.name}:stream", disposition=CREATE, options=DELETE_ON_CLOSE)

    def act(self):
        self.client.close(self.stream)

    def done(self):
        return not self.xattr("user.DosStream.stream:$DATA")


class RenameStream(Change):
    def prepare(self):
        self.make_file()
        self.stream = self.client.open(f"{self.name}:stream", disposition=CREATE)

    def act(self):
        self.client.set_file_info(self.stream, smb2.SMB2_FILE_RENAME_INFO, rename_information(":renamed"))

    def done(self):
        return self.xattr("user.DosStream.renamed:$DATA") and not self.xattr("user.DosStream.stream:$DATA")


class SetEndOfFile(Change):
    def act(self):
        self.client.set_file_info(self.file, smb2.SMB2_FILE_END_OF_FILE_INFO, struct.pack("<Q", 5))

    def done(self):
        return self.path.stat().st_size == 5


class Allocate(Change):
    def act(self):
        self.client.set_file_info(self.file, smb2.SMB2_FILE_ALLOCATION_INFO, struct.pack("<Q", 1 << 20))

    def done(self):
        return self.path.stat().st_blocks * 512 >= 1 << 20


class ShrinkAllocation(Change):
    def act(self):
        self.client.set_file_info(self.file, smb2.SMB2_FILE_ALLOCATION_INFO, struct.pack("<Q", 0))

    def done(self):
        return self.path.stat().st_size == 0


class SetTimes(Change):
    def act(self):
        self.client.set_file_info(self.file, smb2.SMB2_FILE_BASIC_INFO,
                                  struct.pack("<QQQQII", 0, 0, filetime(LONG_AGO), 0, 0, 0))

    def done(self):
        return self.path.stat().st_mtime == LONG_AGO


class _DosAttributes(Change):
    def prepare(self):
        self.make_file()
        self.before = self.attributes()

    def attributes(self):
        return os.getxattr(self.path, "user.DOSATTRIB")

    def done(self):
        return self.attributes() != self.before


class SetDosAttributes(_DosAttributes):
    def act(self):
        self.client.set_file_info(self.file, smb2.SMB2_FILE_BASIC_INFO, struct.pack("<QQQQII", 0, 0, 0, 0, HIDDEN, 0))


class _ExtendedAttribute(Change):
    def set(self, value):
        header = struct.pack("<IBBH", 0, 0, len("MINE"), len(value))
        self.client.set_file_info(self.file, FULL_EA_INFO, header + b"MINE\0" + value)

    def done(self):
        return self.xattr("user.MINE")


class SetExtendedAttribute(_ExtendedAttribute):
    def act(self):
        self.set(b"value")


class RemoveExtendedAttribute(_ExtendedAttribute):
    def prepare(self):
        self.make_file()
        self.set(b"value")

    def act(self):
        self.set(b"")

    def done(self):
        return not super().done()


class SetSecurity(Change):
    def prepare(self):
        self.make_file()
        self.path.chmod(0o600)

    def act(self):
        self.client.set_security(self.file, EVERYONE)

    def done(self):
        return self.path.stat().st_mode & 0o002 != 0


class MakeDirectory(Change):
    def prepare(self):
        pass

    def act(self):
        self.client.open(self.name, disposition=CREATE, options=DIRECTORY)

    def done(self):
        return self.path.is_dir()


class RemoveDirectory(Change):
    def prepare(self):
        self.file = self.client.open(self.name, disposition=CREATE, options=DIRECTORY | DELETE_ON_CLOSE)

    def act(self):
        self.client.close(self.file)

    def done(self):
        return not self.path.exists()


class DeleteOnClose(Change):
    def prepare(self):
        self.file = self.client.open(self.name, disposition=CREATE, options=DELETE_ON_CLOSE)

    def act(self):
        self.client.close(self.file)

    def done(self):
        return not self.path.exists()


class _Naming(Change):
    level = None

    def act(self):
        self.client.set_file_info(self.file, self.level, rename_information(f"{self.name} new"))

    def done(self):
        return self.path.with_name(f"{self.name} new").exists()


class Rename(_Naming):
    level = smb2.SMB2_FILE_RENAME_INFO


class HardLink(_Naming):
    level = smb2.SMB2_FILE_LINK_INFO


class CopyChunk(Change):
    def prepare(self):
        self.path.with_suffix(".source").write_bytes(CONTENT)
        source = self.client.open(f"{self.name}.source", READ)
        self.key = self.client.ioctl(source, smb2.FSCTL_SRV_REQUEST_RESUME_KEY, b"")[:24]
        self.make_file(content=b"")

    def act(self):
        chunk = struct.pack("<QQII", 0, 0, len(CONTENT), 0)
        self.client.ioctl(self.file, smb2.FSCTL_SRV_COPYCHUNK_WRITE, self.key + struct.pack("<II", 1, 0) + chunk)

    def done(self):
        return self.path.stat().st_size > 0


class SetSparse(_DosAttributes):
    def act(self):
        self.client.ioctl(self.file, FSCTL_SET_SPARSE, b"\1")


class ZeroData(Change):
    def act(self):
        self.client.ioctl(self.file, FSCTL_SET_ZERO_DATA, struct.pack("<QQ", 0, 4096))

    def done(self):
        return self.path.read_bytes().startswith(b"\0")


class Compress(Change):
    def act(self):
        self.client.ioctl(self.file, FSCTL_SET_COMPRESSION, struct.pack("<H", 1))

    def done(self):
        return "c" in os.popen(f"lsattr '{self.path}'").read().split()[0]


class DuplicateExtents(Change):
    def prepare(self):
        self.path.with_suffix(".source").write_bytes(CONTENT)
        self.source = self.client.open(f"{self.name}.source", READ)
        self.make_file(content=bytes(len(CONTENT)))

    def act(self):
        self.client.ioctl(self.file, FSCTL_DUP_EXTENTS_TO_FILE, self.source + struct.pack("<QQQ", 0, 0, 65536))

    def done(self):
        return self.path.read_bytes().startswith(CONTENT[:65536])


# Those that need the module btrfs below.
OF_BTRFS = (Compress, DuplicateExtents)
USUAL = (CreateFile, OverwriteOnOpen, Write, WriteToStream, CreateStream, DeleteStream, RenameStream, SetEndOfFile,
         Allocate, ShrinkAllocation, SetTimes, SetDosAttributes, SetExtendedAttribute, RemoveExtendedAttribute, SetSecurity,
         MakeDirectory, RemoveDirectory, DeleteOnClose, Rename, HardLink, CopyChunk, SetSparse, ZeroData)
