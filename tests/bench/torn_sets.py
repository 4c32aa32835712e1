#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Torn sets and missed writes: do all shares of a set show one instant, with all that was acknowledged before it?"""

import argparse
import pathlib
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), *(str(TESTS / name) for name in ["lib"]), str(TESTS)]

import document  # noqa: E402
from fsrvp.connection import smb_connection  # noqa: E402
from harness import Sandbox  # noqa: E402
from shadow_copies import added, delete, ok  # noqa: E402
from writers import Writer, dirtying, ordered  # noqa: E402

COUNTER = "counter"
SHARES = ("share1", "share2")
STOCK_PAUSE = 1.1  # its snapshots are named by the second


class Reader:
    """Reads counters from exposed shares over one connection."""

    def __init__(self, sandbox):
        self._connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
        # Once a minute smbd ends connections that are to no share.
        self._connection.connectTree(SHARES[0])

    def counter(self, share):
        tree = self._connection.connectTree(share)
        file = self._connection.openFile(tree, COUNTER, desiredAccess=0x80000000)
        data = self._connection.readFile(tree, file, 0, 8)
        self._connection.closeFile(tree, file)
        self._connection.disconnectTree(tree)
        return struct.unpack("<Q", data)[0]

    def close(self):
        self._connection.close()


class Tally:
    def __init__(self):
        self.sets = self.torn = self.missed = self.widest = self.most_missed = 0

    def count(self, acknowledged, values):
        self.sets += 1
        first, second = values
        # Whoever writes share1 first and waits may be between the two.
        if not 0 <= first - second <= 1:
            self.torn += 1
            self.widest = max(self.widest, abs(first - second))
        lacking = acknowledged - min(values)
        if lacking > 0:
            self.missed += 1
            self.most_missed = max(self.most_missed, lacking)


def one_set(client, sandbox, reader, counter):
    made = added(client, sandbox, *SHARES)
    ok(client.prepare(made.set_id))
    acknowledged = counter.count.value
    ok(client.commit(made.set_id))
    ok(client.expose(made.set_id))
    names = [ok(client.get_share_mapping(made.copy_ids[share], made.set_id, sandbox.unc(share)))
             .mapping.shadow_copy_share_name for share in SHARES]
    ok(client.recovery_complete(made.set_id))
    values = [reader.counter(name) for name in names]
    delete(client, sandbox, made)
    return acknowledged, values


def measure(agent, volumes, sets, build_dir):
    options = ["--agent", agent, "--shares", "2", "--volumes", volumes]
    if build_dir:
        options += ["--build-dir", build_dir]
    sandbox = Sandbox.up(*options)
    writers = []
    try:
        writers = [Writer(sandbox, ordered, SHARES, COUNTER)]
        writers += [Writer(sandbox, dirtying, share, "dirty") for share in SHARES]
        while not all(writer.count.value > 10 for writer in writers):
            time.sleep(0.05)
            for writer in writers:
                writer.check()
        tally, reader = Tally(), Reader(sandbox)
        with sandbox.client() as client:
            for _ in range(sets):
                tally.count(*one_set(client, sandbox, reader, writers[0]))
                if agent == "stock":
                    time.sleep(STOCK_PAUSE)
        reader.close()
        for writer in writers:
            writer.stop()
        tally.stall = max(writer.longest.value for writer in writers)
        tally.writes = writers[0].count.value
        return tally
    finally:
        sandbox.down()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--stock-sets", type=int, default=100)
    parser.add_argument("--build-dir")
    parser.add_argument("--no-document", action="store_true", help="do not write to docs/performance.md")
    arguments = parser.parse_args()
    rows, good = [], True
    for volumes, where in ((1, "one file system"), (2, "two file systems")):
        for agent, sets in (("fss", arguments.sets), ("stock", arguments.stock_sets)):
            if not sets:
                continue
            tally = measure(agent, volumes, sets, arguments.build_dir)
            row = (f"| {where} | {agent} | {tally.sets} | {tally.torn} | {tally.widest} | {tally.missed} "
                   f"| {tally.most_missed} | {tally.stall * 1000:.0f} ms |")
            print(row, flush=True)
            rows.append(row)
            if agent == "fss":
                good = good and tally.torn == tally.missed == 0
    if not arguments.no_document:
        document.put("torn sets", [
            f"{document.machine()}.", "",
            "| shares on | agent | sets | torn | widest, writes | missing acknowledged writes | most missing "
            "| longest stall of a write |", "|---|---|---|---|---|---|---|---|", *rows],
            f"tests/bench/torn_sets.py --sets {arguments.sets} --stock-sets {arguments.stock_sets}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
