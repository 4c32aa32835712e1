# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of samba-dcerpcd and smbd while sets are made and deleted."""

import random
import time

import pytest

from clients import Load, join_all
from restarts import end_all, kill, named, restart_daemons, wait_until_gone
from told import Told
from verify import check

CLIENTS = 2
ROUNDS = 4
LONGEST_PAUSE = 4
CONNECT_SECONDS = 8
SANDBOX = ["--shares", "4", "--volumes", "2", "--global", "rpcd_fss:num_workers = 4",
           "--global", "fss:max concurrent sets = 8", "--global", "fss:sequence timeout = 10",
           "--global", "fss:min free = 0"]


def _kill_program(program):
    def kill_it(sandbox):
        pids = named(sandbox, program)
        assert pids, f"no {program} runs"
        kill(pids)
        wait_until_gone(pids)
    return kill_it


VICTIMS = {"samba-dcerpcd": _kill_program("samba-dcerpcd"), "smbd": _kill_program("smbd"), "everything": end_all}


@pytest.mark.parametrize("victim", VICTIMS)
def test_daemons_killed_while_sets_are_made_and_deleted(sandbox, rng, victim):
    told = Told()
    loads = [Load(sandbox, told, random.Random(rng.random()), seconds=CONNECT_SECONDS) for _ in range(CLIENTS)]
    for load in loads:
        load.start()
    try:
        for _ in range(ROUNDS):
            time.sleep(rng.uniform(0, LONGEST_PAUSE))
            VICTIMS[victim](sandbox)
            restart_daemons(sandbox)
    finally:
        errors = join_all(loads)
    print(f"{len(told.sets())} sets begun, {sum(load.made for load in loads)} recovered, "
          f"{sum(load.deleted for load in loads)} deleted, {len(told.kept())} kept; errors: {dict(errors)}")
    assert "lost set" not in errors
    check(sandbox, told, rng)
