# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's guide as something that can be run.

A block that is to be run stands behind a comment with its name:

    <!-- run: install -->
    ```sh
    command
    ```
"""

import pathlib
import re

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "guide.md"
_BLOCK = re.compile(r"^<!-- run: ([a-z-]+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# From the package to the first shadow copy, in the guide's order.
FIRST_COPY = ("install", "operators", "configure", "reload", "create")


class Guide:
    """The marked blocks of the guide, by name."""

    def __init__(self, path=GUIDE):
        self.languages = {}
        self.blocks = {}
        for name, language, text in _BLOCK.findall(path.read_text(encoding="utf-8")):
            assert name not in self.blocks, f"{path}: two blocks are named {name}"
            self.blocks[name] = text
            self.languages[name] = language

    def commands(self, name):
        """The commands of a block; one may go over several lines."""
        assert self.languages[name] == "sh", name
        text = self.blocks[name].replace("\\\n", " ")
        return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def configuration(self, name):
        """The lines of a block for smb.conf, as (section, line)."""
        assert self.languages[name] == "ini", name
        section, lines = None, []
        for line in self.blocks[name].splitlines():
            if line.startswith("["):
                section = line.strip()
            elif line.strip():
                lines.append((section, line))
        return lines


def edit(text, lines):
    """smb.conf with lines put into the sections that it has."""
    for section, line in lines:
        assert f"{section}\n" in text, f"smb.conf has no {section}"
        text = text.replace(f"{section}\n", f"{section}\n{line}\n", 1)
    return text
