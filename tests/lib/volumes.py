# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do to a sandbox's file systems."""

import contextlib
import time

import snapper_admin as snapperd
from harness import checked, run


@contextlib.contextmanager
def frozen(volume):
    """Nothing can be written to the file system meanwhile, and no snapshot made."""
    checked(["fsfreeze", "--freeze", volume])
    try:
        yield
    finally:
        checked(["fsfreeze", "--unfreeze", volume])


@contextlib.contextmanager
def prepare_held(sandbox, share):
    """What Prepare waits for on a share does not come meanwhile.

    The agent itself makes directories ahead. With snapper there is nothing to
    write before Commit, so that a frozen file system is nothing to wait for; but
    snapperd is asked for the volume's configuration.
    """
    with_snapper = sandbox.description["provider"] == "snapper"
    with snapperd.stopped(sandbox) if with_snapper else frozen(sandbox.shares[share].volume):
        yield


@contextlib.contextmanager
def subvolume(path):
    checked(["btrfs", "subvolume", "create", path])
    try:
        yield path
    finally:
        run(["btrfs", "subvolume", "delete", path])


@contextlib.contextmanager
def mounted_tmpfs(path):
    path.mkdir()
    checked(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path])
    try:
        yield path
    finally:
        checked(["umount", path])
        path.rmdir()


def are_read_only(subvolumes):
    """Whether btrfs holds each of them read-only."""
    outputs = [checked(["btrfs", "property", "get", "-ts", path, "ro"]).strip() for path in subvolumes]
    return [output == "ro=true" for output in outputs]


class Stopwatch:
    def __enter__(self):
        self._begin = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._begin
