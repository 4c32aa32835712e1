# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends processes of a sandbox the hard way."""

import json
import os
import pathlib
import signal
import time
import types

from harness import forget_this_boot, sandbox_script
from processes import workers

OTHER_WORKERS = ("rpcd_classic", "rpcd_epmapper", "rpcd_lsad", "rpcd_mdssvc", "rpcd_spoolss", "rpcd_winreg")


def kill(pids):
    """kill -9; returns how many there were to kill."""
    count = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            count += 1
        except ProcessLookupError:
            pass
    return count


def _runs(pid):
    """Zombies have no command line."""
    try:
        return bool(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def wait_until_gone(pids, seconds=10):
    deadline = time.monotonic() + seconds
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {pids}"
        time.sleep(0.05)


def wait_for_workers(sandbox, seconds=60):
    """The workers that run, at least one."""
    deadline = time.monotonic() + seconds
    while not (pids := workers(sandbox)):
        assert time.monotonic() < deadline, f"no worker came up within {seconds} s"
        time.sleep(0.05)
    return pids


def restart_workers(sandbox):
    """All workers that run are killed; samba-dcerpcd starts new ones for the next clients."""
    pids = workers(sandbox)
    kill(pids)
    wait_until_gone(pids)


def named(sandbox, program):
    """Process ids of a program in this sandbox."""
    return workers(types.SimpleNamespace(rpcd=program, conf=sandbox.conf))


def restart_daemons(sandbox, *options):
    """Starts samba-dcerpcd and smbd where they are dead; options are those of scripts/sandbox restart."""
    done = sandbox_script("restart", "--dir", sandbox.dir, *options)
    assert done.returncode == 0, done.stderr
    sandbox.pids = json.loads(done.stdout)["pids"]


def end_all(sandbox):
    """kill -9 of all of Samba in this sandbox, as a power loss does."""
    pids = set()
    for program in ("samba-dcerpcd", "smbd", sandbox.rpcd, *OTHER_WORKERS):
        found = named(sandbox, program)
        kill(found)
        pids |= found
    wait_until_gone(pids)
    forget_this_boot(sandbox.dir)
