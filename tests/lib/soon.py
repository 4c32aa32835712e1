# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent does on its own time, waited for."""

import time

import leftovers

SECONDS = 10


def true(condition, what, seconds=SECONDS):
    """The condition must come true within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def nothing_left(sandbox, seconds=SECONDS, expected_subvolumes=()):
    """Snapshots, exposed shares and records of sets must be gone within that time."""
    deadline = time.monotonic() + seconds
    while left := leftovers.find(sandbox, expected_subvolumes):
        assert time.monotonic() < deadline, f"left behind after {seconds} s:\n{left}"
        time.sleep(0.05)
