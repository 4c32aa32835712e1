# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine can run tests on real file systems."""

import os
import pathlib
import subprocess

MARK = "SKIPPED FOR LACK OF A REAL FILE SYSTEM"


def _has_btrfs():
    if "btrfs" in pathlib.Path("/proc/filesystems").read_text(encoding="ascii").split():
        return True
    return subprocess.run(["modprobe", "btrfs"], capture_output=True, timeout=30, check=False).returncode == 0


def missing():
    """What is missing, or None."""
    if os.geteuid() != 0:
        return "root is needed"
    try:
        has_btrfs = _has_btrfs()
    except OSError:
        has_btrfs = False
    return None if has_btrfs else "this kernel has no btrfs"
