# SPDX-License-Identifier: GPL-3.0-or-later
"""What is being removed stands against no limit, and gives its room to the next shadow copy."""

import itertools
import os

import pytest

import leftovers
from harness import checked
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, start

SANDBOX = ["--volume-size", "1", "--global", "fss:min free = 16M"]
PART = 16 << 20
INSUFFICIENT_STORAGE = 0x8004231F  # VSS_E_INSUFFICIENT_STORAGE


def fill(directory):
    """Takes all the room that there is; returns the files that have it."""
    made = []
    for number in itertools.count():
        made.append(directory / f"part{number}")
        with open(made[-1], "wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, PART)
            except OSError:
                return made


def test_the_room_of_a_deleted_copy_is_there_for_the_next_at_once(sandbox):
    share = sandbox.shares["share1"]
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        delete(client, sandbox, made)
        parts = fill(share.path)
        sandbox.add_registry_share("roomless", share.path, **{"fss:min free": "0"})
        for _ in range(2):
            held = recovered(client, sandbox, "roomless")
            for part in parts:
                part.unlink()
            checked(["btrfs", "filesystem", "sync", share.path])
            set_id = start(client)
            refused(client.add(set_id, sandbox.unc("share1")), INSUFFICIENT_STORAGE)
            delete(client, sandbox, held)
            made = recovered(client, sandbox, "share1")
            delete(client, sandbox, made)
            parts = fill(share.path)
        for part in parts:
            part.unlink()
    sandbox.net("conf", "delshare", "roomless")
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("reach", [added, committed, exposed])
def test_a_clients_unfinished_set_does_not_stand_against_the_limit(sandbox, reach):
    sandbox.add_registry_share("limited", sandbox.shares["share1"].path,
                               **{"fss:max shadow copies": "1", "fss:min free": "0"})
    with sandbox.client() as client:
        for _ in range(4):
            reach(client, sandbox, "limited")
        ok(client.abort(reach(client, sandbox, "limited").set_id))
    sandbox.net("conf", "delshare", "limited")
    leftovers.assert_none(sandbox)
