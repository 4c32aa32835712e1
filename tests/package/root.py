# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian in a directory: own network, processes and mounts, which all go with its first process."""

import os
import pathlib
import subprocess
import time

VOLUME_BYTES = 8 << 30  # sparse; a shadow copy asks for 1 GiB of room
SECONDS = 180

# The first process of the namespaces. What dies below it is reaped.
_FIRST = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""

_SETUP = """
set -e
mount --make-rprivate /
mount -t proc proc {root}/proc
mkdir -p {root}/srv/data
mount -t btrfs -o loop {image} {root}/srv/data
ip link set lo up
exec /usr/bin/python3 -c "$1"
"""

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb",
               "DEBIAN_FRONTEND": "noninteractive"}


class Done:
    """A command that has ended."""

    def __init__(self, command, done):
        self.command = command
        self.code = done.returncode
        self.output = done.stdout + done.stderr

    @property
    def ok(self):
        return self.code == 0

    def __str__(self):
        return f"$ {self.command}\n{self.output}exit code {self.code}"


class Root:
    """A root that commands can be run in, until it is closed."""

    def __init__(self, tarball, directory):
        self.path = directory / "root"
        self.path.mkdir()
        self.environment = dict(ENVIRONMENT)
        image = directory / "data.img"
        with image.open("xb") as file:
            file.truncate(VOLUME_BYTES)
        subprocess.run(["mkfs.btrfs", "--quiet", str(image)], check=True)
        subprocess.run(["tar", "-C", str(self.path), "-xpf", str(tarball)], check=True)
        self._unshare = subprocess.Popen(
            ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c",
             _SETUP.format(root=self.path, image=image), "sh", _FIRST], stdout=subprocess.PIPE, text=True)
        if self._unshare.stdout.readline() != "up\n":
            raise RuntimeError("the root's namespaces could not be made")
        children = pathlib.Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        self._first = children.read_text(encoding="ascii").split()[0]
        self.run("hostname fileserver")

    def close(self):
        """Ends all its processes; its mounts go with them."""
        self._unshare.kill()
        self._unshare.wait()

    def run(self, command, **options):
        """Runs a shell command as root; returns how it ended."""
        seconds = options.pop("seconds", SECONDS)
        environment = {**self.environment, **options.pop("environment", {})}
        done = subprocess.run(
            ["nsenter", "-t", self._first, "--mount", "--net", "--uts", "--pid", "chroot", str(self.path),
             "env", "-i", *(f"{name}={value}" for name, value in environment.items()), "sh", "-c", command],
            capture_output=True, text=True, timeout=seconds, check=False, cwd="/", stdin=subprocess.DEVNULL, **options)
        return Done(command, done)

    def must(self, command, **options):
        """Runs a command that has to succeed; returns its output."""
        done = self.run(command, **options)
        assert done.ok, str(done)
        return done.output

    def file(self, path):
        """A path in the root, as seen from outside; not below mounts."""
        return self.path / path.lstrip("/")

    def wait(self, command, seconds=20):
        """Runs a command until it succeeds."""
        deadline = time.monotonic() + seconds
        while not (done := self.run(command)).ok:
            assert time.monotonic() < deadline, str(done)
            time.sleep(0.2)
        return done.output

    def listing(self):
        """All files and links, and directories, but what runs change in a system by itself."""
        changing = {"proc", "sys", "dev", "run", "tmp", "srv", "var/lib/dpkg", "var/lib/apt", "var/lib/samba",
                    "var/cache", "var/log"}
        found = set()
        for directory, names, files in os.walk(self.path):
            here = pathlib.Path(directory).relative_to(self.path)
            names[:] = [name for name in names if str(here / name) not in changing]
            found.update(str(here / name) for name in (*names, *files))
        return found

    def named(self, *words):
        """Whatever there is, anywhere, that has one of the words in its name; what apt keeps is left out."""
        matches = " -o ".join(f"-iname '*{word}*'" for word in words)
        return self.must(f"find / -xdev \\( -path /proc -o -path /var/cache/apt -o -path /tmp \\) -prune "
                         f"-o \\( {matches} \\) -print").split()
