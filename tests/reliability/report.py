#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the parallel load against this agent and the distribution's, and writes the figures to docs/reliability.md."""

import argparse
import os
import pathlib
import platform
import secrets
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "lib"), str(HERE.parent)]

import parallel  # noqa: E402
import restarts  # noqa: E402
from harness import Sandbox  # noqa: E402

DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
NAMES = {"fss": "samba-fss", "stock": "the distribution's agent"}
KINDS = ("one address", "distinct addresses")


def measure(agent, kind, arguments):
    build = ["--build-dir", arguments.build_dir] if arguments.build_dir else []
    sandbox = Sandbox.up("--agent", agent, *build, *parallel.sandbox_options(agent))
    try:
        figures = parallel.run(sandbox, arguments.sets, kind, arguments.seed,
                               lambda: restarts.restart_workers(sandbox))
        return parallel.count_orphans(sandbox, figures)
    finally:
        sandbox.down()


def row(figures):
    return (f"| {NAMES[figures.agent]} | {figures.addresses} | {figures.recovered} | {figures.failed} | "
            f"{figures.lost} | {figures.unusable} | {figures.orphaned} | {figures.seconds:.0f} s |")


def errors(figures):
    named = [f"{count} × {text}" for text, count in sorted(figures.errors.items(), key=lambda item: -item[1])]
    return f"- {NAMES[figures.agent]}, {figures.addresses}: {'; '.join(named)}" if named else ""


def samba_version():
    return subprocess.run(["/usr/sbin/smbd", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def section(all_figures, arguments):
    lines = [BEGIN, "",
             f"{arguments.sets} sets each; {samba_version()}, kernel {platform.release()}, {os.cpu_count()} cores.", "",
             "| agent | clients at | recovered | not made | lost | not usable | orphans | time |",
             "|---|---|---|---|---|---|---|---|",
             *map(row, all_figures), ""]
    if named := [text for text in map(errors, all_figures) if text]:
        lines += ["What the clients of sets that were not made saw:", "", *named, ""]
    lines += [f"    tests/reliability/report.py --sets {arguments.sets} --seed {arguments.seed}", "", END]
    return "\n".join(lines)


def write(text):
    old = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = old.partition(BEGIN)
    DOCUMENT.write_text(before + text + rest.partition(END)[2], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--agents", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--print-only", action="store_true", help="leave docs/reliability.md as it is")
    arguments = parser.parse_args()
    all_figures = []
    for agent in arguments.agents:
        for kind in KINDS:
            figures = measure(agent, kind, arguments)
            print(parallel.to_json(figures), file=sys.stderr, flush=True)
            all_figures.append(figures)
    text = section(all_figures, arguments)
    print(text)
    if not arguments.print_only:
        write(text)
    ours = [figures for figures in all_figures if figures.agent == "fss"]
    return 1 if any(figures.lost or figures.unusable or figures.orphaned or figures.failed for figures in ours) else 0


if __name__ == "__main__":
    sys.exit(main())
