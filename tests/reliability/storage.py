# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that are full, turn read-only, or lie below Samba's state directory."""

import contextlib
import errno
import os
import shutil
import time

import soon
from harness import checked, run
from restarts import end_all, restart_daemons

CHUNK = 64 << 20
SMALL = 1900  # a file that btrfs keeps in its metadata
FILL_SECONDS = 120


def _fallocate(path, size):
    """Allocates until there is no room for even one page."""
    with open(path, "wb") as file:
        at = 0
        while size >= 4096:
            try:
                os.posix_fallocate(file.fileno(), at, size)
                at += size
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def _small_files(directory):
    """Fills what is left with files that lie in the metadata."""
    deadline = time.monotonic() + FILL_SECONDS
    content = os.urandom(SMALL)
    number = 0
    try:
        while time.monotonic() < deadline:
            with open(directory / str(number), "wb") as file:
                file.write(content)
            number += 1
            if number % 2000 == 0:
                os.sync()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return
    raise AssertionError(f"{directory} is not full after {FILL_SECONDS} s")


@contextlib.contextmanager
def full(directory, metadata=False):
    """A file system without room, for data or, on btrfs, also for metadata."""
    filler = directory / "filler"
    filler.mkdir()
    try:
        _fallocate(filler / "data", CHUNK << 4)
        if metadata:
            _small_files(filler)
        yield
    finally:
        shutil.rmtree(filler)
        checked(["sync", "-f", directory])


@contextlib.contextmanager
def read_only(mount_point):
    """As after an error or by an administrator's hand."""
    checked(["mount", "-o", "remount,ro", mount_point])
    try:
        yield
    finally:
        checked(["mount", "-o", "remount,rw", mount_point])


class StateDirectory:
    """A small ext4 over a sandbox's state directory, which `sandbox down` unmounts."""

    IMAGE_BYTES = 24 << 20

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self.path = sandbox.dir / "state"
        self._image = sandbox.dir / "images" / "state.img"
        end_all(sandbox)
        with self._image.open("xb") as file:
            file.truncate(self.IMAGE_BYTES)
        checked(["mkfs.ext4", "-q", "-m", "0", self._image])
        aside = sandbox.dir / "state.before"
        self.path.rename(aside)
        self.path.mkdir()
        self._mount()
        checked(["cp", "-a", f"{aside}/.", self.path])
        restart_daemons(sandbox)

    def _mount(self):
        checked(["mount", "-t", "ext4", "-o", "loop", self._image, self.path])

    def fail(self):
        """It becomes read-only in the middle, as after an error of the disk."""
        # What Samba made when it started, and never syncs, is not what is to be lost.
        checked(["sync", "-f", self.path])
        checked(["mount", "-o", "remount,abort", self.path])

    def mend(self):
        """Checked and mounted anew, with Samba started again."""
        end_all(self._sandbox)
        # One that a daemon was just starting may live a moment longer.
        soon.true(lambda: run(["umount", self.path]).code == 0, "nobody uses the state directory")
        done = run(["e2fsck", "-p", "-f", self._image])
        assert done.code in (0, 1), str(done)  # 1: errors were mended
        self._mount()
        restart_daemons(self._sandbox)
