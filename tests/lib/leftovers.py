# SPDX-License-Identifier: GPL-3.0-or-later
"""What shadow copies leave behind: snapshots, shares, records."""

import dataclasses
import pathlib
import re

import tdb

from harness import GUID, checked, state_database

# The distribution's agent keeps its sets in srv_fss.tdb; ours has its own.
STATE_DIRECTORIES = ("lock", "state", "private", "cache")
STATE_PATTERN = "*fss*.tdb"


@dataclasses.dataclass(frozen=True)
class Leftovers:
    subvolumes: tuple
    shares: tuple
    records: tuple

    def __bool__(self):
        return bool(self.subvolumes or self.shares or self.records)

    def __str__(self):
        return "\n".join(f"{name}: {', '.join(values) or 'none'}" for name, values in vars(self).items())


def subvolumes(sandbox):
    """Subvolumes that are no share's own and not where snapper keeps its snapshots, as absolute paths."""
    own = {f"{share.path}{store}" for share in sandbox.shares.values() for store in ("", "/.snapshots")}
    found = []
    for volume in sandbox.volumes:
        for line in checked(["btrfs", "subvolume", "list", volume]).splitlines():
            path = str(volume / line.partition(" path ")[2])
            if path not in own:
                found.append(path)
    return found


def exposed_shares(sandbox):
    return [share for share in sandbox.registry_shares() if "@{" in share]


def _keys(path):
    database = tdb.open(str(path))
    try:
        return [key.decode(errors="replace").rstrip("\0") for key in database.keys()]
    finally:
        database.close()


def records(sandbox):
    """Keys of the agent's store that tell of a shadow copy set: with a GUID."""
    found = []
    current = state_database(pathlib.Path(sandbox.dir))  # what is on disk follows within seconds
    for directory in STATE_DIRECTORIES:
        for path in (pathlib.Path(sandbox.dir) / directory).glob(STATE_PATTERN):
            if path.name != "fss.tdb" or path == current:
                found += [f"{path.name}: {key}" for key in _keys(path) if re.search(GUID, key)]
    return found


def messaging(sandbox):
    """Files of Samba's messaging whose process is gone."""
    lives = {entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()}
    return sorted(str(path) for directory in ("msg.lock", "msg.sock")
                  for path in pathlib.Path(sandbox.dir).glob(f"*/{directory}/*") if path.name not in lives)


def find(sandbox, expected_subvolumes=()):
    """expected_subvolumes: those that a test made for itself."""
    expected = {str(path) for path in expected_subvolumes}
    return Leftovers(
        subvolumes=tuple(path for path in subvolumes(sandbox) if path not in expected),
        shares=tuple(exposed_shares(sandbox)),
        records=tuple(records(sandbox)),
    )


def assert_none(sandbox, expected_subvolumes=()):
    left = find(sandbox, expected_subvolumes)
    assert not left, f"left behind:\n{left}"
