# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a sandbox's smb.conf while it runs."""

import contextlib
import pathlib


@contextlib.contextmanager
def also(sandbox, *lines):
    """[global] has these lines, too; the agent looks for changes itself."""
    conf = pathlib.Path(sandbox.conf)
    before = conf.read_text(encoding="utf-8")
    added = "".join(f"\t{line}\n" for line in lines)
    conf.write_text(before.replace("[global]\n", f"[global]\n{added}", 1), encoding="utf-8")
    try:
        yield
    finally:
        conf.write_text(before, encoding="utf-8")
