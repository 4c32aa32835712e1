# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox as tests use it: up and down, Samba's own clients, logs."""

import dataclasses
import json
import os
import pathlib
import re
import secrets
import subprocess
import tempfile
import types

import fsrvp

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "sandbox"
# Where sandboxes are made: every user may enter it, and paths stay short.
BASE = "/tmp"
MEMORY = "/dev/shm"
MEMORY_BYTES = 4 << 30
CLIENT_SECONDS = 60
SCRIPT_SECONDS = 120

GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


@dataclasses.dataclass(repr=False)
class Done:
    """A finished command; output has stdout and stderr together."""
    command: str
    code: int | None
    output: str

    @property
    def ok(self):
        return self.code == 0

    def __str__(self):
        return f"{self.command} ended with {self.code}:\n{self.output}"


def run(command, seconds=CLIENT_SECONDS, text=None, cwd="/"):
    """Runs a command; one that hangs is a failed one with code None."""
    command = [str(word) for word in command]
    env = {**os.environ, "PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, input=text or "", env=env, cwd=cwd, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False)
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as hung:
        code, output = None, f"{(hung.stdout or b'').decode(errors='replace')}\nstill running after {seconds} s"
    return Done(" ".join(command), code, output)


def checked(command, **options):
    done = run(command, **options)
    assert done.ok, str(done)
    return done.output


def samba_minor():
    """Of the installed Samba, 4.minor."""
    return int(re.match(r"Version 4\.(\d+)", checked(["smbd", "-V"]))[1])


def sandbox_script(*words):
    """Runs scripts/sandbox; .stdout and .stderr apart."""
    return subprocess.run([str(SCRIPT), *map(str, words)], capture_output=True, text=True,
                          timeout=SCRIPT_SECONDS, check=False)


def roomy_memory():
    """A directory in memory for sandboxes, or None where it may not do for those of a test run.

    Their tests make thousands of sets, and with each one Samba and the agent wait for the disk many times.
    """
    try:
        room = os.statvfs(MEMORY)
    except OSError:
        return None
    roomy = room.f_bavail * room.f_frsize >= MEMORY_BYTES and not room.f_flag & os.ST_NOEXEC
    return MEMORY if os.path.ismount(MEMORY) and roomy else None


def new_directory():
    path = pathlib.Path(tempfile.mkdtemp(prefix="fss-e2e-", dir=BASE))
    path.chmod(0o755)
    return path


def state_database(directory):
    """The agent's state as it is in this boot; once that is gone, as it is on disk."""
    return next((directory / "lock").glob("fss-*.tdb"), directory / "state" / "fss.tdb")


def forget_this_boot(directory):
    """As when the machine goes down; the agent must have ended."""
    for path in (directory / "lock").glob("fss-*.tdb"):
        path.unlink()


class Sandbox:
    """A running sandbox. Its JSON's members are attributes, users are tuples."""

    def __init__(self, description):
        self.description = description
        self.dir = pathlib.Path(description["dir"])
        self.host = description["host"]
        self.port = description["port"]
        self.conf = description["conf"]
        self.agent = description["agent"]
        self.rpcd = description["rpcd"]
        self.pids = description["pids"]
        self.admin = (description["admin"]["user"], description["admin"]["password"])
        self.nobody = (description["nobody"]["user"], description["nobody"]["password"])
        self.shares = {share["name"]: types.SimpleNamespace(name=share["name"], path=pathlib.Path(share["path"]),
                                                            volume=pathlib.Path(share["volume"]))
                       for share in description["shares"]}

    @classmethod
    def up(cls, *options):
        directory = new_directory()
        done = sandbox_script("up", "--dir", directory, *options)
        if done.returncode != 0:
            directory.rmdir()
            raise AssertionError(f"sandbox up {' '.join(options)} failed:\n{done.stderr}")
        return cls(json.loads(done.stdout))

    def down(self):
        """Fails also for what sanitizers have found; then all is cleared nevertheless."""
        done = sandbox_script("down", "--dir", self.dir)
        if not any(self.dir.iterdir()):
            self.dir.rmdir()
        assert done.returncode == 0, done.stderr

    def exchange(self, *options):
        """Goes on with another agent; options are those of scripts/sandbox restart."""
        done = sandbox_script("restart", "--dir", self.dir, *options)
        assert done.returncode == 0, done.stderr
        self.__init__(json.loads(done.stdout))

    # --------------------------------------------------------------- names --

    def unc(self, share, backslash=False):
        return f"\\\\{self.host}\\{share}" + ("\\" if backslash else "")

    @property
    def volumes(self):
        return sorted({share.volume for share in self.shares.values()})

    # ------------------------------------------------------------- clients --

    def client(self, user=None, **options):
        """An fsrvp.Client; use it in a with block."""
        return fsrvp.Client(self.host, self.port, *(user or self.admin), **options)

    def connect(self, share, user=None, **options):
        """An fsrvp.SmbShare; use it in a with block."""
        return fsrvp.connect(self.host, self.port, *(user or self.admin), share, **options)

    def _login(self, user):
        return ["-s", self.conf, "-p", self.port, "-U", "%".join(user or self.admin)]

    def rpcclient(self, *commands, user=None, binding="sign", seconds=CLIENT_SECONDS):
        return run(["rpcclient", *self._login(user), f"ncacn_np:{self.host}[{binding}]", "-c", ";".join(commands)],
                   seconds=seconds)

    def smbclient(self, share, *commands, user=None):
        return run(["smbclient", *self._login(user), f"//{self.host}/{share}", "-c", ";".join(commands)])

    def listed_shares(self, user=None):
        """Names of the disk shares that a browsing client sees."""
        output = checked(["smbclient", *self._login(user), "--grepable", "-L", f"//{self.host}"])
        return [line.split("|")[1] for line in output.splitlines() if line.startswith("Disk|")]

    def smbtorture(self, *tests, options=(), user=None, target=None, seconds=CLIENT_SECONDS):
        """target: a binding, or //HOST/SHARE."""
        return run(["smbtorture", *self._login(user), *options, target or f"ncacn_np:{self.host}[sign]", *tests],
                   seconds=seconds, cwd=self.dir)  # it leaves directories where it runs

    # ------------------------------------------------------ administration --

    def net(self, *words):
        return checked(["net", "-s", self.conf, *words])

    def add_user(self, name):
        """A Samba user for a Unix user that exists."""
        password = secrets.token_hex(12)
        checked(["pdbedit", "-s", self.conf, "-a", "-t", "-u", name], text=f"{password}\n{password}\n")
        return name, password

    def sid(self, user):
        """A user's SID: sharesec takes no bare names."""
        return re.search(r"^User SID: *(\S+)$", checked(["pdbedit", "-s", self.conf, "-v", user[0]]), re.MULTILINE)[1]

    def add_registry_share(self, name, path, **parameters):
        """parameters: smb.conf's, with _ for blanks but in parametric ones; the module's by default."""
        defaults = {"vfs_objects": self.parameter("vfs objects")}
        self.net("conf", "addshare", name, path, "writeable=y", "guest_ok=n")
        for key, value in {**defaults, **parameters}.items():
            self.net("conf", "setparm", name, key if ":" in key else key.replace("_", " "), value)

    def parameter(self, name, share="share1"):
        """A parameter of a share in smb.conf, as it was written last."""
        section = pathlib.Path(self.conf).read_text(encoding="utf-8").partition(f"[{share}]\n")[2].partition("\n[")[0]
        values = re.findall(rf"^\s*{re.escape(name)} = (.*)$", section, re.MULTILINE)
        return values[-1] if values else ""

    def registry_shares(self):
        return [line for line in self.net("conf", "listshares").splitlines() if line != "global"]

    def definition(self, share):
        """A registry share's parameters."""
        lines = self.net("conf", "showshare", share).splitlines()
        parts = (line.strip().partition(" =") for line in lines)  # of an empty value nothing follows
        return {name: value.strip() for name, sign, value in parts if sign}

    # ---------------------------------------------------------------- logs --

    def log(self):
        """All logs of the daemons and workers."""
        files = sorted(pathlib.Path(self.description["log_dir"]).glob("*"))
        return "\n".join(f"--- {file.name}\n{file.read_text(encoding='utf-8', errors='replace')}"
                         for file in files if file.is_file() and file.stat().st_size)

    def log_line(self, pattern):
        """Whether a line of the logs matches; the pattern ignores case."""
        return any(re.search(pattern, line, re.IGNORECASE) for line in self.log().splitlines())
