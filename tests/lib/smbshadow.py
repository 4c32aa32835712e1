# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow, as a user of sandboxes runs it."""

import json
import os
import pathlib
import subprocess
import time

import leftovers
from harness import ROOT, Done, checked

SECONDS = 90


def program(build_dir):
    return pathlib.Path(build_dir or ROOT / "build").resolve() / "requester" / "smbshadow"


class Smbshadow:
    """Runs the command with a catalog of its own, as the admin of a sandbox."""

    def __init__(self, sandbox, build_dir, directory):
        self.sandbox = sandbox
        self.program = program(build_dir)
        self.directory = pathlib.Path(directory)
        self.catalog = self.directory / "catalog.json"
        self.login = self.credentials("admin", *sandbox.admin)

    def credentials(self, name, user, password):
        """Options for another user, whose password is in no process's arguments."""
        file = self.directory / f"{name}.login"
        file.write_text(f"username = {user}\npassword = {password}\n", encoding="utf-8")
        return ["-A", str(file)]

    def command(self, *words, login=None):
        return [str(self.program), "-s", self.sandbox.conf, "-p", str(self.sandbox.port), "--catalog",
                str(self.catalog), *(self.login if login is None else login), *map(str, words)]

    def __call__(self, *words, login=None, seconds=SECONDS, **environment):
        """Returns a Done, whose .out is stdout alone."""
        command = self.command(*words, login=login)
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, cwd=self.directory,
                              stdin=subprocess.DEVNULL, env=environment_of(environment))
        result = Done(" ".join(command), done.returncode, done.stdout + done.stderr)
        result.out = done.stdout
        return result

    def start(self, *words, **environment):
        """A running smbshadow with -v; see phases()."""
        return subprocess.Popen(self.command("-v", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, cwd=self.directory, env=environment_of(environment))

    def ok(self, *words, **options):
        done = self(*words, **options)
        assert done.ok, str(done)
        return done

    def json(self, *words, **options):
        return json.loads(self.ok("--json", *words, **options).out)

    def create(self, *words, **options):
        return self.json("create", *words, **options)["set"]

    def listed(self):
        return self.json("list")["sets"]


def environment_of(further):
    return {**os.environ, "PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "LC_ALL": "C.UTF-8", **further}


def wait_for_phase(process, phase):
    """Reads on until the process says that a phase begins; False: it has ended."""
    for line in process.stderr:
        if line.startswith(f"smbshadow: {phase}"):
            return True
    return False


def finish(process, seconds=SECONDS):
    out, err = process.communicate(timeout=seconds)
    return Done(" ".join(process.args), process.returncode, out + err)


def soon(holds, seconds=60):
    """Whether it comes to hold."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def nothing_left(sandbox, seconds=60):
    """What was made goes, if need be after the command's end."""
    assert soon(lambda: not leftovers.find(sandbox), seconds), str(leftovers.find(sandbox))


def same_password(first, second):
    """The second sandbox's admin gets the first one's password."""
    user, password = first.admin
    checked(["smbpasswd", "-c", second.conf, "-s", "-a", user], text=f"{password}\n{password}\n")
    second.admin = first.admin


def children_of_smbd(sandbox):
    """Its processes for clients, and some of its own."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(sandbox.pids["smbd"]):
            found.append(int(status.parent.name))
    return found
