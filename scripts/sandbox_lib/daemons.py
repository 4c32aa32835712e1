# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's daemons: where they are, how they start, when they are ready."""

import os
import pathlib
import random
import socket
import subprocess
import time

from . import processes, sanitizers, snapper
from .common import SandboxError, environment, run

READY_SECONDS = 60
MODULE_PATH_SOURCE = pathlib.Path(__file__).with_name("module_path.c")
LIBEXEC = ("/usr/libexec/samba", "/usr/lib/samba", "/usr/local/libexec/samba")
# Below the range that the kernel gives to clients' sockets.
PORTS = range(20000, 32000)
# Both claim the agent's interface; the one wanted is named explicitly.
AGENTS = ("rpcd_fsrvp", "rpcd_fss")


def _pipe(directory):
    """The socket behind the agent's pipe; there once samba-dcerpcd has asked all workers what they serve."""
    return directory / "ncalrpc" / "np" / "fssagentrpc"


def _is_free(address, port):
    with socket.socket() as probe:
        # As smbd does; connections that have just ended are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def choose_port(address, wanted):
    """The port wanted, or any where that is None; it must be free."""
    for port in [wanted] if wanted else random.sample(PORTS, 100):
        if _is_free(address, port):
            return port
    raise SandboxError(f"port {wanted} of {address} is in use" if wanted else "no free port found; give one with --port")


def libexec():
    for candidate in LIBEXEC:
        if (pathlib.Path(candidate) / "samba-dcerpcd").exists():
            return pathlib.Path(candidate)
    raise SandboxError(f"samba-dcerpcd is in none of {', '.join(LIBEXEC)}; scripts/setup installs samba")


def _needed(path, what):
    if not path.is_file():
        raise SandboxError(f"{path} ({what}) is missing; run scripts/setup, or name the build tree with --build-dir")
    return path


def agent_worker(options):
    """The program that serves the agent's interface."""
    if options.agent == "stock":
        return _needed(libexec() / "rpcd_fsrvp", "the distribution's agent")
    return _needed(options.build_dir / "rpc_plugin" / "rpcd_fss", "this build's agent")


def snapshot_helper(options):
    """The program that calls other modules' snapshot hooks."""
    return _needed(options.build_dir / "snap_helper" / "fss_snap_helper", "this build's snapshot helper")


def _module(directory, options):
    """This build's VFS module and what makes Samba find it; nothing where the shares do not use it."""
    if options.module != "fss":
        return None, [], {}
    module = _needed(options.build_dir / "vfs_module" / "fss.so", "this build's VFS module")
    finder = directory / "module_path.so"
    run(directory, ["cc", "-shared", "-fPIC", "-O2", "-o", finder, MODULE_PATH_SOURCE])
    return module, [finder], {"SAMBA_FSS_MODULE": str(module)}


def further_environment(directory, options, worker):
    """What the daemons need to work with this build."""
    module, finder, environment_of_module = _module(directory, options)
    helper = snapshot_helper(options) if options.agent == "fss" else None
    programs = [program for program in (worker, module, helper) if program]
    runtime, environment_of_runtime = sanitizers.prepare(directory, programs)
    bus = {"DBUS_SYSTEM_BUS_ADDRESS": snapper.bus_address(directory)} if snapper.is_set_up(directory) else {}
    preloaded = [*runtime, *os.environ.get("LD_PRELOAD", "").split(":"), *finder]
    return {**environment_of_module, **environment_of_runtime, **bus,
            "LD_PRELOAD": ":".join(str(x) for x in preloaded if x)}


def _start(directory, name, command, further_environment):
    with (directory / "log" / f"{name}.out").open("ab") as out:
        daemon = subprocess.Popen([str(word) for word in command], cwd=directory, stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=out, env={**environment(directory), **further_environment},
                                  start_new_session=True)
    return daemon.pid


def _commands(directory, conf, worker):
    """Each daemon's command, samba-dcerpcd's first: smbd finds its endpoints."""
    workers = [program for program in sorted(libexec().glob("rpcd_*")) if not program.name.startswith(AGENTS)]
    common = ["--foreground", "--no-process-group", "-s", conf, "-l", directory / "log"]
    return {
        "dcerpcd": ("samba-dcerpcd", [libexec() / "samba-dcerpcd", *common, worker, *workers]),
        "smbd": ("smbd", ["/usr/sbin/smbd", *common]),
    }


def start_bus(directory):
    """The system bus of the sandbox's snapperd; returns its pid by name."""
    pids = {"dbus": _start(directory, "dbus", snapper.bus_command(directory), {})}
    snapper.wait_for_bus(directory)
    return pids


def start(directory, conf, worker, further_environment, running=()):
    """Starts the daemons but those that run already; returns the pids of the started ones."""
    commands = _commands(directory, conf, worker)
    if "dcerpcd" not in running:
        _pipe(directory).unlink(missing_ok=True)  # of one that has ended
    return {key: _start(directory, name, command, further_environment)
            for key, (name, command) in commands.items() if key not in running}


def _wait(pids, deadline, what, attempt):
    """Repeats an attempt until it does not raise."""
    while True:
        try:
            return attempt()
        except SandboxError as error:
            if ended := processes.ended(pids):
                raise SandboxError(f"{what} does not come up: {ended} has ended") from None
            if time.monotonic() > deadline:
                raise SandboxError(f"{what} does not come up within {READY_SECONDS} s: {error}") from None
        time.sleep(0.02)


def _look_for_pipe(directory):
    if not _pipe(directory).exists():
        raise SandboxError(f"{_pipe(directory)} is missing")


def wait_until_ready(directory, conf, address, port, user, pids):
    """Returns when a client can list shares and reach the agent."""
    deadline = time.monotonic() + READY_SECONDS
    # samba-dcerpcd is the slowest; a client that comes too early costs more than a look.
    _wait(pids, deadline, "samba-dcerpcd", lambda: _look_for_pipe(directory))
    login = ["-s", conf, "-p", port, "-U", f"{user['user']}%{user['password']}"]
    listing = ["smbclient", *login, "-L", f"//{address}"]
    version = ["rpcclient", *login, f"ncacn_np:{address}[seal]", "-c", "fss_get_sup_version"]
    for what, command in (("smbd", listing), ("the agent", version)):
        _wait(pids, deadline, what, lambda: run(directory, command, seconds=max(1.0, deadline - time.monotonic())))


def log_tail(directory, lines=15):
    """The end of each log, for the report of a failure."""
    texts = []
    for log in sorted((directory / "log").glob("*")):
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:] if log.is_file() else []
        if tail:
            texts.append(f"--- {log.name}\n" + "\n".join(tail))
    return "\n".join(texts)
