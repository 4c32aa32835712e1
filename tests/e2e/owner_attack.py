# SPDX-License-Identifier: GPL-3.0-or-later
"""What the owner of a subvolume tries to reach a snapshot of it by. Run as that user:

owner_attack.py SNAPSHOT DEVICE SUBVOLUME-ID HANDLE-TYPE HANDLE VOLUME PID…

Prints a line for each way that led into the snapshot, or told what is in it.
"""

import ctypes
import fcntl
import os
import struct
import sys

TREE_SEARCH, INO_LOOKUP = 0xD0009411, 0xD0009412
ROOT_TREE, ROOT_ITEM = 1, 132
LIBC = ctypes.CDLL(None, use_errno=True)


class Attack:
    def __init__(self, snapshot, device, subvolume, handle_type, handle, volume, *pids):
        self.snapshot, self.volume, self.pids = snapshot, volume, pids
        self.device, self.subvolume = int(device), int(subvolume)
        self.handle_type, self.handle = int(handle_type), bytes.fromhex(handle)

    def _leads_in(self, fd):
        try:
            return os.fstat(fd).st_dev == self.device
        finally:
            os.close(fd)

    def _reaches(self, path, flags=os.O_RDONLY):
        try:
            return self._leads_in(os.open(path, flags | os.O_NONBLOCK))
        except OSError:
            return False

    def path(self):
        """By its path."""
        return self._reaches(self.snapshot)

    def path_only(self):
        """With O_PATH, which asks for no right to read."""
        return self._reaches(self.snapshot, os.O_PATH)

    def handle_of_it(self):
        """open_by_handle_at(2)."""
        buffer = ctypes.create_string_buffer(struct.pack("Ii", len(self.handle), self.handle_type) + self.handle)
        mount = os.open(self.volume, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fd = LIBC.open_by_handle_at(mount, buffer, os.O_RDONLY)
        finally:
            os.close(mount)
        return fd >= 0 and self._leads_in(fd)

    def _ioctl(self, number, buffer):
        fd = os.open(self.volume, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, number, buffer)
        finally:
            os.close(fd)
        return True

    def tree_search(self):
        """All subvolumes of the file system."""
        key = struct.pack("<7QIII36x", ROOT_TREE, 0, 2**64 - 1, 0, 2**64 - 1, 0, 2**64 - 1, ROOT_ITEM, ROOT_ITEM, 1)
        return self._ioctl(TREE_SEARCH, bytearray(key.ljust(4096, b"\0")))

    def lookup(self):
        """Names inside the snapshot; that of its root, "", everybody is told."""
        inode = os.stat(f"{self.volume}/file").st_ino
        return self._ioctl(INO_LOOKUP, bytearray(struct.pack("<QQ", self.subvolume, inode).ljust(4096, b"\0")))

    def _of_processes(self, name):
        """What a process of smbd's has open."""
        found = False
        for pid in self.pids:
            place = f"/proc/{pid}/{name}"
            try:
                names = [f"{place}/{entry}" for entry in os.listdir(place)] if name == "fd" else [place]
            except OSError:
                continue
            found = any([self._reaches(each) for each in names]) or found
        return found

    def descriptors(self):
        return self._of_processes("fd")

    def directory(self):
        return self._of_processes("cwd")

    def through_root(self):
        """By its path, from such a process's root directory on."""
        return any([self._reaches(f"/proc/{pid}/root{self.snapshot}") for pid in self.pids])

    WAYS = (path, path_only, handle_of_it, tree_search, lookup, descriptors, directory, through_root)


def main(arguments):
    attack = Attack(*arguments)
    for way in Attack.WAYS:
        try:
            if way(attack):
                print(way.__name__)
        except OSError:
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
