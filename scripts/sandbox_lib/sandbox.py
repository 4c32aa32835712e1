# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox: up, down, restart, status."""

import concurrent.futures
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import time
import types

from . import accounts, configuration, daemons, processes, sanitizers, snapper, volumes
from .common import SandboxError, say

# Says that a directory is a sandbox's and may be emptied; last to go.
MARK = ".samba-fss-sandbox"
DESCRIPTION = "sandbox.json"
# How the daemons were started, for restart.
START = "start.json"
# A Unix socket's path has 107 characters; ncalrpc/np/InitShutdown needs 27.
MAX_PATH = 75
LOCK_SECONDS = 120


@dataclasses.dataclass
class Options:
    """What `up` was asked for."""
    agent: str
    module: str
    shares: int
    volumes: int
    volume_bytes: int
    xfs_volumes: int
    port: int | None
    build_dir: pathlib.Path
    global_parameters: list
    share_parameters: list
    provider: str = "btrfs"
    address: str = "127.0.0.1"


class Sandbox:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()

    # ------------------------------------------------------------ commands --

    def up(self, options):
        """Starts the sandbox and returns its JSON; cleans up if that fails."""
        self._require_root()
        self._check_path()
        os.umask(0o022)
        made = not self.directory.exists()
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._lock():
            self._claim()
            try:
                return self._start(options)
            except BaseException as error:
                if isinstance(error, SandboxError) and (tail := daemons.log_tail(self.directory)):
                    say(f"the ends of the logs:\n{tail}")
                if found := self._clear():
                    say(found)
                if made:
                    self.directory.rmdir()
                raise

    def down(self, patience=volumes.UNMOUNT_SECONDS):
        """Ends the sandbox, whatever state it is in. patience: in seconds, with volumes that are in use."""
        if not self.directory.exists():
            return
        self._require_root()
        with self._lock():
            if (self.directory / MARK).exists():
                if found := self._clear(patience):
                    raise SandboxError(found)
            elif any(self.directory.iterdir()):
                raise SandboxError(f"{self.directory} is no sandbox: it has no {MARK}; nothing was touched")

    def restart(self, agent=None, build_dir=None, wait=True):
        """Starts what is dead again, with the same smb.conf, and returns the JSON.

        agent: to end all first, and go on with this one.
        """
        self._require_root()
        os.umask(0o022)
        with self._lock():
            description = json.loads(self._description())
            if agent:
                description |= self._exchange(agent, build_dir)
            pids = description["pids"]
            if dead := processes.dead(pids):
                say(f"starting {' and '.join(dead)} again")
            how = json.loads((self.directory / START).read_text(encoding="utf-8"))
            running = [name for name in pids if name not in dead]
            if "dbus" in dead:
                (self.directory / "snapper" / "bus").unlink(missing_ok=True)
                pids |= daemons.start_bus(self.directory)
            pids |= daemons.start(self.directory, description["conf"], pathlib.Path(how["worker"]), how["environment"],
                                  running)
            if wait:
                daemons.wait_until_ready(self.directory, description["conf"], description["host"], description["port"],
                                         description["admin"], pids)
            return self._describe(description)

    def _exchange(self, agent, build_dir):
        """Ends all, and has the next start bring another agent; returns what the JSON says of it."""
        how = types.SimpleNamespace(agent=agent, build_dir=build_dir, module="fss" if agent == "fss" else "btrfs")
        worker = daemons.agent_worker(how)
        environment = daemons.further_environment(self.directory, how, worker)
        processes.end_all(self.directory)
        self._remember(worker, environment)
        return {"agent": agent, "rpcd": worker.name}

    def _remember(self, worker, environment):
        (self.directory / START).write_text(json.dumps({"worker": str(worker), "environment": environment}),
                                            encoding="utf-8")

    def status(self):
        description = self._description()
        if ended := processes.ended(json.loads(description)["pids"]):
            raise SandboxError(f"{ended} of the sandbox in {self.directory} has ended; "
                               "start it again with: sandbox restart, or clear it with: sandbox down")
        return description

    def _description(self):
        try:
            return (self.directory / DESCRIPTION).read_text(encoding="utf-8").rstrip("\n")
        except OSError:
            raise SandboxError(f"no sandbox is up in {self.directory}") from None

    # --------------------------------------------------------------- steps --

    @staticmethod
    def _require_root():
        if os.geteuid() != 0:
            raise SandboxError("root is needed to mount file systems and to run smbd")

    def _check_path(self):
        if len(str(self.directory)) > MAX_PATH:
            raise SandboxError(f"{self.directory} is too long for Unix sockets; at most {MAX_PATH} characters will do")
        for parent in self.directory.parents:
            if parent.exists() and not parent.stat().st_mode & 0o001:
                raise SandboxError(f"{parent} may not be entered by every user, so no share below it could be used")

    @contextlib.contextmanager
    def _lock(self):
        """One command at a time for each directory; ends with the process."""
        fd = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        deadline = time.monotonic() + LOCK_SECONDS
        try:
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise SandboxError(f"another sandbox command is at work in {self.directory}") from None
                    time.sleep(0.1)
            yield
        finally:
            os.close(fd)

    def _claim(self):
        if (self.directory / MARK).exists():
            raise SandboxError(f"{self.directory} has a sandbox already; end it with: sandbox down")
        if any(self.directory.iterdir()):
            raise SandboxError(f"{self.directory} is not empty; a sandbox needs a directory of its own")
        (self.directory / MARK).touch()
        self.directory.chmod(0o755)

    def _start(self, options):
        worker = daemons.agent_worker(options)
        pids = {}
        if options.provider == "snapper":
            snapper.set_up(self.directory)
        environment = daemons.further_environment(self.directory, options, worker)
        port = daemons.choose_port(options.address, options.port)
        configuration.create_directories(self.directory)
        shares = self._planned_shares(options)
        conf = configuration.write(self.directory, port, shares, options)
        with concurrent.futures.ThreadPoolExecutor() as pool:  # both wait for the disk more than they work
            users = pool.submit(self._create_users, conf)
            xfs = self._create_volumes(options, shares)
            if options.provider == "snapper":
                say("starting a system bus, and configuring snapper for each share")
                pids = daemons.start_bus(self.directory)
                snapper.create_configurations(self.directory, shares)
            admin, nobody = users.result()
        say(f"starting samba-dcerpcd with {worker.name}, and smbd on {options.address}:{port}")
        self._remember(worker, environment)
        pids |= daemons.start(self.directory, conf, worker, environment)
        daemons.wait_until_ready(self.directory, conf, options.address, port, admin, pids)
        further = {"xfs_volumes": xfs} if xfs else {}
        return self._describe({
            **further,
            "dir": str(self.directory),
            "agent": options.agent,
            "provider": options.provider,
            "host": options.address,
            "port": port,
            "conf": str(conf),
            "admin": admin,
            "nobody": nobody,
            "shares": shares,
            "pids": pids,
            "rpcd": worker.name,
            "lock_dir": str(self.directory / "lock"),
            "log_dir": str(self.directory / "log"),
        })

    def _create_users(self, conf):
        accounts.create_unix_users(self.directory)
        return accounts.create_samba_users(self.directory, conf)

    def _planned_shares(self, options):
        """The shares in turn on the volumes; none is there yet."""
        volume_of = [volumes.mount_point(self.directory, f"volume{number % options.volumes + 1}")
                     for number in range(options.shares)]
        return [{"name": f"share{number}", "path": str(volume / f"share{number}"), "volume": str(volume)}
                for number, volume in enumerate(volume_of, start=1)]

    def _create_volumes(self, options, shares):
        """Makes the volumes, and the shares' subvolumes; returns the mount points of the xfs ones."""
        volumes.require(self.directory, "btrfs")
        if options.xfs_volumes:
            volumes.require(self.directory, "xfs")
        volumes.prepare_loop_nodes(options.volumes + options.xfs_volumes)
        say(f"making {options.volumes} btrfs volume(s) and {options.shares} share(s) in {self.directory}")
        for number in range(options.volumes):
            volumes.create(self.directory, number + 1, options.volume_bytes)
        for share in shares:
            volumes.create_subvolume(self.directory, pathlib.Path(share["path"]))
        return [str(volumes.create_xfs(self.directory, number + 1, options.volume_bytes))
                for number in range(options.xfs_volumes)]

    def _describe(self, description):
        text = json.dumps(description)
        path = self.directory / DESCRIPTION
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
        return text

    def _clear(self, patience=volumes.UNMOUNT_SECONDS):
        """Ends, unmounts, detaches and removes all but the directory itself.

        Returns what sanitizers have found, which is complete once the processes have ended.
        """
        processes.end_all(self.directory)
        reports = sanitizers.reports(self.directory)
        volumes.release_all(self.directory, patience)
        for entry in self.directory.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != MARK:
                entry.unlink()
        (self.directory / MARK).unlink(missing_ok=True)
        return f"all is cleared, but sanitizers have found something:\n{reports}" if reports else ""
