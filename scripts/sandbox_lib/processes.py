# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds and ends the processes of a sandbox, without any record of them.

A record can be missing or stale after a crash, so /proc is asked: a process
belongs to a sandbox if it has the sandbox's marker in its environment, or is
one of Samba's daemons and has the sandbox's smb.conf on its command line or
one of its files open. In another root another sandbox may have its name.
"""

import os
import pathlib
import signal
import time

from .common import MARKER, SandboxError

DAEMONS = ("smbd", "samba-dcerpcd", "samba-bgqd", "rpcd_")
# Writes the names in a sanitizer's report, and ends with the process that reports.
SYMBOLIZER = "llvm-symbolizer"
PATIENCE_SECONDS = 20  # the leak sanitizer looks through a process that ends


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def has_our_root(process):
    """Whether paths mean to a process what they mean here; not so once it has ended."""
    try:
        return os.path.samefile(process / "root", "/")
    except OSError:
        return False


def _program(process):
    """The name of its file, or ""."""
    try:
        return os.path.basename(os.readlink(process / "exe"))
    except OSError:
        return ""


def _has_file_below(process, directory):
    try:
        for entry in os.scandir(process / "fd"):
            if os.readlink(entry.path).startswith(f"{directory}/"):
                return True
    except OSError:
        pass  # ended meanwhile
    return False


def _belongs(process, directory):
    if not has_our_root(process):
        return False
    program = _program(process)
    marker = f"{MARKER}={directory}".encode()
    if marker in _read(process / "environ").split(b"\0"):
        return program != SYMBOLIZER
    if not program.startswith(DAEMONS):
        return False
    conf = f"{directory}/smb.conf".encode()
    return conf in _read(process / "cmdline") or _has_file_below(process, directory)


def _is_zombie(process):
    status = _read(process / "stat")
    return status.rpartition(b")")[2].split()[:1] in ([b"Z"], [b"X"], [])


def find(directory):
    """The pids of the sandbox's processes; zombies and this process excepted."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        if pid != os.getpid() and _belongs(process, directory) and not _is_zombie(process):
            found.append(pid)
    return found


def _signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def _wait_for_none(directory, number):
    """Signals again and again, as daemons may start children meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while pids := find(directory):
        if time.monotonic() > deadline:
            return pids
        _signal(pids, number)
        time.sleep(0.05)
    return []


def end_all(directory):
    """Ends every process of the sandbox, with SIGKILL if need be."""
    if not _wait_for_none(directory, signal.SIGTERM):
        return
    if left := _wait_for_none(directory, signal.SIGKILL):
        raise SandboxError(f"processes do not end: {left}")


def users_of(directory):
    """Any process that keeps something below the directory busy, as text."""
    users = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            here = os.readlink(process / "cwd")
        except OSError:
            continue
        if f"{here}/".startswith(f"{directory}/") or _has_file_below(process, directory):
            users.append(f"{process.name} ({_read(process / 'comm').decode().strip()})")
    return ", ".join(users) or "none found"


def dead(pids):
    """Those of the pids by name that run no more."""
    gone = {}
    for name, pid in pids.items():
        process = pathlib.Path("/proc") / str(pid)
        if not process.exists() or _is_zombie(process):
            gone[name] = pid
    return gone


def ended(pids):
    """The names of those among the named pids that run no more, as text."""
    return ", ".join(f"{name} (pid {pid})" for name, pid in dead(pids).items())
