#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares an exposed share with its base share at the instant of the snapshot, all over SMB.

Part of the base share rests until the set is committed, and was read before: the copy must
equal that, though all of it is changed afterwards. In another part writers are at work, who
number what they write: there the copy must show one moment.
"""

import argparse
import contextlib
import os
import pathlib
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS)]

import varied_files  # noqa: E402
from fsrvp.connection import smb_connection  # noqa: E402
from harness import Sandbox  # noqa: E402
from shadow_copies import ShadowCopySet, added, delete, ok  # noqa: E402
from smb_changes import CREATE, FULL_EA_INFO, Client  # noqa: E402
from smb_reading import answers_to_opening, read_tree  # noqa: E402

SHARE = "share1"
# The reader is to be let into every file, as a backup is.
SHARE_OPTIONS = ["--share", "vfs objects = fss acl_xattr streams_xattr", "--share", "admin users = fss-admin",
                 "--share", "store dos attributes = yes", "--share", "ea support = yes"]
WRITERS, FILES_EACH = 2, 5
CHANGING = "changing"
BLOCK = 4096
PAUSE = 0.01  # seconds; the readers want some of the machine, too


def ea(value):
    return struct.pack("<IBBH", 0, 0, len("GEN"), len(value)) + b"GEN\0" + value


class Writer(threading.Thread):
    """Gives its files one number after the other: the content, then a stream, then an attribute."""

    def __init__(self, sandbox, number):
        super().__init__(daemon=True)
        self.names = [f"{CHANGING}\\{number}.{file}" for file in range(FILES_EACH)]
        self.done = dict.fromkeys(self.names, 0)   # the last one that was acknowledged in all three
        self.begun = dict.fromkeys(self.names, 0)
        self.failure = None
        self._ending = threading.Event()
        self._client = Client(smb_connection(sandbox.host, sandbox.port, *sandbox.admin), SHARE)
        self._files = {name: self._client.open(name, disposition=CREATE) for name in self.names}
        self._streams = {name: self._client.open(f"{name}:number", disposition=CREATE) for name in self.names}
        self._write(0)

    def _write(self, number):
        value = b"%08d" % number
        for name in self.names:
            self.begun[name] = number
            self._client.write(self._files[name], value * (BLOCK // len(value)))
            self._client.write(self._streams[name], value)
            self._client.set_file_info(self._files[name], FULL_EA_INFO, ea(value))
            self.done[name] = number

    def run(self):
        number = 0
        try:
            while not self._ending.is_set():
                number += 1
                self._write(number)
                self._ending.wait(PAUSE)
        except Exception as error:  # shown by stop()
            self.failure = error

    def stop(self):
        self._ending.set()
        self.join()
        if self.failure:
            raise self.failure


@contextlib.contextmanager
def writers(sandbox):
    root = sandbox.shares[SHARE].path / CHANGING
    root.mkdir()
    root.chmod(0o777)
    running = [Writer(sandbox, number) for number in range(WRITERS)]
    for writer in running:
        writer.start()
    try:
        yield running
    finally:
        for writer in running:
            writer.stop()


def numbers_of(facts):
    """The numbers that a file's content, stream and attribute have."""
    content = int(facts.content[:8])
    assert facts.content == facts.content[:8] * (BLOCK // 8), "a write of one block is torn"
    ((_, stream),) = facts.streams
    return content, int(stream[:8]), int(facts.attributes.rpartition(b"GEN\0")[2][:8])


def check_changing(copy, acknowledged, begun):
    """One moment of each file: between the last write before the commit and the first after it."""
    for name, before in acknowledged.items():
        content, stream, attribute = numbers_of(copy[name])
        assert content >= stream >= attribute >= content - 1, f"{name}: {content}, {stream}, {attribute}"
        assert before <= attribute and content <= begun[name], f"{name}: {before}, {attribute}, {content}, {begun}"


def check_resting(base, copy):
    assert copy.keys() == base.keys(), f"names: {sorted(copy.keys() ^ base.keys())[:10]}"
    different = {name: facts.differences(copy[name]) for name, facts in base.items() if facts != copy[name]}
    assert not different, f"{len(different)} of {len(base)} differ: {dict(list(different.items())[:10])}"


def current(running, what):
    return {name: number for writer in running for name, number in getattr(writer, what).items()}


def compare(sandbox, count, say=lambda text: None):
    """Makes so many files, a shadow copy of them, and compares; returns how many files and directories."""
    share = sandbox.shares[SHARE]
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
    templates = varied_files.Templates(sandbox, SHARE, connection)
    directories = varied_files.make(share.path, count, templates)
    templates.remove()
    connection.close()
    say(f"{count} files are made")
    base = read_tree(sandbox, SHARE, directories)
    say(f"{len(base)} files and directories of the base share are read")
    # What an ordinary user may read.
    some = [name for name in base if name.startswith(directories[0])]
    allowed = answers_to_opening(sandbox, SHARE, some, sandbox.nobody)
    assert 0 < sum(status == 0 for status in allowed.values()) < len(some)

    with sandbox.client() as client, writers(sandbox) as running:
        made = added(client, sandbox, SHARE)
        ok(client.prepare(made.set_id))
        time.sleep(0.5)
        acknowledged = current(running, "done")
        ok(client.commit(made.set_id))
        begun = current(running, "begun")
        varied_files.spoil(share.path, directories)
        ok(client.expose(made.set_id))
        mapping = ok(client.get_share_mapping(made.copy_ids[SHARE], made.set_id, sandbox.unc(SHARE))).mapping
        made = ShadowCopySet(made.set_id, made.copy_ids, {SHARE: mapping})
        ok(client.recovery_complete(made.set_id))
        copy = read_tree(sandbox, made.exposed(SHARE), [*directories, CHANGING])
        say(f"{len(copy)} of the exposed share are read")
        assert answers_to_opening(sandbox, made.exposed(SHARE), some, sandbox.nobody) == allowed
        delete(client, sandbox, made)
    check_changing(copy, acknowledged, begun)
    resting = {name: facts for name, facts in copy.items() if not name.startswith(CHANGING)}
    check_resting(base, resting)
    return base


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"))
    arguments = parser.parse_args()
    start = time.monotonic()

    def say(text):
        print(f"{time.monotonic() - start:6.1f} s  {text}", flush=True)

    sandbox = Sandbox.up(*SHARE_OPTIONS, *(["--build-dir", arguments.build_dir] if arguments.build_dir else []))
    try:
        base = compare(sandbox, arguments.files, say)
    finally:
        sandbox.down()
    say(f"equal: {len(base)} files and directories, {sum(len(facts.streams) for facts in base.values())} streams, "
        f"{len({facts.security for facts in base.values()})} different security descriptors")


if __name__ == "__main__":
    main()
