# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes files on shares, for tests of exposed shadow copies."""

import contextlib
import io

from impacket.smbconnection import SessionError

from .connection import DEFAULT_SECONDS, smb_connection


class SmbError(Exception):
    """An operation was refused. code: its NTSTATUS."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


@contextlib.contextmanager
def _translated():
    try:
        yield
    except SessionError as error:
        raise SmbError(str(error), error.getErrorCode()) from None


class SmbShare:
    """A tree connect; paths use either slash and are relative to the share."""

    def __init__(self, connection, share):
        self._connection = connection
        self.server = connection.getSMBServer()
        self.share = share
        with _translated():
            self.tree = connection.connectTree(share)

    def beside(self, share):
        """A further tree connect of the same session."""
        return SmbShare(self._connection, share)

    def read(self, path):
        content = io.BytesIO()
        with _translated():
            self._connection.getFile(self.share, path.replace("/", "\\"), content.write)
        return content.getvalue()

    def write(self, path, data):
        """Creates or replaces the file."""
        with _translated():
            self._connection.putFile(self.share, path.replace("/", "\\"), io.BytesIO(data).read)

    def mkdir(self, path):
        with _translated():
            self._connection.createDirectory(self.share, path.replace("/", "\\"))

    def remove(self, path):
        with _translated():
            self._connection.deleteFile(self.share, path.replace("/", "\\"))

    def list(self, pattern="*"):
        with _translated():
            found = self._connection.listPath(self.share, pattern.replace("/", "\\"))
        return sorted(entry.get_longname() for entry in found if entry.get_longname() not in (".", ".."))


@contextlib.contextmanager
def connect(host, port, user, password, share, source_address=None, seconds=DEFAULT_SECONDS):
    """An SmbShare for the time of a with block."""
    connection = smb_connection(host, port, user, password, source_address, seconds)
    try:
        yield SmbShare(connection, share)
    finally:
        connection.close()
