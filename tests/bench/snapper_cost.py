#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What snapper costs against btrfs directly: Commit, the hold in it, and a whole set."""

import argparse
import os
import pathlib
import re
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from harness import Sandbox  # noqa: E402
from sets import Subject  # noqa: E402

SHARES = (1, 4, 8)
PROVIDERS = ("btrfs", "snapper")
HELD = re.compile(r"writers held for ([0-9.]+) ms")


class Provided(Subject):
    """Sets of one provider; the hold is what the agent says in its log."""

    def __init__(self, provider, shares, build_dir):
        self.agent = "fss"
        self.times = {"commit": [], "cycle": []}
        options = ["--provider", provider, "--shares", shares, "--global", "log level = 3"]
        self.sandbox = Sandbox.up(*options, *(["--build-dir", build_dir] if build_dir else []))
        self.names = list(self.sandbox.shares)
        self.client = self.sandbox.client(seconds=180)

    def held(self):
        return statistics.median(float(each) for each in HELD.findall(self.sandbox.log()))


def measure(shares, rounds, build_dir):
    """For each provider: the medians of commit, hold and cycle in ms."""
    subjects = []
    try:
        for provider in PROVIDERS:
            subjects.append(Provided(provider, shares, build_dir))
        for subject in subjects:
            subject.round(0)
            subject.times = {"commit": [], "cycle": []}
        for _ in range(rounds):
            for subject in subjects:
                subject.round(0)
        return [{"Commit": subject.median("commit"), "hold": subject.held(), "whole set": subject.median("cycle")}
                for subject in subjects]
    finally:
        for subject in subjects:
            subject.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    rows = []
    for shares in SHARES:
        btrfs, snapper = measure(shares, arguments.rounds, arguments.build_dir)
        for what, direct in btrfs.items():
            rows.append(f"| {shares} | {what} | {direct:.1f} ms | {snapper[what]:.1f} ms "
                        f"| {snapper[what] / direct:.1f} |")
            print(rows[-1], flush=True)
    if not arguments.no_document:
        document.put("snapper", [
            f"Medians of {arguments.rounds} interleaved rounds, each share a volume; {document.machine()}.", "",
            "| shares | | btrfs | snapper | ratio |", "|---|---|---|---|---|", *rows],
            f"tests/bench/snapper_cost.py --rounds {arguments.rounds}")


if __name__ == "__main__":
    main()
