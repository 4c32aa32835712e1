# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes many finished sets, and shares like those that the agent exposed, straight into the databases.

Made through the agent, ten thousand would take an hour. The records have the
format of core/store/Record.cpp, and all name the snapshot of a set that the
agent has made.
"""

import json
import struct
import uuid
import zlib

import tdb

SHARES_KEY = "HKLM\\SOFTWARE\\SAMBA\\SMBCONF"


def _record(value, version=1):
    body = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return f"FSS{version} {zlib.crc32(body):08x} {len(body)}\n".encode() + body


def _decoded(record):
    return json.loads(record.partition(b"\n")[2])


def _key(text):
    return text.encode() + b"\0"


def _guid():
    return str(uuid.uuid4()).upper()


def _set(model, exposed):
    """A set like the model with ids of its own; the model's snapshot is its own by path."""
    made = json.loads(json.dumps(model))
    made["id"] = _guid()
    for copy in made["copies"]:
        copy["path"] = f"{copy['volume']['store']}/{copy['id']}/snapshot"
        copy["id"] = _guid()
        for mapping in copy["mappings"]:
            mapping["exposed_name"] = f"{mapping['share']}@{{{copy['id']}}}"
            mapping["exposed"] = exposed
    return made


def add_sets(path, model_id, count, exposed):
    """Adds finished sets like the model to fss.tdb; returns the names of their exposed shares."""
    names = []
    database = tdb.open(str(path))
    database.transaction_start()
    model = _decoded(database.get(_key(f"set/{str(model_id).upper()}")))
    for _ in range(count):
        stored = _set(model, exposed)
        names.append(stored["copies"][0]["mappings"][0]["exposed_name"])
        database.store(_key(f"set/{stored['id']}"), _record(stored, 2))
    volume = _key(f"volume/{model['copies'][0]['volume']['id']}")
    use = {key: value + count for key, value in _decoded(database.get(volume)).items()}
    database.store(volume, _record(use))
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
