# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares whose own VFS modules make snapshots: vfs_shell_snap on xfs, vfs_btrfs."""

import os
import pathlib
import time

SECONDS = 30

# The copies lie on the same file system, and share their blocks with the share's.
CREATE = """#!/bin/sh
set -e
hooks=$(dirname "$0")
if [ -e "$hooks/create-fails" ]; then exit 1; fi
if [ -e "$hooks/create-waits" ]; then
    touch "$hooks/create-began"
    while [ -e "$hooks/create-waits" ]; do sleep 0.05; done
fi
copies=$(dirname "$1")/.copies
mkdir -p -m 0711 "$copies"
copy=$(mktemp -d "$copies/XXXXXXXX")
chmod 0711 "$copy"
cp --reflink=always -a "$1" "$copy/snapshot"
echo "$copy/snapshot"
"""
DELETE = """#!/bin/sh
hooks=$(dirname "$0")
if [ -e "$hooks/delete-fails" ]; then exit 1; fi
rm -rf "$(dirname "$2")"
"""
CHECK = """#!/bin/sh
[ -d "$1" ] && [ ! -e "$(dirname "$0")/check-fails" ]
"""


class Hooks:
    """The scripts of a sandbox's vfs_shell_snap, and what makes them fail or wait."""

    def __init__(self, sandbox):
        self.directory = pathlib.Path(sandbox.dir) / "hooks"
        self.directory.mkdir(exist_ok=True)
        for name, text in (("create", CREATE), ("delete", DELETE), ("check", CHECK)):
            script = self.directory / name
            script.write_text(text, encoding="ascii")
            script.chmod(0o755)

    def set(self, what):
        (self.directory / what).touch()

    def clear(self, what=None):
        for name in [what] if what else ("create-fails", "create-waits", "create-began", "delete-fails", "check-fails"):
            (self.directory / name).unlink(missing_ok=True)

    def began(self, seconds=SECONDS):
        """Waits until the script that makes a snapshot runs, and waits."""
        deadline = time.monotonic() + seconds
        while not (self.directory / "create-began").exists():
            assert time.monotonic() < deadline, f"no snapshot is begun within {seconds} s"
            time.sleep(0.02)


def add_xfs_share(sandbox, name, modules="shell_snap", **parameters):
    """A share in a directory of the sandbox's xfs volume; returns its path."""
    path = pathlib.Path(sandbox.description["xfs_volumes"][0]) / name
    path.mkdir(exist_ok=True)
    path.chmod(0o777)
    hooks = Hooks(sandbox)
    sandbox.add_registry_share(name, path, vfs_objects=modules)
    for hook in ("check path", "create", "delete"):
        sandbox.net("conf", "setparm", name, f"shell_snap:{hook} command", str(hooks.directory / hook.split()[0]))
    for key, value in parameters.items():
        sandbox.net("conf", "setparm", name, key.replace("_", " "), value)
    return path


def copies(sandbox):
    """What the scripts have made and not deleted."""
    found = []
    for volume in sandbox.description["xfs_volumes"]:
        found += [str(path) for path in pathlib.Path(volume).glob(".copies/*")]
    return found


def pids(sandbox, program):
    """Processes of the sandbox that run this program."""
    marker = f"SAMBA_FSS_SANDBOX={sandbox.dir}".encode()
    found = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (os.path.basename(os.readlink(process / "exe")) == program
                    and marker in (process / "environ").read_bytes().split(b"\0")):
                found.add(int(process.name))
        except OSError:
            continue  # ended meanwhile
    return found
