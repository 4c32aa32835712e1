# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables in docs/performance.md, each written by the benchmark that measures it."""

import os
import pathlib
import platform
import subprocess

PATH = pathlib.Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def machine():
    """What the figures were seen on, as part of a sentence."""
    version = subprocess.run(["/usr/sbin/smbd", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{version.replace('Version', 'Samba')}, kernel {platform.release()}, {os.cpu_count()} cores"


def put(name, lines, command):
    """Replaces the section between the marks of that name, which must be there."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = PATH.read_text(encoding="utf-8")
    before, mark, rest = text.partition(begin)
    assert mark and end in rest, f"{PATH} has no place for '{name}'"
    section = "\n".join([begin, "", *lines, "", f"    {command}", "", end])
    PATH.write_text(before + section + rest.partition(end)[2], encoding="utf-8")
