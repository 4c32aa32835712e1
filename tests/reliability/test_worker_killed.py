# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the agent's workers at random instants."""

import random
import time

from clients import Load, join_all
from restarts import kill, wait_for_workers
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
