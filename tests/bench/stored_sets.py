#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each call, and the start of a worker, costs with many stored sets, against none.

Writes its tables to docs/performance.md.
"""

import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), *(str(TESTS / name) for name in ("reliability", "lib")), str(TESTS)]

import stored  # noqa: E402
from harness import Sandbox  # noqa: E402
from processes import workers  # noqa: E402
from restarts import end_all, restart_daemons, restart_workers  # noqa: E402
from shadow_copies import ok, recovered  # noqa: E402

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- stored sets -->", "<!-- end of stored sets -->"
LIMIT = 1.5
FIXED = "GetSupportedVersion"
WORKERS = 2
REST = 1  # seconds, in which the first worker compares all sets with the world
STARTS = FIRST, SECOND, NEITHER = "no worker", "one worker, which is busy", "both workers"


class Timer:
    """Times by what was timed, in seconds."""

    def __init__(self):
        self.times = {}

    def __call__(self, method, call, *arguments):
        begin = time.perf_counter()
        answer = call(*arguments)
        self.times.setdefault(method, []).append(time.perf_counter() - begin)
        return answer

    def median(self, method):
        """In milliseconds."""
        return statistics.median(self.times[method]) * 1000


class Subject:
    """A sandbox and its client."""

    def __init__(self, name, options, sets, shares):
        self.name = name
        self.timer = Timer()
        self.sandbox = Sandbox.up(*options)
        try:
            self._fill(sets, shares)
            self.client = self.sandbox.client()
        except BaseException:
            self.sandbox.down()
            raise

    def _fill(self, sets, shares):
        with self.sandbox.client() as client:
            model = recovered(client, self.sandbox, "share1")
        if not sets:
            return
        end_all(self.sandbox)
        state = self.sandbox.dir / "state"
        names = stored.add_sets(state / "fss.tdb", model.set_id, sets, shares)
        if shares:
            stored.add_shares(state / "registry.tdb", model.exposed("share1"), names)
        restart_daemons(self.sandbox)

    def close(self):
        self.client.close()
        self.sandbox.down()

    def round(self):
        """Each call once, but SetContext and StartShadowCopySet."""
        timed, client, unc = self._answered, self.client, self.sandbox.unc("share1")
        timed(FIXED, client.get_supported_version)
        timed("IsPathSupported", client.is_path_supported, unc)
        timed("IsPathShadowCopied", client.is_path_shadow_copied, unc)
        timed("SetContext", client.set_context, 0)
        set_id = timed("StartShadowCopySet", client.start).set_id
        copy_id = timed("AddToShadowCopySet", client.add, set_id, unc).copy_id
        timed("PrepareShadowCopySet", client.prepare, set_id)
        timed("CommitShadowCopySet", client.commit, set_id)
        timed("ExposeShadowCopySet", client.expose, set_id)
        timed("GetShareMapping", client.get_share_mapping, copy_id, set_id, unc)
        timed("RecoveryCompleteShadowCopySet", client.recovery_complete, set_id)
        timed("DeleteShareMapping", client.delete_share_mapping, set_id, copy_id, unc)
        timed("SetContext", client.set_context, 0)
        set_id = timed("StartShadowCopySet", client.start).set_id
        timed("AbortShadowCopySet", client.abort, set_id)

    def _answered(self, method, call, *arguments):
        return ok(self.timer(method, call, *arguments))

    def start(self):
        """Starts of the first and the second worker, as clients see them."""
        restart_workers(self.sandbox)
        clients = []
        try:
            for what in STARTS:
                clients.append(self.timer(what, self._connected))
                time.sleep(REST)
            assert len(workers(self.sandbox)) == WORKERS
        finally:
            for client in clients:
                client.close()

    def _connected(self):
        client = self.sandbox.client()
        ok(client.get_supported_version())
        return client


def table(subjects, what, methods):
    none, *others = subjects
    lines = [f"| {what} | none | " + " | ".join(f"{other.name} | ratio" for other in others) + " |",
             "|---|" + "---|" * (1 + 2 * len(others))]
    for method in methods:
        base = none.timer.median(method)
        cells = [f"{other.timer.median(method):.1f} ms | {other.timer.median(method) / base:.2f}" for other in others]
        lines.append(f"| {method} | {base:.1f} ms | " + " | ".join(cells) + " |")
    return lines


def calls(subject):
    return [method for method in subject.timer.times if method not in STARTS]


def worst(none, other):
    """The highest ratio, and its call."""
    return max((other.timer.median(method) / none.timer.median(method), method) for method in calls(none))


def section(subjects, arguments):
    version = subprocess.run(["/usr/sbin/smbd", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    ratio, method = worst(*subjects[:2])
    return "\n".join([
        BEGIN, "",
        f"Medians of {arguments.rounds} interleaved rounds as a client on the same machine sees them; {version}, "
        f"kernel {platform.release()}, {os.cpu_count()} cores.", "",
        *table(subjects, "call", calls(subjects[0])), "",
        f"The highest ratio with {arguments.sets} stored sets is {ratio:.2f} ({method}).", "",
        f"From a client's connect to its first answer, medians of {arguments.starts}:", "",
        *table(subjects, "a client comes and there is", STARTS), "",
        f"    tests/bench/stored_sets.py --sets {arguments.sets} --rounds {arguments.rounds} "
        f"--starts {arguments.starts}", "", END])


def write(text):
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    DOCUMENT.write_text(before + text + rest.partition(END)[2], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--print-only", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    options = ["--global", "fss:min free = 0", "--global", "fss:max shadow copies = 1000000",
               "--global", f"rpcd_fss:num_workers = {WORKERS}"]
    options += ["--build-dir", arguments.build_dir] if arguments.build_dir else []
    subjects = []
    try:
        for name, sets, shares in (("none", 0, False), (f"{arguments.sets} sets", arguments.sets, False),
                                   (f"{arguments.sets} sets and shares", arguments.sets, True)):
            subjects.append(Subject(name, options, sets, shares))
        for _ in range(arguments.rounds):
            for subject in subjects:
                subject.round()
        for _ in range(arguments.starts):
            for subject in subjects:
                subject.start()
        text = section(subjects, arguments)
        ratio, _ = worst(*subjects[:2])
    finally:
        for subject in subjects:
            subject.close()
    print(text)
    if not arguments.print_only:
        write(text)
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
