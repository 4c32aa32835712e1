# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server told its clients, and so must hold after any crash."""

import dataclasses
import enum
import threading
import uuid


class Fate(enum.Enum):
    """What must be true of a share mapping once the server has recovered."""
    KEPT = "there, whole"
    GONE = "not there"
    EITHER = "there and whole, or not there"


@dataclasses.dataclass
class Mapping:
    share: str
    copy_id: uuid.UUID
    exposed: str = ""
    fate: Fate = Fate.GONE  # a set that is never recovered goes


@dataclasses.dataclass
class KnownSet:
    """A set that a client began. token: name and content of a file that its shadow copies hold."""
    set_id: uuid.UUID
    token: str
    mappings: list = dataclasses.field(default_factory=list)

    def set_fate(self, fate):
        for mapping in self.mappings:
            mapping.fate = fate


class Told:
    """All sets that any client began."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sets = []

    def began(self, set_id, token):
        known = KnownSet(set_id, token)
        with self._lock:
            self._sets.append(known)
        return known

    def sets(self):
        with self._lock:
            return list(self._sets)

    def kept(self):
        """Sets that are recovered for good, as far as their client knows."""
        return [known for known in self.sets()
                if known.mappings and all(mapping.fate is Fate.KEPT for mapping in known.mappings)]
