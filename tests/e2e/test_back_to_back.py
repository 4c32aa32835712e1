# SPDX-License-Identifier: GPL-3.0-or-later
"""Many sets on one share, faster than a second each."""

import time

import leftovers
from shadow_copies import delete, recovered

SETS = 20


def test_sets_made_and_deleted_one_after_another(sandbox):
    with sandbox.client() as client:
        begin = time.monotonic()
        for _ in range(SETS):
            delete(client, sandbox, recovered(client, sandbox, "share1"))
        seconds = time.monotonic() - begin
    assert seconds < SETS, f"{SETS} sets took {seconds:.1f} s"
    leftovers.assert_none(sandbox)


def test_sets_that_exist_side_by_side(sandbox):
    with sandbox.connect("share1") as share, sandbox.client() as client:
        begin = time.monotonic()
        sets = []
        for number in range(SETS):
            share.write("number", str(number).encode())
            sets.append(recovered(client, sandbox, "share1"))
        seconds = time.monotonic() - begin
        assert seconds < SETS, f"{SETS} sets took {seconds:.1f} s"
        for number, made in enumerate(sets):
            with sandbox.connect(made.exposed("share1")) as copy:
                assert copy.read("number") == str(number).encode()
        for made in sets:
            delete(client, sandbox, made)
    leftovers.assert_none(sandbox)
