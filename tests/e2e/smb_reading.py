# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a share as a backup does: of each file all that SMB tells of it."""

import dataclasses
import multiprocessing
import struct

from impacket import smb3structs as smb2
from impacket.smb3 import SessionError

from fsrvp.connection import smb_connection
from smb_changes import DIRECTORY, FULL_EA_INFO, OPEN, Client

GENERIC_READ = 0x80000000
OWNER_GROUP_DACL = 7
CHUNK = 64 * 1024
STREAM_INFO = smb2.SMB2_FILE_STREAM_INFO
# Of FILE_ALL_INFORMATION, [MS-FSCC] 2.4.2: basic, standard, internal and EA information.
ALL_INFO_SIZE = 40 + 24 + 8 + 4
NO_EAS = 0xC0000052
PROCESSES = 2


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a client learns of a file or directory; raw, but for the streams."""
    content: bytes        # of a directory none
    streams: tuple        # (name, content)
    information: bytes    # times, attributes, sizes, links, file id, size of the EAs
    attributes: bytes     # extended ones
    security: bytes       # descriptor with owner, group and DACL
    entry: bytes          # in the listing of its directory, 8.3 name included

    def differences(self, other):
        return [name for name, value in vars(self).items() if value != getattr(other, name)]


class Reader(Client):
    def content(self, file, size):
        return b"".join(self.read(file, min(CHUNK, size - offset), offset) for offset in range(0, size, CHUNK))

    def query(self, file, level):
        return self.smb.queryInfo(self.tree, file, fileInfoClass=level)

    def extended_attributes(self, file):
        try:
            return self.query(file, FULL_EA_INFO)
        except SessionError as error:
            if error.get_error_code() != NO_EAS:
                raise
            return b""

    def security(self, file):
        return self.smb.queryInfo(self.tree, file, infoType=smb2.SMB2_0_INFO_SECURITY, fileInfoClass=0,
                                  additionalInformation=OWNER_GROUP_DACL)

    def streams(self, name, file):
        """Name and content of each alternate stream."""
        found = []
        for stream, size in stream_entries(self.query(file, STREAM_INFO)):
            if stream != "::$DATA":
                opened = self.open(name + stream, GENERIC_READ)
                found.append((stream, self.content(opened, size)))
                self.close(opened)
        return tuple(sorted(found))

    def entries(self, directory):
        """Listing of a directory: raw entries by name, without the offset to the next."""
        file = self.open(directory, GENERIC_READ, OPEN, DIRECTORY)
        found = {}
        while True:
            try:
                data = self.smb.queryDirectory(self.tree, file, "*", 0, smb2.SMB2_FILE_ID_BOTH_DIRECTORY_INFO)
            except SessionError as error:
                if error.get_error_code() != 0x80000006:  # STATUS_NO_MORE_FILES
                    raise
                break
            found |= directory_entries(data)
        self.close(file)
        return found

    def facts(self, name, entry, is_directory):
        """What is read comes first: it sets the time of the last access."""
        file = self.open(name, GENERIC_READ, OPEN, DIRECTORY if is_directory else 0)
        size = struct.unpack_from("<Q", entry, 36)[0]
        content = b"" if is_directory else self.content(file, size)
        streams = self.streams(name, file)
        facts = Facts(content, streams, self.query(file, smb2.SMB2_FILE_ALL_INFO)[:ALL_INFO_SIZE],
                      self.extended_attributes(file), self.security(file), entry)
        self.close(file)
        return facts


def chained(data):
    """The items of a list in which each begins with the offset of the next."""
    offset = 0
    while True:
        step = struct.unpack_from("<I", data, offset)[0]
        yield data[offset + 4:offset + step] if step else data[offset + 4:]
        if not step:
            return
        offset += step


def stream_entries(data):
    """[MS-FSCC] 2.4.43."""
    for item in chained(data) if data else ():
        length, size = struct.unpack_from("<IQ", item)
        yield item[20:20 + length].decode("utf-16le"), size


def directory_entries(data):
    """[MS-FSCC] 2.4.17, up to the end of the name."""
    found = {}
    for item in chained(data):
        length = struct.unpack_from("<I", item, 56)[0]
        name = item[100:100 + length].decode("utf-16le")
        if name not in (".", ".."):
            found[name] = item[:100 + length]
    return found


def is_directory(entry):
    return struct.unpack_from("<I", entry, 52)[0] & 0x10 != 0


def _read_directories(sandbox, share, directories, queue):
    try:
        connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
        reader = Reader(connection, share)
        found = {}
        for directory in directories:
            part = {name: reader.facts(f"{directory}\\{name}", entry, is_directory(entry))
                    for name, entry in reader.entries(directory).items()}
            # Reading has set the times of the last access.
            for name, entry in reader.entries(directory).items():
                found[f"{directory}\\{name}"] = dataclasses.replace(part[name], entry=entry)
        connection.close()
        queue.put(found)
    except BaseException as error:
        queue.put(repr(error))
        raise


def read_tree(sandbox, share, directories):
    """Facts by path of all in these directories, read by several clients."""
    queue = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=_read_directories, daemon=True,
                                       args=(sandbox, share, directories[number::PROCESSES], queue))
               for number in range(PROCESSES)]
    for client in clients:
        client.start()
    found = {}
    for _ in clients:
        part = queue.get()
        assert isinstance(part, dict), f"reading {share} failed: {part}"
        found |= part
    for client in clients:
        client.join()
    return found
