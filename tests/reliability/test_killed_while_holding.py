# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the agent's worker while it holds the writers of a set."""

import contextlib
import multiprocessing
import os
import time

import soon
import world as worlds
from fsrvp.connection import smb_connection
from gates import Gate
from restarts import kill, wait_for_workers
from shadow_copies import added, delete, ok, recovered
from smb_changes import Client

KILLS = 20
HOLD_TIMEOUT = 10
SANDBOX = ["--shares", "2", "--volumes", "2", "--global", "rpcd_fss:num_workers = 1",
           "--global", "fss:sequence timeout = 10", "--global", f"fss:hold timeout = {HOLD_TIMEOUT}"]
RECORD = 512
# A waiting writer looks five times in a second whether its holder lives.
LONGEST_STALL = 2.0


def _append(sandbox, share, acknowledged, longest, stopping):
    """Writes record after record, each after the answer to the one before."""
    client = Client(smb_connection(sandbox.host, sandbox.port, *sandbox.admin), share)
    file = client.open("records", disposition=3)
    while not stopping.is_set():
        number = acknowledged.value
        begin = time.monotonic()
        client.write(file, number.to_bytes(8, "little") * (RECORD // 8), number * RECORD)
        longest.value = max(longest.value, time.monotonic() - begin)
        acknowledged.value = number + 1


class _Writer:
    def __init__(self, sandbox, share):
        self._path = sandbox.shares[share].path / "records"
        self._acknowledged = multiprocessing.Value("Q", 0, lock=False)
        self.longest = multiprocessing.Value("d", 0.0, lock=False)
        self._stopping = multiprocessing.Event()
        self._process = multiprocessing.Process(daemon=True, target=_append, args=(
            sandbox, share, self._acknowledged, self.longest, self._stopping))
        self._process.start()

    def goes_on(self, seconds=HOLD_TIMEOUT):
        before = self._acknowledged.value
        soon.true(lambda: self._acknowledged.value > before + 10, "the writer goes on", seconds)

    def stop(self):
        self._stopping.set()
        self._process.join(30)
        assert self._process.exitcode == 0

    def assert_nothing_lost(self):
        content = self._path.read_bytes()
        for number in range(self._acknowledged.value):
            record = content[number * RECORD:(number + 1) * RECORD]
            assert record == number.to_bytes(8, "little") * (RECORD // 8), f"record {number} is lost"


def _commit(sandbox, prepared, watched):
    """Makes a set up to its Commit, whose answer is lost with the worker."""
    with contextlib.suppress(Exception), sandbox.client(seconds=10) as client:
        made = added(client, sandbox, *sandbox.shares)
        ok(client.prepare(made.set_id))
        prepared.set()
        watched.wait(10)
        client.commit(made.set_id)


@contextlib.contextmanager
def _before_others():
    """A hold is over in a few milliseconds: whoever looks out for it must not have to wait for a processor."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _kill_in_a_hold(sandbox, gates):
    """Whether the worker that was killed held the writers and left the gate closed."""
    prepared, watched = multiprocessing.Event(), multiprocessing.Event()
    client = multiprocessing.Process(target=_commit, args=(sandbox, prepared, watched), daemon=True)
    client.start()
    try:
        assert prepared.wait(60)
        (worker,) = wait_for_workers(sandbox)
        end = time.monotonic() + 5
        with _before_others():
            watched.set()
            while not any(gate.held_until for gate in gates) and time.monotonic() < end:
                pass
            kill([worker])
            return any(gate.held_until for gate in gates)
    finally:
        client.join(30)


def test_writers_go_on_nothing_is_lost_and_the_set_is_undone(sandbox):
    writers = [_Writer(sandbox, share) for share in sandbox.shares]
    for writer in writers:
        writer.goes_on()
    gates = [Gate(sandbox, share.path) for share in sandbox.shares.values()]
    hits = tries = 0
    while hits < KILLS:
        hits += _kill_in_a_hold(sandbox, gates)
        tries += 1
        assert tries < 6 * KILLS, f"only {hits} of {tries} kills came in a hold"
        for writer in writers:
            writer.goes_on()
        worlds.make_set(sandbox)
        soon.nothing_left(sandbox, 30)
    longest = max(writer.longest.value for writer in writers)
    print(f"{hits} of {tries} kills came in a hold; the longest write took {longest * 1000:.0f} ms")
    for writer in writers:
        writer.stop()
        writer.assert_nothing_lost()
    assert longest < LONGEST_STALL
    with sandbox.client() as client:
        delete(client, sandbox, recovered(client, sandbox, *sandbox.shares))
    assert not worlds.inconsistencies(worlds.settled(sandbox))
