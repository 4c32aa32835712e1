# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages, errors and commands."""

import os
import subprocess
import sys

# Set in the environment of every process of a sandbox, to its directory.
MARKER = "SAMBA_FSS_SANDBOX"

COMMAND_SECONDS = 60


class SandboxError(Exception):
    """What went wrong and what to do, in words for the person at the terminal."""


class Interrupted(BaseException):
    """A signal asks to give up; no step may take it for its own failure."""


def say(text):
    print(f"sandbox: {text}", file=sys.stderr, flush=True)


def environment(directory):
    """The environment for processes of the sandbox in that directory."""
    own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **own, MARKER: str(directory)}


def run(directory, command, text=None, seconds=COMMAND_SECONDS):
    """Runs a command to its end and returns its output; a failure raises."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, input=text or "", env=environment(directory), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False)
    except FileNotFoundError:
        raise SandboxError(f"{command[0]} is not installed; scripts/setup installs it") from None
    except subprocess.TimeoutExpired:
        raise SandboxError(f"{' '.join(command)} did not end within {seconds} s") from None
    if done.returncode != 0:
        output = (done.stderr + done.stdout).strip()
        raise SandboxError(f"{' '.join(command)} failed (exit {done.returncode}): {output}")
    return done.stdout
