# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's workers, as processes."""

import pathlib


def workers(sandbox):
    """Process ids of the agent's workers in this sandbox."""
    found = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # ended meanwhile
        if pathlib.Path(words[0]).name == sandbox.rpcd and any(sandbox.conf in word for word in words):
            found.add(int(process.name))
    return found
