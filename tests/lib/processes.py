# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's workers, as processes."""

import contextlib
import os
import pathlib
import signal

import soon
from fsrvp import RpcFault


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


def kill_workers(sandbox):
    """Ends the sandbox's workers; the next client gets a new one."""
    for pid in workers(sandbox):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    soon.true(lambda: not workers(sandbox), "the workers have ended")


def client_of_a_new_worker(connect):
    """samba-dcerpcd can leave a client waiting while it notices that a worker is gone."""
    clients = []

    def answered():
        try:
            clients.append(connect(seconds=5))
            return clients[-1].get_supported_version().hresult == 0
        except (RpcFault, OSError):
            return False

    soon.true(answered, "a new worker answers", seconds=30)
    return clients[-1]
