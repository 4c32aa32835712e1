# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers beside a shadow copy set, each a process with its own SMB connection."""

import multiprocessing
import random
import struct
import time

from fsrvp.connection import smb_connection

BLOCK = 64 * 1024
FILE_SIZE = 32 * 1024 * 1024
GENERIC_ALL = 0x10000000


class File:
    """An open file on a share; writes wait for the server's answer."""

    def __init__(self, connection, share, name):
        self._connection = connection
        self._tree = connection.connectTree(share)
        self._file = connection.createFile(self._tree, name, desiredAccess=GENERIC_ALL)

    def write(self, data, offset):
        self._connection.writeFile(self._tree, self._file, data, offset)


class Writer:
    """Runs fn(connection, writer, *arguments) in a process until stop()."""

    def __init__(self, sandbox, fn, *arguments):
        self.count = multiprocessing.Value("Q", 0, lock=False)        # of the last acknowledged round
        self.longest = multiprocessing.Value("d", 0.0, lock=False)    # seconds a single write took at most
        self._stop = multiprocessing.Event()
        self._failed = multiprocessing.Event()
        self._process = multiprocessing.Process(target=self._run, args=(sandbox, fn, arguments), daemon=True)
        self._process.start()

    def _run(self, sandbox, fn, arguments):
        try:
            connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
            fn(connection, self, *arguments)
        except BaseException:
            self._failed.set()
            raise

    @property
    def stopping(self):
        return self._stop.is_set()

    def timed(self, call, *arguments):
        begin = time.perf_counter()
        call(*arguments)
        self.longest.value = max(self.longest.value, time.perf_counter() - begin)

    def check(self):
        assert not self._failed.is_set(), "a writer failed"

    def stop(self):
        self.check()
        self._stop.set()
        self._process.join(30)
        assert self._process.exitcode == 0, "a writer did not end well"


def ordered(connection, writer, shares, name):
    """Writes n to each share in turn and waits for each answer: then n + 1."""
    files = [File(connection, share, name) for share in shares]
    number = 0
    while not writer.stopping:
        number += 1
        for file in files:
            writer.timed(file.write, struct.pack("<Q", number), 0)
        writer.count.value = number


def dirtying(connection, writer, share, name):
    """Writes 64 KiB blocks to random places."""
    file = File(connection, share, name)
    data = random.randbytes(BLOCK)
    while not writer.stopping:
        writer.timed(file.write, data, random.randrange(FILE_SIZE // BLOCK) * BLOCK)
        writer.count.value += 1
