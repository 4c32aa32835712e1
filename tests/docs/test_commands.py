# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command's --help says, its manual names and its completion offers."""

import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SAMBA_FSS_BUILD_DIR", TOP / "build"))
PROGRAMS = {"fssctl": BUILD / "fssctl" / "fssctl", "smbshadow": BUILD / "requester" / "smbshadow"}
MANUALS = {"fssctl": TOP / "docs" / "man" / "fssctl.8.rst", "smbshadow": TOP / "docs" / "man" / "smbshadow.1.rst"}


def help_of(program, *words):
    return subprocess.run([PROGRAMS[program], *words, "--help"], check=True, capture_output=True, text=True,
                          timeout=20).stdout


def options(text):
    return set(re.findall(r"^ +(?:-\w,)?\s*(--[a-z][a-z-]*)", text, re.MULTILINE)) - {"--help"}


def subcommands(program):
    return re.findall(r"^  ([a-z]+) ", re.split("subcommands:", help_of(program), flags=re.IGNORECASE)[-1], re.MULTILINE)


CASES = [(program, command) for program, path in PROGRAMS.items() if path.exists() for command in subcommands(program)]


def completed(program, *words):
    """What bash offers for the last word."""
    script = """
        source /usr/share/bash-completion/bash_completion
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "_$1"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    file, = TOP.glob(f"*/{program}.bash-completion")
    done = subprocess.run(["bash", "-c", script, "bash", file, program, *words], check=False, capture_output=True,
                          text=True, timeout=20)
    return set(done.stdout.split())


@pytest.mark.parametrize("program", PROGRAMS)
def test_there_are_commands(program):
    assert [command for name, command in CASES if name == program]


@pytest.mark.parametrize("program, command", CASES)
def test_the_manual_has_the_command_with_its_options(program, command):
    manual = MANUALS[program].read_text(encoding="utf-8")
    assert f"**{command}**" in manual
    assert not [option for option in options(help_of(program, command)) if f"**{option}**" not in manual]


@pytest.mark.parametrize("program, command", CASES)
def test_bash_completes_the_command_and_its_options(program, command):
    assert command in completed(program, command[:2])
    assert options(help_of(program, command)) <= completed(program, command, "--")
