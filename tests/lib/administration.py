# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl, as an administrator of a sandbox uses it."""

import contextlib
import dataclasses
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import time

SECONDS = 90
OK, FAILED, USAGE, NOT_FOUND, NO_PERMISSION, BUSY, UNUSABLE, DECLINED = range(8)
INTERRUPTED = 130


def text(set_id):
    """As fssctl writes ids."""
    return str(set_id).upper()


@dataclasses.dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"ended with {self.code}\nstdout:\n{self.out}\nstderr:\n{self.err}"


class Fssctl:
    """The build's fssctl over a sandbox's smb.conf."""

    def __init__(self, sandbox):
        started = json.loads((sandbox.dir / "start.json").read_text(encoding="utf-8"))
        self.program = pathlib.Path(started["worker"]).parents[1] / "fssctl" / "fssctl"
        self.options = ["-s", sandbox.conf, "-l", sandbox.description["log_dir"]]

    def command(self, *words):
        return [str(word) for word in (self.program, *self.options, *words)]

    def __call__(self, *words, code=OK):
        ended = self.attempt(*words)
        assert ended.code == code, f"fssctl {' '.join(map(str, words))} {ended}"
        return ended

    def attempt(self, *words, **options):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS, check=False, **options)
        return Ended(done.returncode, done.stdout, done.stderr)

    def json(self, *words, code=OK):
        return self(*words, "--json", code=code).json

    def sets(self):
        return {entry["id"]: entry for entry in self.json("list")["sets"]}

    def show(self, set_id):
        return self.json("show", set_id)["set"]

    @contextlib.contextmanager
    def running(self, *words):
        """A Popen of a command that goes on; ended by force with the block."""
        process = subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(SECONDS)
            process.stdout.close()
            process.stderr.close()

    def on_a_terminal(self, *words, answer="", columns=80, end=None, env=None):
        """Runs it on a terminal of that width. Returns code and output.

        end: a text, and the signal to send once it is printed.
        """
        main, side = pty.openpty()
        subprocess.run(["stty", "cols", str(columns), "rows", "40"], stdin=side, check=True)
        process = subprocess.Popen(self.command(*words), stdin=side, stdout=side, stderr=side,
                                   env={**os.environ, "NO_COLOR": "", **(env or {})}, start_new_session=True)
        os.close(side)
        if answer:
            os.write(main, f"{answer}\n".encode())
        try:
            return self._read(main, process, end)
        finally:
            os.close(main)

    @staticmethod
    def _read(main, process, end):
        output = b""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([main], [], [], 1)
            with contextlib.suppress(OSError):  # EIO: the other side is closed
                part = os.read(main, 65536) if ready else b""
                output += part
                if end and end[0].encode() in output:
                    os.kill(process.pid, end[1])
                    end = None
                if part or process.poll() is None:
                    continue
            if process.poll() is not None:
                return process.returncode, output.decode()
            time.sleep(0.05)
        process.kill()
        raise AssertionError(f"still running: {output.decode()}")


@contextlib.contextmanager
def serving(fssctl, path):
    """fssctl serve at that socket."""
    with fssctl.running("--socket", path, "serve") as process:
        deadline = time.monotonic() + SECONDS
        while not pathlib.Path(path).is_socket():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, "does not listen"
            time.sleep(0.02)
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == OK


def as_user(user, *groups, command):
    """A command line that runs another as a Unix user; groups: supplementary ones."""
    which = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return ["setpriv", "--reuid", user, "--regid", user, *which, "--", *map(str, command)]
