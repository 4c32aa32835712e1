# SPDX-License-Identifier: GPL-3.0-or-later
"""Previous Versions of files on a share, as Windows' Explorer asks for them."""

import calendar
import contextlib
import struct
import time

from impacket import smb3structs
from impacket.ldap.ldaptypes import SR_SECURITY_DESCRIPTOR
from impacket.smb3 import SessionError

from .smb import SmbError

LABEL = "@GMT-%Y.%m.%d-%H.%M.%S"
FILETIME_1970 = 11_644_473_600
TICKS = 10_000_000
READ = smb3structs.FILE_READ_DATA | smb3structs.READ_CONTROL | smb3structs.FILE_READ_ATTRIBUTES
MAX_BYTES = 65_536
STATUS_NO_MORE_FILES = 0x80000006
BARE_BYTES = 16  # MS-SMB2 3.3.5.15.1: too little for any label, so that only the number is sent


def label_of(filetime):
    return time.strftime(LABEL, time.gmtime(filetime // TICKS - FILETIME_1970))


def filetime_of(label):
    return (calendar.timegm(time.strptime(label, LABEL)) + FILETIME_1970) * TICKS


class _Timewarp:
    """SMB2_CREATE_TIMEWARP_TOKEN, MS-SMB2 2.2.13.2.7."""

    def __init__(self, label):
        self._time = filetime_of(label)

    def getData(self):  # pylint: disable=invalid-name
        name = b"TWrp"
        return struct.pack("<LHHHHL4s4xQ", 0, 16, len(name), 0, 24, 8, name, self._time)


@contextlib.contextmanager
def _translated():
    try:
        yield
    except SessionError as error:
        raise SmbError(str(error), error.get_error_code()) from None


def _file_names(answer):
    """FileNamesInformation, MS-FSCC 2.4.28."""
    names = []
    while answer:
        following, _, length = struct.unpack_from("<LLL", answer)
        names.append(answer[12:12 + length].decode("utf-16le"))
        answer = answer[following:] if following else b""
    return names


class Versions:
    """Of a fsrvp.SmbShare; paths use either slash and are relative to the share."""

    def __init__(self, share):
        self._smb = share.server
        self._tree = share.tree

    @contextlib.contextmanager
    def opened(self, path, label=None, access=READ, options=0):
        """The id of an open file; label: of its version, None: as it is now."""
        everybody = smb3structs.FILE_SHARE_READ | smb3structs.FILE_SHARE_WRITE | smb3structs.FILE_SHARE_DELETE
        contexts = [_Timewarp(label)] if label else None
        with _translated():
            file = self._smb.create(self._tree, path.replace("/", "\\"), access, everybody, options,
                                    smb3structs.FILE_OPEN, 0, createContexts=contexts)
        try:
            yield file
        finally:
            self._smb.close(self._tree, file)

    def _enumerate(self, path, size):
        with self.opened(path) as file, _translated():
            return self._smb.ioctl(self._tree, file, smb3structs.FSCTL_SRV_ENUMERATE_SNAPSHOTS,
                                   smb3structs.SMB2_0_IOCTL_IS_FSCTL, b"", 0, size)

    def count(self, path=""):
        return struct.unpack_from("<L", self._enumerate(path, BARE_BYTES))[0]

    def labels(self, path=""):
        answer = self._enumerate(path, MAX_BYTES)
        total, returned, size = struct.unpack_from("<LLL", answer)
        labels = [label for label in answer[12:12 + size].decode("utf-16le").split("\0") if label]
        assert total == returned == len(labels), answer
        return labels

    def read(self, path, label=None):
        with self.opened(path, label) as file, _translated():
            return self._smb.read(self._tree, file, 0, MAX_BYTES)

    def write(self, path, label, data):
        with self.opened(path, label, READ | smb3structs.FILE_WRITE_DATA) as file, _translated():
            self._smb.write(self._tree, file, data, 0, len(data))

    def list(self, path="", label=None):
        names = []
        with self.opened(path, label, options=smb3structs.FILE_DIRECTORY_FILE) as file:
            while True:
                try:
                    answer = self._smb.queryDirectory(
                        self._tree, file, "*", informationClass=smb3structs.FILENAMES_INFORMATION)
                except SessionError as error:
                    if error.get_error_code() == STATUS_NO_MORE_FILES:
                        return sorted(set(names) - {".", ".."})
                    raise
                names += _file_names(answer)

    def close_to_others(self, path):
        """Takes all entries out of the DACL but the owner's."""
        security = SR_SECURITY_DESCRIPTOR(self.security(path))
        owner = security["OwnerSid"].formatCanonical()
        dacl = security["Dacl"]
        dacl.aces = [ace for ace in dacl.aces if ace["Ace"]["Sid"].formatCanonical() == owner]
        with self.opened(path, access=smb3structs.WRITE_DAC) as file, _translated():
            self._smb.setInfo(self._tree, file, security.getData(), infoType=smb3structs.SMB2_0_INFO_SECURITY,
                              fileInfoClass=0, additionalInformation=0x4)

    def security(self, path, label=None):
        """Owner, group and DACL as they are on the wire."""
        with self.opened(path, label) as file, _translated():
            return self._smb.queryInfo(self._tree, file, infoType=smb3structs.SMB2_0_INFO_SECURITY,
                                       fileInfoClass=0, additionalInformation=0x7)
