# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the agent's own records: FSS1 CHECKSUM LENGTH, a line feed, JSON."""

import json
import pathlib
import time

import tdb

STORE = "state/fss.tdb"
STATE = b"state\0"


def state(sandbox):
    database = tdb.open(str(pathlib.Path(sandbox.dir) / STORE))
    try:
        record = database.get(STATE)
    finally:
        database.close()
    return json.loads(record.partition(b"\n")[2]) if record else {"sessions": []}


def deadline(sandbox):
    """The end of the Message Sequence Timer on the boot clock, in ms; None where it is stopped."""
    deadlines = [session["deadline"]["ms"] for session in state(sandbox)["sessions"] if session["deadline"]]
    return deadlines[0] if deadlines else None


def seconds_left(sandbox):
    end = deadline(sandbox)
    return None if end is None else end / 1000 - time.clock_gettime(time.CLOCK_BOOTTIME)
