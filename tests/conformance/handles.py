# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that stay open while other things happen."""

import contextlib

from impacket.smb3structs import FILE_OPEN_IF, FILE_READ_DATA, FILE_WRITE_DATA
from impacket.smbconnection import SessionError

from fsrvp import SmbError
from fsrvp.connection import smb_connection


class OpenFile:
    """A file open for reading and writing."""

    def __init__(self, connection, share, path):
        self._connection = connection
        self._tree = connection.connectTree(share)
        self._file = connection.openFile(self._tree, path, FILE_READ_DATA | FILE_WRITE_DATA,
                                         creationDisposition=FILE_OPEN_IF)

    def write(self, data):
        self._translated(lambda: self._connection.writeFile(self._tree, self._file, data))

    def read(self):
        return self._translated(lambda: self._connection.readFile(self._tree, self._file))

    @staticmethod
    def _translated(operation):
        try:
            return operation()
        except SessionError as error:
            raise SmbError(str(error), error.getErrorCode()) from None


@contextlib.contextmanager
def open_file(sandbox, share, path):
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
    try:
        yield OpenFile(connection, share, path)
    finally:
        connection.close()
