# SPDX-License-Identifier: GPL-3.0-or-later
"""The message sequence timer, with no client connected and across workers' deaths."""

import pytest

import soon
import world as worlds
from fsrvp import Context
from processes import workers
from restarts import kill, wait_until_gone
from shadow_copies import added, committed, exposed, ok, start

TIMEOUT = 2
SANDBOX = ["--shares", "2", "--volumes", "2", "--global", f"fss:sequence timeout = {TIMEOUT}",
           "--global", "rpcd_fss:num_workers = 4", "--global", "fss:max concurrent sets = 8",
           "--global", "fss:min free = 0"]

# Any worker enforces a timer that another one set, if later.
WITHIN_SECONDS = 20

SHARES = ("share1", "share2")


def _started(client, _sandbox):
    return start(client)


STEPS = {
    "Started": _started,
    "Added": lambda client, sandbox: added(client, sandbox, *SHARES),
    "Committed": lambda client, sandbox: committed(client, sandbox, *SHARES),
    "Exposed": lambda client, sandbox: exposed(client, sandbox, *SHARES),
    "Exposed, writable": lambda client, sandbox: exposed(client, sandbox, *SHARES, context=Context.AUTO_RECOVERY),
}


def nothing_left(sandbox):
    soon.nothing_left(sandbox, WITHIN_SECONDS)
    world = worlds.settled(sandbox)
    assert not worlds.inconsistencies(world)


@pytest.mark.parametrize("state", STEPS)
def test_with_no_client_connected(sandbox, state):
    with sandbox.client() as client:
        STEPS[state](client, sandbox)
        assert worlds.look(sandbox).sets
    nothing_left(sandbox)


@pytest.mark.parametrize("state", STEPS)
def test_by_an_idle_worker_after_the_first_was_killed(sandbox, state):
    # It is up before there is any set, and nobody calls it afterwards.
    with sandbox.client(source_address="127.0.0.2") as idle:
        ok(idle.get_supported_version())
        with sandbox.client() as client:
            STEPS[state](client, sandbox)
            first = _owner(sandbox)
            soon.true(lambda: workers(sandbox) - {first}, "another worker is up")
            kill([first])
            wait_until_gone([first])
        soon.nothing_left(sandbox, WITHIN_SECONDS)
    nothing_left(sandbox)


def test_by_a_worker_that_starts_later(sandbox):
    with sandbox.client() as client:
        STEPS["Exposed"](client, sandbox)
        pids = workers(sandbox)
        kill(pids)
        wait_until_gone(pids)
    with sandbox.client() as other:
        ok(other.get_supported_version())
    nothing_left(sandbox)


def _owner(sandbox):
    """The worker that holds the only session."""
    (session,) = worlds.look(sandbox).state["sessions"]
    return session["worker"]["pid"]
