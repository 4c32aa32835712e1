# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes many finished sets, and shares like those that the agent exposed, straight into the databases.

Made through the agent, ten thousand would take an hour. The records have the
format of core/store/Record.cpp; their snapshots do not exist.
"""

import json
import os
import struct
import uuid
import zlib

import tdb

VOLUME = "btrfs:00000000-0000-4000-8000-000000000001:256"
SHARES_KEY = "HKLM\\SOFTWARE\\SAMBA\\SMBCONF"


def _record(value):
    body = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return f"FSS1 {zlib.crc32(body):08x} {len(body)}\n".encode() + body


def _decoded(record):
    return json.loads(record.partition(b"\n")[2])


def _key(text):
    return text.encode() + b"\0"


def _guid():
    return str(uuid.uuid4()).upper()


def _self():
    """This process as the agent names a worker: it keeps a start from comparing all sets with the world."""
    with open("/proc/self/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
        return {"boot": boot.read().strip(), "pid": os.getpid(), "start": int(fields[19])}


def _set(boot):
    copy_id = _guid()
    return {"id": _guid(), "status": "Recovered", "context": 25, "client": "127.0.0.1", "account": "FSS\\bench",
            "boot": boot, "undoing": False, "committed": False, "job": None,
            "copies": [{"id": copy_id, "volume": {"id": VOLUME, "root": "/stored", "store": "/stored/.fss"},
                        "created": 133000000000000000, "taken": 133000000000000000, "uuid": str(uuid.uuid4()),
                        "transaction": 1000, "deleting": False,
                        "mappings": [{"unc": "\\\\127.0.0.1\\stored", "share": "stored",
                                      "exposed_name": f"stored@{{{copy_id}}}", "path": "", "exposed": True,
                                      "deleting": False}]}]}


def add_sets(path, count):
    """Adds finished sets to fss.tdb; returns the names of their exposed shares."""
    owner = _self()
    names = []
    database = tdb.open(str(path))
    database.transaction_start()
    for _ in range(count):
        stored = _set(owner["boot"])
        names.append(stored["copies"][0]["mappings"][0]["exposed_name"])
        database.store(_key(f"set/{stored['id']}"), _record(stored))
    database.store(_key(f"volume/{VOLUME}"), _record({"copies": count, "shadowed": count}))
    state = _decoded(database.get(_key("state")))
    state["workers"].append(owner)
    database.store(_key("state"), _record(state))
    database.transaction_commit()
    database.close()
    return names


def add_shares(path, model, names):
    """Adds shares to registry.tdb that are defined as the model is."""
    database = tdb.open(str(path))
    database.transaction_start()
    listed = database.get(_key(SHARES_KEY))
    keys = {key for key in database.keys() if model.upper().encode() in key.upper()}
    assert keys, f"{model} is not in {path}"
    (count,) = struct.unpack_from("<I", listed)
    content = listed[4:] + b"".join(_key(name) for name in names)
    database.store(_key(SHARES_KEY), struct.pack("<I", count + len(names)) + content)
    for key in keys:
        value = database.get(key)
        at = key.upper().index(model.upper().encode())
        for name in names:
            database.store(key[:at] + name.upper().encode() + key[at + len(model):], value)
    database.transaction_commit()
    database.close()
