# SPDX-License-Identifier: GPL-3.0-or-later
"""While the snapshots of a set are made no SMB client changes its volumes, and nobody waits longer than needed."""

import contextlib
import os
import signal
import time

import pytest
from impacket.smb3 import SessionError

import leftovers
import smb_changes
from attempts import Attempt
from fsrvp import HResult
from fsrvp.connection import smb_connection
from gates import Gate, change_under_way, hold
from harness import checked
from shadow_copies import added, committed, delete, ok, recovered, refused

HOLD_TIMEOUT = 3
SANDBOX = ["--shares", "3", "--volumes", "2", "--global", f"fss:hold timeout = {HOLD_TIMEOUT}",
           "--global", "rpcd_fss:num_workers = 1",
           "--share", "vfs objects = fss btrfs streams_xattr", "--share", "strict allocate = yes"]
SOON = 1.5  # seconds; a waiting writer looks five times in one whether its holder lives
OPEN_OR_CREATE = 3


@pytest.fixture
def connect(sandbox):
    """connect(share) opens a connection of its own, with an smbd of its own."""
    with contextlib.ExitStack() as stack:
        def one(share="share1"):
            connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
            stack.callback(_close, connection)
            return smb_changes.Client(connection, share)
        yield one


def _close(connection):
    """Without a word: its smbd may be waiting, or dead."""
    connection.getSMBServer().get_socket().close()


def root(sandbox, share="share1"):
    return sandbox.shares[share].path


def open_file(client, name="file"):
    return client.open(name, disposition=OPEN_OR_CREATE)


