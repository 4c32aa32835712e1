#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long writers are held: against the bare snapshot calls, and as clients see it over SMB."""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "e2e"), str(TESTS)]

import document  # noqa: E402
from harness import ROOT, Sandbox  # noqa: E402
from shadow_copies import added, ok  # noqa: E402
from writers import Writer, dirtying  # noqa: E402

LIMIT_RATIO = 1.3
LIMIT_STALL = 50  # milliseconds on top of the hold
HEAD = ["| snapshots | writers | bare calls | hold | ratio | longest hold | longest write | of one transaction |",
        "|---|---|---|---|---|---|---|---|"]
SMB_HEAD = ["| volumes | sets | hold | longest hold | longest write | most on top of its hold | without sets |",
            "|---|---|---|---|---|---|---|"]


def bench_rows(build_dir, rounds):
    done = subprocess.run([build_dir / "tests" / "bench" / "hold-bench", str(rounds)], capture_output=True, text=True,
                          check=True)
    return done.stdout.splitlines()


def ratio(row):
    return float(row.split("|")[5])


class Stalls:
    """Sets made beside a writer on each share. All times in milliseconds."""

    def __init__(self, sandbox, sets):
        self.holds, self.stalls = [], []
        self._writers = [Writer(sandbox, dirtying, share, "dirty") for share in sandbox.shares]
        while not all(writer.count.value > 10 for writer in self._writers):
            time.sleep(0.05)
        with sandbox.client() as client:
            begin = time.monotonic()
            for _ in range(sets):
                self._one_set(client, sandbox)
            self.quiet = self._longest(lambda: time.sleep(time.monotonic() - begin))
        for writer in self._writers:
            writer.stop()

    def _longest(self, act):
        """The longest write meanwhile."""
        for writer in self._writers:
            writer.longest.value = 0
        act()
        time.sleep(0.1)  # until one that was held is counted
        return max(writer.longest.value for writer in self._writers) * 1000

    def _one_set(self, client, sandbox):
        made = added(client, sandbox, *sandbox.shares)
        ok(client.prepare(made.set_id))
        self.stalls.append(self._longest(lambda: ok(client.commit(made.set_id))))
        self.holds.append(_hold(sandbox, made.set_id))
        ok(client.abort(made.set_id))

    @property
    def most(self):
        """On top of the hold of the same set."""
        return max(stall - hold for stall, hold in zip(self.stalls, self.holds))


def _hold(sandbox, set_id):
    lines = (pathlib.Path(sandbox.description["log_dir"]) / "log.rpcd_fss").read_text(errors="replace")
    return float(re.findall(rf"set {set_id}: .*writers held for ([0-9.]+) ms", lines, re.IGNORECASE)[-1])


def smb_row(volumes, sets, build_dir):
    sandbox = Sandbox.up("--shares", 2, "--volumes", volumes, "--global", "log level = 3", "--build-dir", build_dir)
    try:
        stalls = Stalls(sandbox, sets)
    finally:
        sandbox.down()
    row = (f"| {'one file system' if volumes == 1 else 'two file systems'} | {sets} "
           f"| {statistics.median(stalls.holds):.1f} ms | {max(stalls.holds):.1f} ms | {max(stalls.stalls):.1f} ms "
           f"| {stalls.most:.1f} ms | {stalls.quiet:.1f} ms |")
    return row, stalls.most


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--build-dir", type=pathlib.Path, default=os.environ.get("SAMBA_FSS_BUILD_DIR", ROOT / "build"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    benched = bench_rows(arguments.build_dir, arguments.rounds)
    print("\n".join([*HEAD, *benched]), flush=True)
    seen = [smb_row(volumes, arguments.sets, arguments.build_dir) for volumes in (1, 2)]
    rows = [row for row, _ in seen]
    print("\n".join([*SMB_HEAD, *rows]))
    if not arguments.no_document:
        document.put("hold", [f"{document.machine()}.", "", *HEAD, *benched, "", *SMB_HEAD, *rows],
                     f"tests/bench/hold.py --rounds {arguments.rounds} --sets {arguments.sets}")
    good = all(ratio(row) <= LIMIT_RATIO for row in benched) and all(most <= LIMIT_STALL for _, most in seen)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
