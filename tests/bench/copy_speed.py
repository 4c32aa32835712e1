#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast smbshadow copies an exposed share, against smbclient's own mget and tar of the same share.

All end with the data on the disk (sync is in the time), each round has all three in
another order, and the page cache is warm for all. Memory is the program's peak (RSS).
"""

import argparse
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "e2e"), str(TESTS)]

import document  # noqa: E402
from harness import Sandbox  # noqa: E402
from smbshadow import Smbshadow  # noqa: E402

GIB = 1024 ** 3
MEMORY_LIMIT = 100 * 1024  # KiB


def large_files(share, total):
    """Data that neither compresses nor has holes, in files of 1 GiB at most."""
    block = random.Random(1).randbytes(16 * 1024 * 1024)
    number = 0
    while total > 0:
        size = min(total, GIB)
        with open(share / f"large{number}", "wb") as file:
            for at in range(0, size, len(block)):
                file.write(at.to_bytes(8, "big") + block[8:min(len(block), size - at)])
        number, total = number + 1, total - size


def small_files(share, count):
    """Files of 1 to 32 KiB, 500 in a folder."""
    source = random.Random(2)
    data = source.randbytes(64 * 1024)
    for number in range(count):
        folder = share / f"folder{number // 500}"
        folder.mkdir(exist_ok=True)
        at = source.randrange(32 * 1024)
        (folder / f"file{number}").write_bytes(data[at:at + source.randrange(1024, 32 * 1024)])


class Subject:
    """One way to copy the exposed share into an empty directory."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.times = []
        self.memory = 0

    def round(self, parent):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="copy-", dir=parent))
        subprocess.run(["sync", "-f", directory], check=True)
        begin = time.monotonic()
        process = subprocess.Popen(self.command(directory), cwd=directory, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        subprocess.run(["sync", "-f", directory], check=True)
        self.times.append(time.monotonic() - begin)
        assert process.returncode == 0, f"{self.name} ended with {process.returncode}"
        self.memory = max(self.memory, usage.ru_maxrss)
        shutil.rmtree(directory)

    @property
    def median(self):
        return statistics.median(self.times)


def subjects(sandbox, shadow, set_id, exposed):
    client = ["smbclient", "-s", sandbox.conf, "-p", str(sandbox.port), "-U", "%".join(sandbox.admin),
              f"//{sandbox.host}/{exposed}"]
    return [
        Subject("smbshadow", lambda directory: shadow.command("-q", "copy", set_id, directory)),
        Subject("smbshadow without ACLs",
                lambda directory: shadow.command("-q", "copy", "--no-acls", set_id, directory)),
        Subject("mget", lambda directory: [*client, "-c", "prompt off; recurse on; mget *"]),
        Subject("tar", lambda directory: [*client, "-Tqc", str(directory / "all.tar")]),
    ]


def measure(make, rounds, work, build_dir):
    sandbox = Sandbox.up(*(["--build-dir", build_dir] if build_dir else []))
    try:
        share = sandbox.shares["share1"]
        make(share.path)
        shadow = Smbshadow(sandbox, build_dir, work)
        made = shadow.create(f"//{sandbox.host}/share1")
        compared = subjects(sandbox, shadow, made["id"], made["copies"][0]["exposedName"])
        compared[2].round(work)  # the cache is warm for all that counts
        compared[2].times.clear()
        for number in range(rounds):
            for subject in compared[number % 4:] + compared[:number % 4]:
                subject.round(work)
        shadow.ok("delete", made["id"])
        return compared
    finally:
        sandbox.down()


def rows_of(what, compared):
    ours = compared[0]
    best = min(compared[2].median, compared[3].median)
    for subject in compared:
        yield (f"| {what} | {subject.name} | {subject.median:.2f} s | {best / subject.median:.2f} "
               f"| {subject.memory / 1024:.0f} MiB |")
    if best / ours.median < 1 or ours.memory > MEMORY_LIMIT:
        yield f"| {what} | *target missed* | | | |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=10, help="of large files (default: 10)")
    parser.add_argument("--files", type=int, default=50000, help="small ones (default: 50000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", default=tempfile.gettempdir(), help="directory on the disk to copy to")
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows = []
    kinds = []
    if arguments.gib:
        kinds.append((f"{arguments.gib:g} GiB", lambda share: large_files(share, int(arguments.gib * GIB))))
    if arguments.files:
        kinds.append((f"{arguments.files} files", lambda share: small_files(share, arguments.files)))
    with tempfile.TemporaryDirectory(prefix="copy-speed-", dir=arguments.work) as work:
        for what, make in kinds:
            for row in rows_of(what, measure(make, arguments.rounds, pathlib.Path(work), arguments.build_dir)):
                rows.append(row)
                print(row, flush=True)
    if not arguments.no_document:
        document.put("copying", [
            f"Medians of {arguments.rounds} interleaved rounds, with the data on the disk at the end; the ratio is "
            f"to the faster of `smbclient`'s two; {document.machine()}.", "",
            "| what | how | time | ratio | peak memory |", "|---|---|---|---|---|", *rows],
            f"tests/bench/copy_speed.py --gib {arguments.gib:g} --files {arguments.files} --rounds {arguments.rounds}")


if __name__ == "__main__":
    main()
