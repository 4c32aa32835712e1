#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module costs reading, writing and listing: one directory through a share with it and one without."""

import argparse
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "lib"), str(HERE.parent)]

import document  # noqa: E402
import gate_cost  # noqa: E402
from smb_reading import GENERIC_READ, Reader  # noqa: E402
from smbclient_library import Library  # noqa: E402

SHARES = {"with": "share1", "without": "bare"}
LIMIT = 0.98
LARGE, SMALL = 1 << 20, 4096
FILE_SIZE = 32 << 20
DIRECTORY, LISTED = "listed", 10_000
COUNTED_DIRECTORY, COUNTED = "counted", 1_000  # in valgrind all takes fifty times as long


class Work:
    """Each method does one unit of its work on a share; the file is open through both shares."""

    def __init__(self, library):
        self._library = library
        self._data = random.randbytes(LARGE)
        self._files = {share: library.open(share, "file") for share in SHARES.values()}
        self._next = 0
        for offset in range(0, FILE_SIZE, LARGE):
            library.write(self._files["share1"], self._data, offset)

    def _following(self):
        self._next = (self._next + LARGE) % FILE_SIZE
        return self._next

    @staticmethod
    def _anywhere():
        return random.randrange(FILE_SIZE // SMALL) * SMALL

    def sequential_read(self, share):
        self._library.read(self._files[share], LARGE, self._following())

    def sequential_write(self, share):
        self._library.write(self._files[share], self._data, self._following())

    def random_read(self, share):
        self._library.read(self._files[share], SMALL, self._anywhere())

    def random_write(self, share):
        self._library.write(self._files[share], self._data[:SMALL], self._anywhere())

    def listing(self, share):
        assert self._library.list(share, DIRECTORY) == LISTED + 2  # "." and ".."


# Title, method, and the unit that a rate is of.
WORKLOADS = (("sequential read, 1 MiB each", Work.sequential_read, "MiB/s"),
             ("sequential write, 1 MiB each", Work.sequential_write, "MiB/s"),
             ("random read, 4 KiB each", Work.random_read, "/s"),
             ("random write, 4 KiB each", Work.random_write, "/s"),
             (f"listing of {LISTED} files", Work.listing, "/s"))


def _rate(work, share, seconds):
    begin, count = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - begin) < seconds or not count:
        work(share)
        count += 1
    return count / elapsed


def _measure(sandbox, runs, seconds, pipe):
    """By title: pairs of rates, with and without; which of both is first alternates."""
    work = Work(Library(sandbox))
    pairs = {}
    for title, method, _ in WORKLOADS:
        def act(share, method=method):
            method(work, share)
        for share in SHARES.values():
            _rate(act, share, seconds)
        pairs[title] = []
        for run in range(runs):
            shares = list(SHARES.values())[::-1 if run % 2 else 1]
            rates = {share: _rate(act, share, seconds) for share in shares}
            pairs[title].append((rates["share1"], rates["bare"]))
    pipe.send(pairs)


def measure(sandbox, runs, seconds):
    """In a process of its own, which the client library asks for."""
    pipe, other = multiprocessing.Pipe(duplex=False)
    client = multiprocessing.Process(target=_measure, args=(sandbox, runs, seconds, other), daemon=True)
    client.start()
    other.close()  # so that the client's end is seen
    pairs = pipe.recv()
    client.join()
    return pairs


def count_instructions(sandbox, rounds):
    """By title: pairs of smbd's instructions, with and without, for one file."""
    server = gate_cost.CountedServer(sandbox)
    readers = {share: Reader(server.connection, share) for share in SHARES.values()}
    names = [f"{COUNTED_DIRECTORY}\\{number}" for number in range(0, COUNTED, 5)]

    def listing(share):
        assert len(readers[share].entries(COUNTED_DIRECTORY)) == COUNTED

    def opening(share):
        for name in names:
            readers[share].close(readers[share].open(name, GENERIC_READ))

    pairs = {}
    for title, act, number in ((f"listing of {COUNTED} files", listing, COUNTED),
                               ("opening and closing a file", opening, len(names))):
        for share in SHARES.values():
            act(share)
        pairs[title] = []
        for run in range(rounds):
            # In turn: whoever comes second finds the other's freed memory.
            counts = {share: server.instructions(lambda share=share: act(share)) / number
                      for share in list(SHARES.values())[::-1 if run % 2 else 1]}
            pairs[title].append(tuple(counts[share] for share in SHARES.values()))
    server.connection.close()
    return pairs


# -------------------------------------------------------------------- report --

def ratio(pairs):
    return statistics.median(one / other for one, other in pairs)


def quartiles(pairs):
    low, _, high = statistics.quantiles((one / other for one, other in pairs), n=4)
    return f"{low:.3f} – {high:.3f}"


def medians(pairs):
    return [statistics.median(side) for side in zip(*pairs)]


def rows(pairs):
    for title, _, unit in WORKLOADS:
        one, other = medians(pairs[title])
        yield (f"| {title} | {one:.1f} {unit} | {other:.1f} {unit} | {ratio(pairs[title]):.3f} "
               f"| {quartiles(pairs[title])} |")


def instruction_rows(counts):
    for title, pairs in counts.items():
        one, other = medians(pairs)
        yield f"| {title} | {one:.0f} | {other:.0f} | {(one / other - 1) * 100:+.2f} % |"


def report(arguments, pairs, counts):
    yield f"{document.machine()}; medians of {arguments.runs} pairs of runs of {arguments.seconds} s at least."
    yield from ("", "| | with | without | ratio | middle half |", "|---|---|---|---|---|", *rows(pairs))
    yield from ("", f"Instructions of smbd for one file, medians of {arguments.rounds} rounds in valgrind:", "",
                "| | with | without | |", "|---|---|---|---|", *instruction_rows(counts))


def make_directory(sandbox, name, count):
    directory = sandbox.shares["share1"].path / name
    directory.mkdir(mode=0o777)
    for number in range(count):
        (directory / str(number)).touch()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="of each kind of work on each share")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each of these")
    parser.add_argument("--rounds", type=int, default=5, help="of counting instructions")
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    sandbox = gate_cost.make_sandbox(arguments.build_dir)
    try:
        make_directory(sandbox, DIRECTORY, LISTED)
        make_directory(sandbox, COUNTED_DIRECTORY, COUNTED)
        pairs = measure(sandbox, arguments.runs, arguments.seconds)
        counts = count_instructions(sandbox, arguments.rounds)
    finally:
        sandbox.down()
    lines = list(report(arguments, pairs, counts))
    print("\n".join(lines))
    if not arguments.no_document:
        document.put("throughput", lines, "tests/bench/throughput.py")
    return 0 if all(ratio(values) >= LIMIT for values in pairs.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
