# SPDX-License-Identifier: GPL-3.0-or-later
"""The write gates of a sandbox: their shared memory (core/gate/GateFile.h), and tests/tools/fss_hold.cpp."""

import contextlib
import json
import mmap
import pathlib
import select
import struct
import subprocess

from harness import checked

HELD_UNTIL, SLOT_COUNT, SLOTS, SLOT_SIZE = 64, 192, 256, 64
SECONDS = 20


def directory(sandbox):
    return pathlib.Path(sandbox.description["lock_dir"]) / "fss-gate"


class Gate:
    """A volume's gate file; path: any directory on the volume, with a share that was used before."""

    def __init__(self, sandbox, path):
        number = checked(["btrfs", "inspect-internal", "rootid", path]).strip()
        uuid = checked(["findmnt", "--noheadings", "--output", "UUID", "--target", path]).strip()
        with (directory(sandbox) / f"btrfs_{uuid}_{number}.v1").open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    @property
    def held_until(self):
        """Nanoseconds of the monotonic clock; 0: the gate is open."""
        return struct.unpack_from("=Q", self._memory, HELD_UNTIL)[0]

    @property
    def slot_count(self):
        return struct.unpack_from("=I", self._memory, SLOT_COUNT)[0]

    def writers(self):
        """(changes under way, pid) of each slot that is taken."""
        slots = [struct.unpack_from("=Ii", self._memory, SLOTS + SLOT_SIZE * i) for i in range(self.slot_count)]
        return [slot for slot in slots if slot[1]]

    def inside(self):
        """Changes under way."""
        return sum(count for count, _ in self.writers())


class _Tool:
    """A running fss-hold, which has said that it is ready."""

    def __init__(self, sandbox, paths, *options):
        command = [_tool(sandbox), "--directory", directory(sandbox)]
        command += [word for path in paths for word in ("--path", path)]
        self.process = subprocess.Popen([str(word) for word in (*command, *options)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        assert ready and self.process.stdout.readline(), "fss-hold does not get ready"

    def end(self):
        """Returns what it says at its end."""
        output, _ = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode in (0, -9), f"fss-hold ended with {self.process.returncode}"
        return output


def _tool(sandbox):
    """It lies in the build tree of the sandbox's agent."""
    started = json.loads((sandbox.dir / "start.json").read_text(encoding="utf-8"))
    return pathlib.Path(started["worker"]).parents[1] / "tests" / "tools" / "fss-hold"


@contextlib.contextmanager
def hold(sandbox, *paths, milliseconds=60_000):
    """Holds the writers of the volumes at these paths, for at most that long."""
    running = _Tool(sandbox, paths, "--limit", milliseconds)
    try:
        yield running
    finally:
        running.end()


@contextlib.contextmanager
def change_under_way(sandbox, path):
    """Somebody is in the middle of a change, so that a Commit waits with all gates closed."""
    running = _Tool(sandbox, [path], "--inside")
    try:
        yield running
    finally:
        running.end()
