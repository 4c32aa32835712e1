#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Commit and a whole set cost, against the distribution's agent, for several numbers of shares on one volume.

Each round has a set by the tests' client, in Python, and (without dirty data) one by set_client.cpp,
which takes a tenth of the time for a call.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from harness import ROOT, Sandbox  # noqa: E402
from shadow_copies import added, delete, ok  # noqa: E402

MIB = 1 << 20
STOCK_PAUSE = 1.05  # its snapshots are named by the second

# (shares, dirty MiB in each, what is compared, at most)
TARGETS = ((1, 0, "cycle", 1.2), (16, 0, "commit", 0.5), (16, 0, "cycle", 0.6), (64, 0, "commit", 0.35),
           (64, 0, "cycle", 0.5), (4, 64, "commit", 0.15))


KINDS = ("commit", "cycle", "commit, compiled client", "cycle, compiled client")


class CompiledClient:
    """set_client.cpp, connected to a sandbox."""

    def __init__(self, sandbox, build_dir):
        program = pathlib.Path(build_dir or ROOT / "build").resolve() / "tests" / "bench" / "set-client"
        with tempfile.NamedTemporaryFile("w", suffix=".login") as login:
            login.write("username = {}\npassword = {}\n".format(*sandbox.admin))
            login.flush()
            self._process = subprocess.Popen(
                [program, "-s", sandbox.conf, "-A", login.name, "--", sandbox.host, str(sandbox.port), *sandbox.shares],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.round()  # it has read its login then

    def round(self):
        """Commit and all, in seconds."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the client ended with {self._process.wait()}"
        return [float(word) / 1000 for word in line.split()]

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class Subject:
    """An agent's server with its client, and the times it took in seconds."""

    def __init__(self, agent, shares, build_dir):
        self.agent = agent
        self.times = {kind: [] for kind in KINDS}
        options = ["--agent", agent, "--shares", shares, "--volumes", 1]
        self.sandbox = Sandbox.up(*options, *(["--build-dir", build_dir] if build_dir else []))
        self.names = list(self.sandbox.shares)
        self.client = self.sandbox.client(seconds=180)
        self.compiled = CompiledClient(self.sandbox, build_dir)
        self._pause()

    def close(self):
        self.compiled.close()
        self.client.close()
        self.sandbox.down()

    def _dirty(self, mebibytes):
        for share in self.sandbox.shares.values():
            with (share.path / "dirty").open("wb") as file:
                for _ in range(mebibytes):
                    file.write(os.urandom(MIB))

    def round(self, dirty):
        client = self.client
        os.sync()
        begin = time.perf_counter()
        made = added(client, self.sandbox, *self.names)
        if dirty:
            self._dirty(dirty)
        ok(client.prepare(made.set_id))
        committing = time.perf_counter()
        ok(client.commit(made.set_id))
        committed = time.perf_counter()
        ok(client.expose(made.set_id))
        for share, copy_id in made.copy_ids.items():
            ok(client.get_share_mapping(copy_id, made.set_id, self.sandbox.unc(share)))
        ok(client.recovery_complete(made.set_id))
        delete(client, self.sandbox, made)
        self.times["commit"].append(committed - committing)
        self.times["cycle"].append(time.perf_counter() - begin)
        self._pause()
        if not dirty:
            os.sync()
            for kind, took in zip(KINDS[2:], self.compiled.round()):
                self.times[kind].append(took)
            self._pause()

    def _pause(self):
        if self.agent == "stock":
            time.sleep(STOCK_PAUSE)

    def call(self):
        """What a call takes that does nothing: the client's part of each, and the way there and back. In ms."""
        times = []
        for _ in range(50):
            begin = time.perf_counter()
            ok(self.client.get_supported_version())
            times.append(time.perf_counter() - begin)
        return statistics.median(times) * 1000

    def median(self, what):
        """In milliseconds."""
        return statistics.median(self.times[what]) * 1000


def measure(shares, dirty, rounds, build_dir):
    subjects = []
    try:
        for agent in ("fss", "stock"):
            subjects.append(Subject(agent, shares, build_dir))
        for subject in subjects:
            subject.round(0)  # starts the workers
            subject.times = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for subject in subjects:
                subject.round(dirty)
        calls = [subject.call() for subject in subjects]
    finally:
        for subject in subjects:
            subject.close()
    return *subjects, statistics.mean(calls)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--only", type=int, help="this number of shares only")
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    rows, good = [], True
    for shares, dirty in sorted({target[:2] for target in TARGETS}):
        if arguments.only not in (None, shares):
            continue
        fss, stock, call = measure(shares, dirty, arguments.rounds, arguments.build_dir)
        for what in KINDS if not dirty else KINDS[:2]:
            ratio = fss.median(what) / stock.median(what)
            # SetContext, Start, Prepare, Commit, Expose, RecoveryComplete; Add, GetShareMapping, Delete of each share
            idle = call * (1 if what == "commit" else 6 + 3 * shares)
            beyond = (fss.median(what) - idle) / (stock.median(what) - idle)
            without = f"{idle:.1f} ms | {beyond:.2f}" if what in KINDS[:2] else "|"
            limit = [target[3] for target in TARGETS if target[:3] == (shares, dirty, what.partition(",")[0])]
            good = good and (what not in KINDS[:2] or all(ratio <= each for each in limit))
            row = (f"| {shares} | {dirty} MiB | {what} | {fss.median(what):.1f} ms | {stock.median(what):.1f} ms "
                   f"| {ratio:.2f} | {''.join(str(each) for each in limit)} | {without} |")
            print(row, flush=True)
            rows.append(row)
    if not arguments.no_document:
        document.put("sets", [
            f"Medians of {arguments.rounds} interleaved rounds; {document.machine()}.", "",
            "| shares | dirty in each | | samba-fss | stock | ratio | target | as many calls that do nothing "
            "| ratio without these |", "|---|---|---|---|---|---|---|---|---|", *rows],
            f"tests/bench/sets.py --rounds {arguments.rounds}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
