#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast smbshadow copies an exposed share, against smbclient's own mget and tar of the same share.

All end with the data on the disk (sync is in the time), each round has all of them in
another order, and the page cache is warm for all. Memory is the program's peak (RSS).
The destination needs room for one copy of the large files, or for all copies of the
small ones.
"""

import argparse
import dataclasses
import math
import os
import pathlib
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(TESTS / "lib"), str(TESTS)]

import document  # noqa: E402
from harness import Sandbox  # noqa: E402
from smbshadow import Smbshadow  # noqa: E402

GIB = 1024 ** 3
SMALL_BYTES = 32 * 1024  # at most
MEMORY_LIMIT = 100 * 1024  # KiB

# Runs a command and prints its peak memory in KiB. A process of its own: Linux reckons to a
# program the memory of the one that started it, and this one is large.
WATCHED = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_pid, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


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
        (folder / f"file{number}").write_bytes(data[at:at + source.randrange(1024, SMALL_BYTES)])


def bytes_below(directory):
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


class Subject:
    """One way to copy the exposed share into an empty directory."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.times = []
        self.memory = 0

    def round(self, parent, size, keep):
        """size: bytes of the files that it has to bring, at least; keep: whether the copy stays."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="copy-", dir=parent))
        subprocess.run(["sync", "-f", directory], check=True)
        begin = time.monotonic()
        with tempfile.TemporaryFile(mode="w+", errors="replace") as said:
            done = subprocess.run([sys.executable, "-ISc", WATCHED, *self.command(directory)], cwd=directory,
                                  stdout=subprocess.PIPE, stderr=said, stdin=subprocess.DEVNULL, check=False)
            said.seek(0)
            assert done.returncode == 0, f"{self.name} ended with {done.returncode}:\n{said.read()[-2000:]}"
        subprocess.run(["sync", "-f", directory], check=True)
        self.times.append(time.monotonic() - begin)
        assert bytes_below(directory) >= size, f"{self.name} left something out"
        self.memory = max(self.memory, int(done.stdout))
        if not keep:
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
        Subject("tar", lambda directory: [*client, "-Tc", str(directory / "all.tar")]),
    ]


@dataclasses.dataclass
class Kind:
    name: str
    make: Callable  # fills a share's directory
    most: int  # bytes that it makes, at most
    # ext4 without a journal does not give away an inode for 1 to 6 minutes after its file was
    # deleted (recently_deleted()), and looks long for another where many were: copies of many
    # files stay until all rounds are over, and a deletion by others on that disk spoils the result.
    keep: bool


def measure(kind, rounds, work, build_dir):
    gib = max(4, math.ceil(kind.most * 1.1 / GIB) + 1)  # and room for the file system's own
    sandbox = Sandbox.up("--volume-size", str(gib), *(["--build-dir", build_dir] if build_dir else []))
    try:
        share = sandbox.shares["share1"]
        kind.make(share.path)
        size = bytes_below(share.path)
        shadow = Smbshadow(sandbox, build_dir, work)
        made = shadow.create(f"//{sandbox.host}/share1")
        compared = subjects(sandbox, shadow, made["id"], made["copies"][0]["exposedName"])
        compared[2].round(work, size, kind.keep)  # the cache is warm for all that counts
        compared[2].times.clear()
        for number in range(rounds):
            for subject in compared[number % 4:] + compared[:number % 4]:
                subject.round(work, size, kind.keep)
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and what was made is cleared away
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rows = []
    kinds = []
    if arguments.gib:
        size = int(arguments.gib * GIB)
        kinds.append(Kind(f"{arguments.gib:g} GiB", lambda share: large_files(share, size), size, False))
    if arguments.files:
        kinds.append(Kind(f"{arguments.files} files", lambda share: small_files(share, arguments.files),
                          arguments.files * SMALL_BYTES, True))
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="copy-speed-", dir=arguments.work) as work:
            compared = measure(kind, arguments.rounds, pathlib.Path(work), arguments.build_dir)
        for row in rows_of(kind.name, compared):
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
