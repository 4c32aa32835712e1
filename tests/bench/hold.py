#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long writers are held: against the bare snapshot calls, and as clients see it over SMB."""

import argparse
import multiprocessing
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from gates import Gate  # noqa: E402
from harness import ROOT, Sandbox, checked  # noqa: E402
from shadow_copies import added, ok  # noqa: E402
from writers import BLOCK, FILE_SIZE, File, Writer  # noqa: E402

LIMIT_RATIO = 1.3
LIMIT_AFTER = 50  # milliseconds after the hold
SLOW = 0.005  # seconds
HEAD = ["| snapshots | writers | bare calls | hold | ratio | longest hold | longest write | of one transaction |",
        "|---|---|---|---|---|---|---|---|"]
SMB_HEAD = ["| shares on | sets | hold | longest hold | held writes go on after | longest write "
            "| beside flushes only |",
            "|---|---|---|---|---|---|---|"]


def bench_rows(build_dir, rounds):
    done = subprocess.run([build_dir / "tests" / "bench" / "hold-bench", str(rounds)], capture_output=True, text=True,
                          check=True)
    return done.stdout.splitlines()


def ratio(row):
    return float(row.split("|")[5])


def _writing(connection, writer, share, spans):
    """Writes 64 KiB blocks to random places; the times of slow writes go to spans."""
    file = File(connection, share, "dirty")
    data = random.randbytes(BLOCK)
    while not writer.stopping:
        begin = time.monotonic()
        file.write(data, random.randrange(FILE_SIZE // BLOCK) * BLOCK)
        end = time.monotonic()
        if end - begin > SLOW:
            spans.put((begin, end))
        writer.count.value += 1


def _watching(gates, spans, stopping):
    """The times for which the gates are closed."""
    begin = None
    while not stopping.is_set():
        held, now = any(gate.held_until for gate in gates), time.monotonic()
        if held and begin is None:
            begin = now
        elif begin is not None and not held:
            spans.put((begin, now))
            begin = None
        time.sleep(0.0005)


def _all_of(queue):
    time.sleep(0.5)  # until those of the last moment are in it
    return [queue.get() for _ in range(queue.qsize())]


class Stalls:
    """Slow writes beside sets, and beside mere flushes. Times in milliseconds."""

    def __init__(self, sandbox, sets):
        self._sandbox, self._slow, held = sandbox, multiprocessing.Queue(), multiprocessing.Queue()
        writers = [Writer(sandbox, _writing, share, self._slow) for share in sandbox.shares]
        while not all(writer.count.value > 10 for writer in writers):
            time.sleep(0.05)
        stopping = multiprocessing.Event()
        gates = [Gate(sandbox, share.path) for share in sandbox.shares.values()]
        watching = multiprocessing.Process(target=_watching, args=(gates, held, stopping), daemon=True)
        watching.start()
        with sandbox.client() as client:
            self.holds = [self._one_set(client) for _ in range(sets)]
        slow, held = _all_of(self._slow), _all_of(held)
        stopping.set()
        self.longest = _longest(slow)
        self.after = max((end - closed[1] for begin, end in slow for closed in held
                          if begin < closed[1] and closed[0] < end), default=0) * 1000
        for _ in range(sets):
            self._flushes()
        self.flushing = _longest(_all_of(self._slow))
        for writer in writers:
            writer.stop()

    def _one_set(self, client):
        made = added(client, self._sandbox, *self._sandbox.shares)
        ok(client.prepare(made.set_id))
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
        return _hold(self._sandbox, made.set_id)

    def _flushes(self):
        """As many as a set makes."""
        for _ in range(2):
            checked(["sync", "--file-system", *self._sandbox.volumes])
            time.sleep(0.02)


def _longest(spans):
    return max((end - begin for begin, end in spans), default=0) * 1000


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
           f"| {statistics.median(stalls.holds):.1f} ms | {max(stalls.holds):.1f} ms | {stalls.after:.1f} ms "
           f"| {stalls.longest:.1f} ms | {stalls.flushing:.1f} ms |")
    return row, stalls.after


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
    good = all(ratio(row) <= LIMIT_RATIO for row in benched) and all(after <= LIMIT_AFTER for _, after in seen)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
