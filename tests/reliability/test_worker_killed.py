# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the agent's workers at random instants."""

import contextlib
import random
import threading
import time

import soon
import world as worlds
from clients import Load, join_all
from harness import checked, state_database
from restarts import kill, wait_for_workers
from shadow_copies import added
from told import Told
from verify import check

CLIENTS = 3
SANDBOX = ["--shares", "4", "--volumes", "2", "--global", "rpcd_fss:num_workers = 4",
           "--global", "fss:max concurrent sets = 8", "--global", "fss:sequence timeout = 10",
           "--global", "fss:min free = 0"]

# About as long as a set takes from SetContext to its deletion.
LONGEST_PAUSE = 1.5
ALL_AT_ONCE = 0.25
CONNECT_SECONDS = 8  # samba-dcerpcd may forget a client when a worker dies at its start


def wait_for_answers(loads, seconds=30):
    """Until some call was answered, so that a kill meets work."""
    before = sum(load.answers for load in loads)
    deadline = time.monotonic() + seconds
    while sum(load.answers for load in loads) == before:
        assert time.monotonic() < deadline, f"no call was answered for {seconds} s"
        time.sleep(0.01)


def kill_at_random_instants(sandbox, loads, rng, instants):
    killed = 0
    for _ in range(instants):
        wait_for_answers(loads)
        time.sleep(rng.uniform(0, LONGEST_PAUSE))
        pids = sorted(wait_for_workers(sandbox))
        killed += kill(pids if rng.random() < ALL_AT_ONCE else [rng.choice(pids)])
    return killed


def test_workers_killed_while_sets_are_made_and_deleted(sandbox, rng, request):
    told = Told()
    loads = [Load(sandbox, told, random.Random(rng.random()), seconds=CONNECT_SECONDS) for _ in range(CLIENTS)]
    for load in loads:
        load.start()
    try:
        killed = kill_at_random_instants(sandbox, loads, rng, request.config.getoption("--kills"))
    finally:
        errors = join_all(loads)
    print(f"{killed} workers killed, {len(told.sets())} sets begun, {sum(load.made for load in loads)} recovered, "
          f"{sum(load.deleted for load in loads)} deleted, {len(told.kept())} kept; errors: {dict(errors)}")
    assert "lost set" not in errors
    check(sandbox, told, rng)


@contextlib.contextmanager
def _frozen(volume):
    """System calls that change the file system wait, as on a slow disk, and no signal ends them."""
    checked(["fsfreeze", "--freeze", volume])
    try:
        yield
    finally:
        checked(["fsfreeze", "--unfreeze", volume])


def _commit_and_lose_the_answer(client, set_id):
    with contextlib.suppress(Exception):  # whatever a connection to a dead worker raises
        client.commit(set_id)


def test_nothing_is_undone_while_a_killed_worker_is_still_in_the_kernel(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1", "share2")
        (session,) = worlds.look(sandbox).state["sessions"]
        with _frozen(sandbox.shares["share1"].volume):
            committing = threading.Thread(target=_commit_and_lose_the_answer, args=(client, made.set_id))
            committing.start()
            soon.true(lambda: _record(sandbox, made)["job"], "the commit is under way")
            time.sleep(1)  # until its threads are in the kernel
            kill([session["worker"]["pid"]])
            committing.join(30)
            worlds.make_set(sandbox, source_address="127.0.0.2")
            assert _record(sandbox, made)["job"]["owner"] == session["worker"], "its work was taken over too early"
    soon.nothing_left(sandbox, 60)
    assert not worlds.inconsistencies(worlds.settled(sandbox))


def _record(sandbox, made):
    return worlds.sets_of(worlds.dump(state_database(sandbox.dir)))[str(made.set_id)]
