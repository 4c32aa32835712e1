# SPDX-License-Identifier: GPL-3.0-or-later
"""The code's table of options, the manual, docs/options.md and the example say the same."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SAMBA_FSS_BUILD_DIR", TOP / "build"))
TOOL = BUILD / "tests" / "tools" / "option-table"
EXAMPLE = TOP / "packaging" / "examples" / "smb.conf"
# Set by the agent, for its own use; docs/options.md and vfs_fss(8) say so.
INTERNAL = {"snapshot", "volume", "base path", "as loaded by the agent"}
# Read by a shim of Samba's, which takes any value.
ANY_TEXT = {"snapshot helper"}


@dataclasses.dataclass(frozen=True)
class Manual:
    """What samba-fss(7) says of an option."""
    share: bool
    values: str
    default: str
    example: str


def _table():
    rows = json.loads(subprocess.run([TOOL], check=True, capture_output=True, text=True).stdout)
    return {row["name"]: row for row in rows}


def _manual():
    text = (TOP / "docs" / "man" / "samba-fss.7.rst").read_text(encoding="utf-8")
    entry = re.compile(r"^``fss:([^`]+)`` \((share|global)\)\n((?:    .*\n|\n)+)", re.MULTILINE)
    found = {}
    for name, where, body in entry.findall(text):
        lines = dict(re.findall(r"^    \| (Values|Default|Example): (.*)$", body, re.MULTILINE))
        assert name not in found and set(lines) == {"Values", "Default", "Example"}, name
        found[name] = Manual(where == "share", lines["Values"], lines["Default"], lines["Example"])
    return found


def _page():
    text = (TOP / "docs" / "options.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `fss:([^`]+)` \| ?(.*?) \| (global|share) \| ", text, re.MULTILINE)
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: (default, where == "share") for name, default, where in rows}


TABLE, MANUAL, PAGE = _table(), _manual(), _page()


def plain(text):
    """Without the marks of reST and Markdown."""
    return text.replace("``", "").replace("`", "").strip()


def understood(name, value):
    """Whether the code takes a value of an option."""
    if name in ANY_TEXT:
        return value.startswith("/")
    code = subprocess.run([TOOL, name, value], capture_output=True, check=False).returncode
    assert code in (0, 1), f"nobody reads fss:{name}"
    return code == 0


def test_the_manual_and_the_page_have_the_options_of_the_table():
    assert set(MANUAL) == set(TABLE)
    assert set(PAGE) == set(TABLE)


def test_every_option_that_is_read_anywhere_is_in_the_table():
    read = re.compile(r'(?:"fss",|FSS_MODULE,|\b(?:raw|flag|number)\()\s*"([a-z][a-z -]*)"')
    sources = [path for folder in ("core", "samba", "rpc_plugin", "snap_helper", "vfs_module", "snapper_backend",
                                   "fssctl", "requester")
               for path in (TOP / folder).rglob("*.c*") if not path.stem.endswith("Test")]
    names = {name for path in sources for name in read.findall(path.read_text(encoding="utf-8"))}
    assert len(names) > 10
    assert names - INTERNAL <= set(TABLE)
    assert set(TABLE) <= names


@pytest.mark.parametrize("name", TABLE)
def test_it_stands_where_they_say(name):
    assert MANUAL[name].share == PAGE[name][1] == TABLE[name]["share"]


@pytest.mark.parametrize("name", TABLE)
def test_they_name_one_default(name):
    default = TABLE[name]["default"]
    if default:
        assert plain(MANUAL[name].default) == plain(PAGE[name][0]) == default
    else:
        # what happens then is told in words
        assert "``" not in MANUAL[name].default
        assert not re.fullmatch(r"`[^`]*`", PAGE[name][0])


@pytest.mark.parametrize("name", TABLE)
def test_the_manuals_example_is_understood(name):
    option, value = re.fullmatch(r"``fss:([^=]+) = (.+)``", MANUAL[name].example).groups()
    assert option == name and value != TABLE[name]["default"]
    assert understood(name, value)


@pytest.mark.parametrize("name", TABLE)
def test_the_values_of_the_manual_are_those_of_the_code(name):
    values = MANUAL[name].values
    literals = re.findall(r"``([^`]+)``", values)
    if span := re.fullmatch(r"``(\d+)`` to ``(\d+)``", values):
        least, most = map(int, span.groups())
        assert understood(name, str(least)) and understood(name, str(most))
        assert not understood(name, str(least - 1)) and not understood(name, str(2 ** 32))
    elif values == ", ".join(f"``{literal}``" for literal in literals):
        assert all(understood(name, literal) for literal in literals)
        assert not understood(name, "something else")
        assert TABLE[name]["default"] in literals
    elif name == "min free":
        assert all(understood(name, value) for value in ("0", "1048575T", "0%", "100%"))
        assert not any(understood(name, value) for value in ("1048576T", "101%", "much"))
    else:
        assert not literals, f"nothing checks: {values}"


def test_the_example_has_every_option_once_and_is_understood():
    lines = re.findall(r"^;?\tfss:([^=]+) = (.+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in lines) == sorted(TABLE)
    assert all(understood(name, value) for name, value in lines)


def test_the_example_shows_the_defaults():
    lines = dict(re.findall(r"^;?\tfss:([^=]+) = (.+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    told = {name: row["default"] for name, row in TABLE.items() if row["default"] and name != "snapshot helper"}
    assert {name: lines[name] for name in told} == told


def test_the_examples_options_stand_where_they_may():
    text = EXAMPLE.read_text(encoding="utf-8")
    in_global = re.findall(r"^;?\tfss:([^=]+) = ", text.partition("[data]")[0], re.MULTILINE)
    assert sorted(in_global) == sorted(name for name, row in TABLE.items() if not row["share"])


def test_samba_reads_the_example(tmp_path):
    conf = tmp_path / "smb.conf"
    conf.write_text(EXAMPLE.read_text(encoding="utf-8").replace("\n;\t", "\n\t"), encoding="utf-8")
    done = subprocess.run(["testparm", "-s", conf], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    for name in TABLE:
        assert f"\tfss:{name} = " in done.stdout, done.stdout


@pytest.mark.parametrize("page", sorted((TOP / "docs" / "man").glob("*.rst")), ids=lambda page: page.stem)
def test_every_manual_refers_to_manuals_that_are_there(page):
    ours = {path.stem for path in page.parent.glob("*.rst")}
    named = {f"{name}.{section}" for name, section in
             re.findall(r"\*\*([\w-]+)\*\*\\\((\d)\)", page.read_text(encoding="utf-8"))}
    assert {name for name in named if "fss" in name} <= ours