def until(condition, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"


# ------------------------------------------------------- what waits, what not --

CHANGES = {change.__name__: change for change in (*smb_changes.USUAL, *smb_changes.OF_BTRFS)}


@pytest.fixture(scope="module")
def outcomes(module_sandbox):
    """All changes tried during one hold: by name, (ended during it, there during it, the attempt, the change)."""
    sandbox = module_sandbox.get()
    connections = [smb_connection(sandbox.host, sandbox.port, *sandbox.admin) for _ in CHANGES]
    changes = [change(smb_changes.Client(connection, "share1"), root(sandbox))
               for change, connection in zip(CHANGES.values(), connections)]
    with hold(sandbox, root(sandbox)):
        attempts = [Attempt(change.act) for change in changes]
        time.sleep(1)
        during = [(not attempt.is_alive(), change.done()) for attempt, change in zip(attempts, changes)]
    yield {change.name: (*early, attempt, change) for change, early, attempt in zip(changes, during, attempts)}
    for connection in connections:
        _close(connection)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_waits_until_the_hold_is_over(outcomes, name):
    ended, there, attempt, change = outcomes[name]
    assert not ended and not there, "it did not wait"
    attempt.end()
    assert change.done(), "it was answered and is not there"


def test_reading_goes_on(sandbox, connect):
    client, reader = connect(), connect()
    file = open_file(client)
    client.write(file, b"before")
    with hold(sandbox, root(sandbox)):
        client.write_and_go_on(file, b"during")
        for one in (client, reader):
            opened = one.open("file", smb_changes.READ)
            assert Attempt(one.read, opened, 6).end(SOON) == b"before"
            assert Attempt(one.connection.listPath, sandbox.shares["share1"].name, "*").end(SOON)
    until(lambda: client.read(file, 6) == b"during", "the write is done")


def test_reading_goes_on_behind_many_held_writes(sandbox, connect):
    client = connect()
    file = open_file(client)
    client.write(file, b"before")
    with hold(sandbox, root(sandbox)):
        for number in range(100):
            client.write_and_go_on(file, b"x" * 4096, 4096 * (1 + number))
        assert Attempt(client.read, file, 6).end(SOON) == b"before"
        assert root(sandbox).joinpath("file").stat().st_size == 6
    until(lambda: root(sandbox).joinpath("file").stat().st_size == 4096 * 101, "all writes are done")


def test_a_share_may_be_left_out(sandbox, connect):
    sandbox.add_registry_share("unheld", root(sandbox), **{"fss:hold": "no"})
    client = connect("unheld")
    with hold(sandbox, root(sandbox)):
        Attempt(open_file, client, "new").end(SOON)
        Attempt(client.write, open_file(client), b"content").end(SOON)


# ---------------------------------------------------------------- the Commit --

@contextlib.contextmanager
def _commit_in_its_hold(sandbox, client, *shares):
    """A Commit that cannot go on: yields the attempt while its agent is stopped with all gates closed."""
    made = added(client, sandbox, *shares)
    ok(client.prepare(made.set_id))
    with change_under_way(sandbox, root(sandbox, shares[0])), _stopped_when_held(sandbox, shares[0]) as stop:
        attempt = Attempt(client.commit, made.set_id)
        stop()
        yield made, attempt


def _worker(sandbox):
    """The only one."""
    (pid,) = map(int, checked(["pgrep", "--full", f"rpcd_fss.*{sandbox.conf}"]).split())
    return pid


@contextlib.contextmanager
def _stopped_when_held(sandbox, share):
    gate, pid = Gate(sandbox, root(sandbox, share)), _worker(sandbox)

    def stop():
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if gate.held_until:
                os.kill(pid, signal.SIGSTOP)
                if gate.held_until:
                    return
                os.kill(pid, signal.SIGCONT)
        raise AssertionError("the gate was not closed")

    yield stop
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def test_all_ways_to_its_volumes_are_held_and_no_others(sandbox, connect):
    below = root(sandbox) / "directory"
    below.mkdir()
    below.chmod(0o777)
    sandbox.add_registry_share("below", below)
    sandbox.add_registry_share("around", sandbox.shares["share1"].volume)
    held = [connect("share1"), connect("below"), connect("around")]
    files = [open_file(held[0]), open_file(held[1]), open_file(held[2], "share1\\file")]
    free = [connect("share2"), connect("share3")]
    with sandbox.client() as client:
        with _commit_in_its_hold(sandbox, client, "share1") as (made, commit):
            attempts = [Attempt(one.write, file, b"content") for one, file in zip(held, files)]
            for one in free:
                Attempt(open_file, one, "new").end(SOON)
            assert all(attempt.waits() for attempt in attempts)
        commit.end()  # which may have come too late
        ok(client.abort(made.set_id))
    for attempt in attempts:
        attempt.end()


def test_writers_go_on_at_the_deadline_and_the_commit_fails(sandbox, connect):
    writer = connect()
    file = open_file(writer)
    with sandbox.client() as client:
        begin = time.monotonic()
        with _commit_in_its_hold(sandbox, client, "share1") as (made, commit):
            write = Attempt(writer.write, file, b"content")
            write.end()
            assert HOLD_TIMEOUT - 1 < write.ended_at - begin < HOLD_TIMEOUT + SOON
        refused(commit.end(), HResult.COMMIT_TIMEOUT)
        assert not leftovers.subvolumes(sandbox)
        ok(client.prepare(made.set_id))
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
    leftovers.assert_none(sandbox)


def test_a_change_that_does_not_end_fails_the_commit_and_keeps_nobody_for_long(sandbox, connect):
    writer = connect()
    file = open_file(writer)
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        with change_under_way(sandbox, root(sandbox)):
            commit = Attempt(client.commit, made.set_id)
            while commit.is_alive():
                # All others are let through again and again.
                Attempt(writer.write, file, b"content").end(HOLD_TIMEOUT * 2 / 3)
            refused(commit.end(), HResult.COMMIT_TIMEOUT)
        assert sandbox.log_line("has had a change under way")
        ok(client.abort(made.set_id))
    leftovers.assert_none(sandbox)


# ------------------------------------------------------------------- deaths --

def test_writers_go_on_soon_when_their_holder_is_killed(sandbox, connect):
    client, other = connect(), connect()
    file = open_file(client)
    with hold(sandbox, root(sandbox)) as holder:
        attempts = [Attempt(client.write, file, b"content"), Attempt(open_file, other, "new")]
        assert all(attempt.waits() for attempt in attempts)
        holder.process.kill()
        for attempt in attempts:
            attempt.end(SOON)


def _kill_in_the_middle(sandbox, client, file, pid):
    """kill -9 of an smbd that has a change under way."""
    gate = Gate(sandbox, root(sandbox))

    def caught():
        client.write_and_go_on(file, b"x" * 65536)
        os.kill(pid, signal.SIGSTOP)
        if any(inside for inside, owner in gate.writers() if owner == pid):
            return True
        os.kill(pid, signal.SIGCONT)
        client.smb.echo()
        return False

    until(caught, "it was seen in the middle of a write")
    os.kill(pid, signal.SIGKILL)


def _smbd_of(sandbox, connect):
    """A new connection and its smbd."""
    known = {pid for _, pid in Gate(sandbox, root(sandbox)).writers()}
    client = connect()
    (pid,) = {pid for _, pid in Gate(sandbox, root(sandbox)).writers()} - known
    return client, pid


def test_an_smbd_killed_in_the_middle_of_a_write_is_not_waited_for(sandbox, connect):
    connect()  # makes the gate
    client, pid = _smbd_of(sandbox, connect)
    _kill_in_the_middle(sandbox, client, open_file(client), pid)
    gate = Gate(sandbox, root(sandbox))
    assert gate.inside(), "nothing was left to be overlooked"
    with sandbox.client() as agent:
        made = committed(agent, sandbox, "share1")
        ok(agent.abort(made.set_id))
    slots = gate.slot_count
    for _ in range(3):
        connect()
    assert gate.slot_count <= slots + 2, "the dead one's slot is not used again"
    assert not gate.inside()


# --------------------------------------------------------------------- load --

@contextlib.contextmanager
def _frozen(volume):
    """System calls that change the file system wait, as on a slow disk."""
    checked(["fsfreeze", "--freeze", volume])
    try:
        yield
    finally:
        checked(["fsfreeze", "--unfreeze", volume])


def test_a_held_writer_may_have_a_lock_that_a_change_under_way_needs(sandbox, connect):
    deleter, busy = connect(), connect()
    doomed = deleter.open("doomed", disposition=OPEN_OR_CREATE, options=smb_changes.DELETE_ON_CLOSE)
    file = open_file(busy)
    gate = Gate(sandbox, root(sandbox))
    with contextlib.ExitStack() as stack:
        with _frozen(sandbox.shares["share1"].volume):
            busy.write_and_go_on(file, b"content")
            until(gate.inside, "the write is under way")
            holding = Attempt(stack.enter_context, hold(sandbox, root(sandbox)))
            until(lambda: gate.held_until, "the gate is closed")
            deleting = Attempt(deleter.close, doomed)    # waits with the file's share mode record locked
            assert deleting.waits(0.2)
            opening = Attempt(busy.open, "doomed", smb_changes.READ, OPEN_OR_CREATE)
            assert opening.waits(0.2)
        holding.end(SOON)
    deleting.end()
    with contextlib.suppress(SessionError):  # it may find the deletion pending
        opening.end()


class _Flood:
    """Keeps 64 writes under way on a connection; count: those acknowledged.

    They are small: newer impacket signs each, at 1 MiB/s.
    """
    DEPTH = 64
    SIZE = 8192

    def __init__(self, client, name):
        self._client, self._file = client, open_file(client, name)
        self._stopping = False
        self.count = 0
        self._attempt = Attempt(self._run)

    def _run(self):
        pending = []
        while not self._stopping or pending:
            while not self._stopping and len(pending) < self.DEPTH:
                pending.append(self._client.send_write(self._file, b"x" * self.SIZE, self.SIZE * len(pending)))
            self._client.end_write(pending.pop(0))
            self.count += 1

    def stop(self):
        self._stopping = True
        self._attempt.end()


def test_deep_queues_neither_starve_a_commit_nor_stop(sandbox, connect):
    floods = [_Flood(connect(share), f"flood{number}") for number, share in enumerate(["share1", "share1", "share2"])]
    try:
        with sandbox.client() as client:
            for _ in range(5):
                counts = [flood.count for flood in floods]
                made = recovered(client, sandbox, "share1", "share2")
                delete(client, sandbox, made)
                until(lambda: all(flood.count > count + 64 for flood, count in zip(floods, counts)), "all go on")
    finally:
        for flood in floods:
            flood.stop()
    leftovers.assert_none(sandbox)


def test_two_hundred_connections(sandbox):
    slots = []
    for _ in range(2):
        connections = [smb_connection(sandbox.host, sandbox.port, *sandbox.admin) for _ in range(200)]
        for connection in connections:
            connection.connectTree("share3")
        gate = Gate(sandbox, root(sandbox, "share3"))
        assert len(gate.writers()) >= 200
        with sandbox.client() as client:
            made = committed(client, sandbox, "share3")
            ok(client.abort(made.set_id))
        for connection in connections:
            _close(connection)
        until(lambda: len(gate.writers()) < 100, "slots are free again")
        slots.append(gate.slot_count)
    assert slots[1] < slots[0] + 100
