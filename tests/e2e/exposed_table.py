#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the table of what exposed shares take over into docs/exposed-shares.md."""

import argparse
import pathlib
import re
import sys

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS)]

from harness import ROOT, checked  # noqa: E402

PAGE = ROOT / "docs" / "exposed-shares.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"


def tool(build_dir, *arguments):
    return checked([pathlib.Path(build_dir) / "tests" / "tools" / "exposed-table", *arguments])


def rows(table, title, minor):
    """The first column of one of the two tables: what Samba 4.minor has of it."""
    body = table.partition(f"| {title} |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `([^`]+)`(?: \((since|before) Samba 4\.(\d+)\))? \|", body, re.MULTILINE)
    return [name for name, when, limit in found if not when or (minor >= int(limit)) == (when == "since")]


def documented():
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", default=ROOT / "build", type=pathlib.Path)
    table = tool(parser.parse_args().build_dir.resolve())
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert mark and END in rest, f"{PAGE} has no place for the table"
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
