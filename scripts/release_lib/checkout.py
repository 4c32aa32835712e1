# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of what belongs to this source, without what was built of it."""

import filecmp
import os
import pathlib
import shutil
import subprocess


def _files(top):
    if (top / ".git").exists():
        listed = subprocess.run(["git", "-c", f"safe.directory={top}", "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], cwd=top, check=True, capture_output=True).stdout
        return {pathlib.Path(os.fsdecode(name)) for name in listed.split(b"\0") if name}
    return {path.relative_to(top) for path in top.rglob("*")
            if not path.is_dir() and not path.relative_to(top).parts[0].startswith("build")}


def _is_same(path, copy):
    if path.is_symlink() or copy.is_symlink():
        return path.is_symlink() and copy.is_symlink() and os.readlink(path) == os.readlink(copy)
    return copy.exists() and path.stat().st_mode == copy.stat().st_mode and filecmp.cmp(path, copy, shallow=False)


def copy_checkout(top, target):
    """Brings a copy up to date. Files that are the same keep their times, for what was compiled of them; others get
    the present one, however old they are."""
    wanted = {name for name in _files(top) if os.path.lexists(top / name)}
    list_file = target / ".copied"
    before = {pathlib.Path(line) for line in list_file.read_text().splitlines()} if list_file.exists() else set()
    for name in before - wanted:
        (target / name).unlink(missing_ok=True)
    for name in sorted(wanted):
        path, copy = top / name, target / name
        if not _is_same(path, copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copy(path, copy, follow_symlinks=False)
    list_file.write_text("".join(f"{name}\n" for name in sorted(wanted)))
