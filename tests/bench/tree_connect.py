#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tree connect to an exposed share costs, against one to its base share."""

import argparse
import os
import pathlib
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from fsrvp.connection import smb_connection  # noqa: E402
from harness import Sandbox  # noqa: E402
from shadow_copies import shadow_copy_set  # noqa: E402

LIMIT = 1.5
WHEN = FIRST, FURTHER = "first one of a session", "further one"


class Session:
    """A client's session, and with it an smbd process."""

    def __init__(self, sandbox):
        self._connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)

    def connect(self, share):
        """The seconds that a tree connect took; the disconnect that follows is not counted."""
        begin = time.perf_counter()
        tree = self._connection.connectTree(share)
        taken = time.perf_counter() - begin
        self._connection.disconnectTree(tree)
        return taken

    def echo(self):
        """The seconds that the least request takes, most of it in this client."""
        begin = time.perf_counter()
        self._connection.getSMBServer().echo()
        return time.perf_counter() - begin

    def end(self):
        self._connection.close()


def measure_first(sandbox, shares, rounds):
    """By share: seconds; each in a session of its own."""
    times = {share: [] for share in shares}
    order = list(shares)
    for _ in range(rounds):
        for share in order:
            session = Session(sandbox)
            times[share].append(session.connect(share))
            session.end()
        order.reverse()
    return times


def measure_further(sandbox, shares, rounds, connects):
    """By share: the mean of so many connects, of each round; and the seconds of an echo."""
    times = {share: [] for share in shares}
    order = list(shares)
    session = Session(sandbox)
    for share in order:
        session.connect(share)
    for _ in range(rounds):
        for share in order:
            times[share].append(statistics.mean(session.connect(share) for _ in range(connects)))
        order.reverse()
    echo = statistics.median(session.echo() for _ in range(rounds * connects))
    session.end()
    return times, echo


def ratio(times, echo=0):
    """Median of what each round has for the copy against the base share beside it."""
    base, copy = times.values()
    return statistics.median((one - echo) / (other - echo) for one, other in zip(copy, base))


def row(when, times, echo):
    base, copy = (statistics.median(values) * 1000 for values in times.values())
    return f"| {when} | {base:.2f} ms | {copy:.2f} ms | {ratio(times):.2f} | {ratio(times, echo):.2f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--connects", type=int, default=20, help="of a round, in one session")
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    sandbox = Sandbox.up(*(["--build-dir", arguments.build_dir] if arguments.build_dir else []))
    try:
        with shadow_copy_set(sandbox, "share1") as made:
            shares = ("share1", made.exposed("share1"))
            first = measure_first(sandbox, shares, arguments.rounds)
            further, echo = measure_further(sandbox, shares, arguments.rounds, arguments.connects)
    finally:
        sandbox.down()
    times = {FIRST: first, FURTHER: further}
    lines = [f"{document.machine()}; medians of {arguments.rounds} rounds, {arguments.connects} connects each within "
             f"a session. An echo takes {echo * 1000:.2f} ms.", "",
             "| tree connect | base share | exposed share | ratio | less the echo |", "|---|---|---|---|---|",
             *(row(when, times[when], echo) for when in WHEN)]
    print("\n".join(lines))
    if not arguments.no_document:
        document.put("tree connect", lines, "tests/bench/tree_connect.py")
    return 0 if all(ratio(each, echo) <= LIMIT for each in times.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
