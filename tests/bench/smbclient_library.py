# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on shares through Samba's own client library, for benchmarks: Python's part is small."""

import ctypes
import os

O_RDWR_CREAT = os.O_RDWR | os.O_CREAT

_AUTH = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_char), ctypes.c_int,
                         ctypes.POINTER(ctypes.c_char), ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.c_int)


class Library:
    """One of it in a process."""

    def __init__(self, sandbox):
        os.environ["SMB_CONF_PATH"] = sandbox.conf
        self._base = f"smb://{sandbox.host}:{sandbox.port}"
        user, password = (text.encode() + b"\0" for text in sandbox.admin)

        def authenticate(_server, _share, _workgroup, _length, name, _name_length, secret, _secret_length):
            ctypes.memmove(name, user, len(user))
            ctypes.memmove(secret, password, len(password))

        self._authenticate = _AUTH(authenticate)
        self._library = ctypes.CDLL("libsmbclient.so.0", use_errno=True)
        self._library.smbc_lseek.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int]
        self._library.smbc_lseek.restype = ctypes.c_int64
        self._library.smbc_write.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
        self._library.smbc_write.restype = ctypes.c_ssize_t
        self._library.smbc_read.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
        self._library.smbc_read.restype = ctypes.c_ssize_t
        self._library.smbc_readdirplus.restype = ctypes.c_void_p
        self._check(self._library.smbc_init(self._authenticate, 0))

    @staticmethod
    def _check(result):
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def open(self, share, name):
        return self._check(self._library.smbc_open(f"{self._base}/{share}/{name}".encode(), O_RDWR_CREAT, 0o600))

    def write(self, file, data, offset):
        self._library.smbc_lseek(file, offset, os.SEEK_SET)
        assert self._check(self._library.smbc_write(file, data, len(data))) == len(data)

    def read(self, file, size, offset):
        buffer = ctypes.create_string_buffer(size)
        self._library.smbc_lseek(file, offset, os.SEEK_SET)
        assert self._check(self._library.smbc_read(file, buffer, size)) == size

    def list(self, share, directory):
        """How many entries a directory has; their attributes come with the names."""
        handle = self._check(self._library.smbc_opendir(f"{self._base}/{share}/{directory}".encode()))
        count = 0
        while self._library.smbc_readdirplus(handle):
            count += 1
        self._check(self._library.smbc_closedir(handle))
        return count
