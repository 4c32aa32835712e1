# SPDX-License-Identifier: GPL-3.0-or-later
"""The write gate's file is cut short or overwritten under a living smbd with open files."""

import os
import re

import pytest

import gates
import smb_changes
import soon
from attempts import Attempt
from fsrvp import HResult
from fsrvp.connection import smb_connection
from shadow_copies import added, ok, refused, shadow_copy_set

SANDBOX = ["--shares", "1", "--share", "vfs objects = fss streams_xattr"]
OPEN_OR_CREATE = 3
LOST = "share share1: somebody has cut short or damaged the shared memory"


@pytest.fixture
def writer(sandbox):
    """A client with an smbd of its own and an open file: writer(data) writes, and returns smbd's process."""
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
    client = smb_changes.Client(connection, "share1")
    file = client.open("file", disposition=OPEN_OR_CREATE)

    def write(data):
        client.write(file, data)
        return {pid for _, pid in gates.Gate(sandbox, sandbox.shares["share1"].path).writers()}

    yield write
    connection.getSMBServer().get_socket().close()


def gate_file(sandbox):
    (path,) = gates.directory(sandbox).glob("btrfs_*.v1")
    return path


def cut(path):
    os.truncate(path, 0)


def cut_behind_the_first_page(path):
    os.truncate(path, os.sysconf("SC_PAGE_SIZE"))


def overwrite(path):
    path.write_bytes(b"something else")


def commit(sandbox):
    """The answer of a Commit of a set that ends with it."""
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        answer = client.commit(made.set_id)
        ok(client.abort(made.set_id))
    return answer


def lines(sandbox):
    return sum(LOST in line for line in sandbox.log().splitlines())


@pytest.mark.parametrize("damage", [cut, cut_behind_the_first_page, overwrite])
def test_a_writer_lives_says_so_and_is_held_again(sandbox, writer, damage):
    before = lines(sandbox)
    processes = writer(b"before")
    assert processes
    damage(gate_file(sandbox))
    # Nobody knows yet what this process has under way.
    refused(commit(sandbox), HResult.FAIL)
    assert sandbox.log_line("shared memory was damaged.*leave the files in .*fss-gate.* alone")
    assert writer(b"after!") == processes, "the same process lives, and has a slot in the new file"
    writer(b"again!")
    assert lines(sandbox) == before + 1
    assert sandbox.log_line(re.escape(LOST) + ".*it has joined another")
    with gates.hold(sandbox, sandbox.shares["share1"].path):
        attempt = Attempt(writer, b"later!")
        assert attempt.waits()
    attempt.end()
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("file") == b"later!"
    assert list(gates.directory(sandbox).glob("*.lost-*")) == []


def test_a_writer_that_notices_first_has_the_set_succeed(sandbox, writer):
    writer(b"before")
    cut(gate_file(sandbox))
    writer(b"after!")
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("file") == b"after!"


def test_a_file_that_is_cut_short_while_the_writers_are_held_fails_the_set(sandbox, writer):
    writer(b"before")
    path = sandbox.shares["share1"].path
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        with gates.change_under_way(sandbox, path):
            attempt = Attempt(client.commit, made.set_id)
            # No map of it here outlives that: it would not stand the cut.
            soon.true(lambda: gates.Gate(sandbox, path).held_until, "the gate is closed")
            cut(gate_file(sandbox))
            refused(attempt.end(), HResult.FAIL)
        writer(b"after!")
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
