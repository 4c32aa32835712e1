# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a share as a backup does: of each file all that SMB tells of it."""

import dataclasses
import multiprocessing
import struct

from impacket import smb3structs as smb2
from impacket.smb3 import SessionError

from fsrvp.connection import smb_connection
from smb_changes import DIRECTORY, FULL_EA_INFO, OPEN, Client
from smb_compound import Compound, Refused, query, read

GENERIC_READ = 0x80000000
OWNER_GROUP_DACL = 7
CHUNK = 64 * 1024
FILE, SECURITY = smb2.SMB2_0_INFO_FILE, smb2.SMB2_0_INFO_SECURITY
# Of FILE_ALL_INFORMATION, [MS-FSCC] 2.4.2: basic, standard, internal and EA information.
ALL_INFO_SIZE = 40 + 24 + 8 + 4
NO_EAS, NO_MORE_FILES = 0xC0000052, 0x80000006
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


def _reads(size):
    return [read(min(CHUNK, size - offset), offset) for offset in range(0, size, CHUNK)]


def _whole(answers, size, name):
    for status, _ in answers:
        if status:
            raise Refused(status, f"reading {name}")
    content = b"".join(data for _, data in answers)
    assert len(content) == size, f"{name}: {len(content)} of {size} bytes"
    return content


class Reader(Client):
    def __init__(self, connection, share):
        super().__init__(connection, share)
        self._compound = Compound(connection, self.tree)

    def entries(self, directory):
        """Listing of a directory: raw entries by name, without the offset to the next."""
        file = self.open(directory, GENERIC_READ, OPEN, DIRECTORY)
        found = {}
        while True:
            try:
                data = self.smb.queryDirectory(self.tree, file, "*", 0, smb2.SMB2_FILE_ID_BOTH_DIRECTORY_INFO)
            except SessionError as error:
                if error.get_error_code() != NO_MORE_FILES:
                    raise
                break
            found |= directory_entries(data)
        self.close(file)
        return found

    def content(self, name, size):
        return _whole(self._compound.on(name, GENERIC_READ, 0, _reads(size)), size, name)

    def answer_to_opening(self, name):
        try:
            self._compound.on(name, GENERIC_READ, 0, [])
        except Refused as refusal:
            return refusal.status
        return 0

    def facts(self, name, entry):
        """What is read comes first: it sets the time of the last access."""
        directory = is_directory(entry)
        size = 0 if directory else struct.unpack_from("<Q", entry, 36)[0]
        answers = self._compound.on(name, GENERIC_READ, DIRECTORY if directory else 0, [
            *_reads(size), query(FILE, smb2.SMB2_FILE_STREAM_INFO), query(FILE, smb2.SMB2_FILE_ALL_INFO),
            query(FILE, FULL_EA_INFO), query(SECURITY, 0, OWNER_GROUP_DACL)])
        told = [self._told(name, answer) for answer in answers[-4:]]
        streams = tuple(sorted((stream, self.content(name + stream, length))
                               for stream, length in stream_entries(told[0]) if stream != "::$DATA"))
        return Facts(_whole(answers[:-4], size, name), streams, told[1][:ALL_INFO_SIZE], told[2], told[3], entry)

    @staticmethod
    def _told(name, answer):
        status, data = answer
        if status not in (0, NO_EAS):
            raise Refused(status, f"a query of {name}")
        return data


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
            part = {name: reader.facts(f"{directory}\\{name}", entry)
                    for name, entry in reader.entries(directory).items()}
            # Reading has set the times of the last access.
            for name, entry in reader.entries(directory).items():
                found[f"{directory}\\{name}"] = dataclasses.replace(part[name], entry=entry)
        connection.close()
        queue.put(found)
    except BaseException as error:
        queue.put(repr(error))
        raise


def answers_to_opening(sandbox, share, names, user):
    """By name: the status that a user gets who wants to read it, 0 for success."""
    connection = smb_connection(sandbox.host, sandbox.port, *user)
    reader = Reader(connection, share)
    found = {name: reader.answer_to_opening(name) for name in names}
    connection.close()
    return found


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
