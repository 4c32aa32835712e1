# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapperd of a sandbox with --provider snapper, as its administrator uses it."""

import contextlib
import csv
import os
import pathlib
import signal
import time

from harness import checked, run

PROGRAM = "snapperd"


def _command(sandbox, *words):
    address = f"unix:path={sandbox.dir}/snapper/bus"
    return ["env", f"DBUS_SYSTEM_BUS_ADDRESS={address}", "snapper", *words]


def snapper(sandbox, *words):
    return checked(_command(sandbox, *words))


def create_config(sandbox, name, path):
    snapper(sandbox, "-c", name, "create-config", path)


def numbers(sandbox, config):
    """The snapshots that snapper lists; number 0, the volume itself, left out."""
    done = run(_command(sandbox, "--csvout", "-c", config, "list", "--columns", "number"))
    assert done.ok, str(done)
    return [int(row["number"]) for row in csv.DictReader(done.output.splitlines()) if row["number"] != "0"]


def userdata(sandbox, config, number):
    text = snapper(sandbox, "--csvout", "-c", config, "list", "--columns", "number,userdata")
    (row,) = [row for row in csv.DictReader(text.splitlines()) if row["number"] == str(number)]
    return dict(pair.split("=", 1) for pair in row["userdata"].split(", ") if pair)


def store(share):
    return share.path / ".snapshots"


def stored(share):
    """What lies there, described or not."""
    return sorted(entry.name for entry in store(share).iterdir()) if store(share).exists() else []


def pids(sandbox):
    found = []
    marker = f"SAMBA_FSS_SANDBOX={sandbox.dir}".encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            program = os.path.basename(os.readlink(process / "exe"))
            if program == PROGRAM and marker in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue  # ended meanwhile
    return found


def kill(sandbox, number=signal.SIGKILL):
    """Ends snapperd the hard way, and waits until it is gone; D-Bus starts another when one is needed."""
    killed = pids(sandbox)
    for pid in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    deadline = time.monotonic() + 10
    while number == signal.SIGKILL and set(pids(sandbox)) & set(killed):
        assert time.monotonic() < deadline, "snapperd does not end"
        time.sleep(0.02)
    return killed


@contextlib.contextmanager
def stopped(sandbox):
    """Snapperd runs, and does not answer."""
    snapper(sandbox, "list-configs")
    halted = kill(sandbox, signal.SIGSTOP)
    assert halted
    try:
        yield
    finally:
        for pid in halted:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def unreachable(sandbox):
    """No snapperd runs, and D-Bus cannot start one."""
    script = sandbox.dir / "snapper" / "snapperd"
    script.rename(script.with_suffix(".away"))
    kill(sandbox)
    try:
        yield
    finally:
        script.with_suffix(".away").rename(script)


@contextlib.contextmanager
def broken_at(sandbox, call):
    """The next snapperd is killed at the n-th system call of a name, which it must come to: "mkdirat:2"."""
    fell = sandbox.dir / "snapper" / "fell"
    script = sandbox.dir / "snapper" / "snapperd"
    before = script.read_text(encoding="utf-8")
    name, _, when = call.partition(":")
    injected = f"strace --follow-forks --output /dev/null --trace {name} " \
               f"--inject {name}:signal=KILL:when={when or 1} snapperd; echo >{fell}"
    assert "exec snapperd" in before
    script.write_text(before.replace("exec snapperd", injected), encoding="utf-8")
    kill(sandbox)
    fell.unlink(missing_ok=True)
    try:
        yield
        deadline = time.monotonic() + 5
        while not fell.exists():
            assert time.monotonic() < deadline, f"snapperd has not come to {call}"
            time.sleep(0.05)
    finally:
        script.write_text(before, encoding="utf-8")
        kill(sandbox)
