# SPDX-License-Identifier: GPL-3.0-or-later
"""Several SMB2 requests on one file in one message ([MS-SMB2] 3.2.4.1.4), over a connection of Impacket.

With one answer to wait for, and little of Python in between, thousands of files can be read.
"""

import struct

CREATE, CLOSE, READ, QUERY_INFO = 5, 6, 8, 16
HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
RELATED = 4
ANY_FILE = b"\xff" * 16  # the one that the message's first request opens
PENDING = 0x103
CREDITS = 64
READ_SHARED, OPEN_EXISTING = 7, 1
MOST = 65535


class Refused(Exception):
    def __init__(self, status, what):
        super().__init__(f"{what} answered 0x{status:08X}")
        self.status = status


def _create(name, access, options):
    encoded = name.encode("utf-16le")
    return struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, access, 0, READ_SHARED, OPEN_EXISTING, options,
                       HEADER.size + 56, len(encoded), 0, 0) + (encoded or b"\0")


def query(kind, level, additional=0):
    """A query of information of the file."""
    return QUERY_INFO, struct.pack("<HBBIHHIII16s", 41, kind, level, MOST, 0, 0, 0, additional, 0, ANY_FILE)


def read(size, offset):
    """A read of at most 64 KiB."""
    return READ, struct.pack("<HBBIQ16sIIIHHB", 49, 0x50, 0, size, offset, ANY_FILE, 0, 0, 0, 0, 0, 0)


class Compound:
    """connection: Impacket's SMBConnection, which must not sign; tree: a share connected through it."""

    def __init__(self, connection, tree):
        self._smb = connection.getSMBServer()
        assert not self._smb._Session["SigningActivated"]
        self._tree = tree

    def on(self, name, access, options, requests):
        """Opens, asks, and closes; returns (status, data) of each request."""
        parts = [(CREATE, _create(name, access, options)), *requests,
                 (CLOSE, struct.pack("<HHI16s", 24, 0, 0, ANY_FILE))]
        first = self._smb._Connection["SequenceWindow"]
        self._smb._Connection["SequenceWindow"] += len(parts)
        self._smb._NetBIOSSession.send_packet(self._message(first, parts))
        answers = self._answers({first + number for number in range(len(parts))})
        status = answers[first][0]
        if status:
            raise Refused(status, f"opening {name}")
        return [answers[first + 1 + number] for number in range(len(requests))]

    def _message(self, number, parts):
        message = b""
        for index, (command, body) in enumerate(parts):
            last = index == len(parts) - 1
            body += b"\0" * (-len(body) % 8)
            message += HEADER.pack(b"\xfeSMB", HEADER.size, 1, 0, command, CREDITS, RELATED if index else 0,
                                   0 if last else HEADER.size + len(body), number + index, 0, self._tree,
                                   self._smb._Session["SessionID"], b"") + body
        return message

    def _answers(self, numbers):
        found = {}
        while numbers - found.keys():
            rest = self._smb._NetBIOSSession.recv_packet().get_trailer()
            while rest:
                fields = HEADER.unpack_from(rest)
                status, command, step, number = fields[3], fields[4], fields[7], fields[8]
                answer = rest[:step] if step else rest
                rest = rest[step:] if step else b""
                if status != PENDING:
                    found[number] = (status, _data(command, status, answer))
        return found


def _data(command, status, answer):
    if status or command not in (READ, QUERY_INFO):
        return b""
    if command == READ:
        offset, length = answer[HEADER.size + 2], struct.unpack_from("<I", answer, HEADER.size + 4)[0]
    else:
        offset, length = struct.unpack_from("<HI", answer, HEADER.size + 2)
    return answer[offset:offset + length]
