# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots as btrfs knows them, wherever they lie; and what moves them."""

import os
import pathlib
import re

from harness import checked


def uuid_of(subvolume):
    return re.search(r"^\s*UUID:\s*(\S+)$", checked(["btrfs", "subvolume", "show", subvolume]), re.MULTILINE)[1]


def id_of(subvolume):
    return int(re.search(r"^\s*Subvolume ID:\s*(\d+)$", checked(["btrfs", "subvolume", "show", subvolume]),
                         re.MULTILINE)[1])


def exists(sandbox, uuid):
    """Whether a file system of the sandbox has a subvolume of that uuid."""
    return any(f" uuid {uuid} " in line for volume in sandbox.volumes
               for line in checked(["btrfs", "subvolume", "list", "-u", volume]).splitlines())


def set_read_only(subvolume, value):
    checked(["btrfs", "property", "set", "-ts", subvolume, "ro", "true" if value else "false"])


def snapshot_of(share, made, name="share1"):
    return share.path / ".fss" / str(made.copy_ids[name]).upper() / "snapshot"


class Renamed:
    """A store that lies under another name."""

    def __init__(self, share):
        self._away = share.path / "away"
        os.rename(share.path / ".fss", self._away)

    def undo(self):
        assert not self._away.exists(), "the store stays"


class Replaced:
    """A volume that an administrator put another in the place of, made from it."""

    def __init__(self, share):
        self._path, self._old = share.path, pathlib.Path(f"{share.path}.old")
        os.rename(self._path, self._old)
        checked(["btrfs", "subvolume", "snapshot", self._old, self._path])

    def undo(self):
        checked(["btrfs", "subvolume", "delete", self._path])
        os.rename(self._old, self._path)


class TakenOut:
    """A snapshot that was taken out of its store."""

    def __init__(self, share):
        self._away = share.path / "taken"
        snapshot, = (share.path / ".fss").glob("*/snapshot")
        set_read_only(snapshot, False)
        os.rename(snapshot, self._away)
        set_read_only(self._away, True)

    def undo(self):
        assert not self._away.exists()
