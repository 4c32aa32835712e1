# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's own records: FSS1 (or FSS2) CHECKSUM LENGTH, a line feed, JSON."""

import contextlib
import json
import pathlib
import time
import zlib

import tdb

from harness import state_database

STATE = b"state\0"


@contextlib.contextmanager
def _store(sandbox):
    database = tdb.open(str(state_database(pathlib.Path(sandbox.dir))))
    try:
        yield database
    finally:
        database.close()


def _decoded(record):
    return json.loads(record.partition(b"\n")[2])


def _encoded(value, magic):
    """magic: the record's version, FSS1 or FSS2."""
    body = json.dumps(value).encode()
    return b"%s %08x %d\n%s" % (magic, zlib.crc32(body), len(body), body)


def state(sandbox):
    with _store(sandbox) as database:
        record = database.get(STATE)
    return _decoded(record) if record else {"sessions": []}


def pretend_another_boot(sandbox, set_id):
    """The set was made before the machine was started anew; the workers must have ended."""
    key = f"set/{str(set_id).upper()}\0".encode()
    with _store(sandbox) as database:
        record = database.get(key)
        made = _decoded(record)
        made["boot"] = "00000000-0000-0000-0000-000000000000"
        database.store(key, _encoded(made, record.partition(b" ")[0]), tdb.REPLACE)


def deadline(sandbox):
    """The end of the Message Sequence Timer on the boot clock, in ms; None where it is stopped."""
    deadlines = [session["deadline"]["ms"] for session in state(sandbox)["sessions"] if session["deadline"]]
    return deadlines[0] if deadlines else None


def seconds_left(sandbox):
    end = deadline(sandbox)
    return None if end is None else end / 1000 - time.clock_gettime(time.CLOCK_BOOTTIME)
