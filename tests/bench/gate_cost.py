#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the write gate costs a 4 KiB write over SMB: instructions in smbd, and throughput."""

import argparse
import json
import multiprocessing
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from fsrvp.connection import smb_connection  # noqa: E402
from harness import Sandbox  # noqa: E402
from smb_changes import Client  # noqa: E402
from smbclient_library import Library  # noqa: E402

BLOCK = 4096
FILE_BLOCKS = 4096
OPEN_OR_CREATE = 3
CLIENTS = 4
SHARES = {"with the gate": "share1", "`fss:hold = no`": "unheld", "without the module": "bare"}
LIMIT_INSTRUCTIONS, LIMIT_RATIO = 1.01, 0.98


def make_sandbox(build_dir):
    sandbox = Sandbox.up(*(["--build-dir", build_dir] if build_dir else []))
    path = sandbox.shares["share1"].path
    sandbox.add_registry_share("unheld", path, **{"fss:hold": "no"})
    # The empty one replaces a module of [global].
    sandbox.add_registry_share("bare", path, **{"vfs objects": ""})
    return sandbox


# ------------------------------------------------------------- instructions --

class CountedServer:
    """An smbd in valgrind in the place of the sandbox's; without children, it serves one connection."""

    def __init__(self, sandbox):
        self._out = sandbox.dir / "log" / "callgrind"
        os.kill(sandbox.pids["smbd"], signal.SIGTERM)
        while pathlib.Path(f"/proc/{sandbox.pids['smbd']}").exists():
            time.sleep(0.1)
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={self._out}.%p",
                   "/usr/sbin/smbd", "--interactive", "-s", sandbox.conf,
                   "-l", sandbox.description["log_dir"]]
        with (sandbox.dir / "log" / "valgrind.out").open("ab") as out:
            self._process = subprocess.Popen(command, cwd=sandbox.dir, stdout=out, stderr=out, start_new_session=True,
                                            env=self._environment(sandbox))
        self._pid = self._process.pid
        self.connection = self._connect(sandbox)
        self.clients = {share: Client(self.connection, share) for share in SHARES.values()}
        self._control("--instr=on")

    @staticmethod
    def _environment(sandbox):
        started = json.loads((sandbox.dir / "start.json").read_text(encoding="utf-8"))
        return {**os.environ, **started["environment"], "SAMBA_FSS_SANDBOX": str(sandbox.dir), "LC_ALL": "C.UTF-8"}

    def _connect(self, sandbox):
        for _ in range(300):
            try:
                return smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
            except OSError:
                assert self._process.poll() is None, "smbd has ended"
                time.sleep(0.2)
        raise AssertionError("smbd does not come up in valgrind")

    def _control(self, option):
        """Valgrind looks for commands while the process is at work, so it gets some."""
        command = subprocess.Popen(["callgrind_control", option, str(self._pid)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while command.poll() is None:
            self.connection.getSMBServer().echo()
            time.sleep(0.005)
        assert command.returncode == 0

    def instructions(self, act):
        self._control("--zero")
        before = set(self._dumps())
        act()
        self._control("--dump")
        (dump,) = set(self._dumps()) - before
        return int(re.search(r"^(?:totals|summary): (\d+)", dump.read_text(encoding="utf-8"), re.MULTILINE)[1])

    def _dumps(self):
        return self._out.parent.glob(f"{self._out.name}.{self._pid}.*")


def count_instructions(sandbox, writes, rounds):
    """By share: instructions for one write, of each round."""
    server = CountedServer(sandbox)
    counts = {share: [] for share in SHARES.values()}
    files = {share: client.open(share, disposition=OPEN_OR_CREATE) for share, client in server.clients.items()}
    data = random.randbytes(BLOCK)

    def write(share, number):
        for i in range(number):
            server.clients[share].write(files[share], data, i % FILE_BLOCKS * BLOCK)

    for share in files:
        write(share, 50)
    order = list(files)
    for _ in range(rounds):
        for share in order:
            counts[share].append(server.instructions(lambda share=share: write(share, writes)) / writes)
        order = order[1:] + order[:1]
    server.connection.close()
    return counts


# --------------------------------------------------------------- throughput --

class _Worker:
    """A client process with a file; begin() lets it write there through a share for a while."""

    def __init__(self, sandbox, number):
        self._pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._serve, args=(sandbox, number, other), daemon=True)
        self.process.start()
        self.finish()

    @staticmethod
    def _serve(sandbox, number, pipe):
        library = Library(sandbox)
        data = random.randbytes(BLOCK)
        # One and the same, as where its blocks lie makes a difference.
        files = {share: library.open(share, f"file{number}") for share in SHARES.values()}
        for block in range(FILE_BLOCKS):
            library.write(files["share1"], data, block * BLOCK)
        pipe.send(0)
        while (job := pipe.recv()) is not None:
            share, seconds = job
            end, count = time.perf_counter() + seconds, 0
            while time.perf_counter() < end:
                library.write(files[share], data, random.randrange(FILE_BLOCKS) * BLOCK)
                count += 1
            pipe.send(count)

    def begin(self, share, seconds):
        self._pipe.send((share, seconds))

    def finish(self):
        return self._pipe.recv()

    def end(self):
        self._pipe.send(None)
        self.process.join(20)


def measure_throughput(sandbox, runs, seconds):
    """By share: writes in a second, of each run."""
    workers = [_Worker(sandbox, number) for number in range(CLIENTS)]
    rates = {share: [] for share in SHARES.values()}
    order = list(rates)
    for _ in range(runs):
        for share in order:
            for worker in workers:
                worker.begin(share, seconds)
            rates[share].append(sum(worker.finish() for worker in workers) / seconds)
        order = order[1:] + order[:1]
    for worker in workers:
        worker.end()
    return rates


# -------------------------------------------------------------------- report --

def spread(values):
    return f"{(max(values) - min(values)) / statistics.median(values) * 100:.2f} %"


def against_none(values, share="share1"):
    """Median of what each run has against the one without the module beside it."""
    return statistics.median(one / none for one, none in zip(values[share], values["bare"]))


def rows(counts, rates):
    for name, share in SHARES.items():
        count, rate = statistics.median(counts[share]), statistics.median(rates[share])
        yield (f"| {name} | {count:.0f} | {spread(counts[share])} | {(against_none(counts, share) - 1) * 100:+.2f} % "
               f"| {rate:.0f}/s | {against_none(rates, share):.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=2000, help="counted in each round")
    parser.add_argument("--rounds", type=int, default=6, help="of counting")
    parser.add_argument("--runs", type=int, default=200, help="of throughput")
    parser.add_argument("--seconds", type=float, default=0.25, help="of each of these")
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    sandbox = make_sandbox(arguments.build_dir)
    try:
        rates = measure_throughput(sandbox, arguments.runs, arguments.seconds)
        counts = count_instructions(sandbox, arguments.writes, arguments.rounds)
    finally:
        sandbox.down()
    lines = [f"{document.machine()}; medians of {arguments.rounds} rounds of {arguments.writes} writes in valgrind, "
             f"and of {arguments.runs} interleaved runs of {arguments.seconds} s with {CLIENTS} clients.", "",
             "| share | instructions for a write | spread | | writes | ratio |", "|---|---|---|---|---|---|",
             *rows(counts, rates)]
    print("\n".join(lines))
    if not arguments.no_document:
        document.put("gate cost", lines, "tests/bench/gate_cost.py")
    instructions, ratio = against_none(counts), against_none(rates)
    return 0 if instructions <= LIMIT_INSTRUCTIONS and ratio >= LIMIT_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
