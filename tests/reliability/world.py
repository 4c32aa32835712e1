# SPDX-License-Identifier: GPL-3.0-or-later
"""What is really there: snapshots, shares, security descriptors, records."""

import dataclasses
import json
import pathlib
import time

import tdb

import leftovers
from fsrvp import HResult
from harness import state_database

STORE_NAME = ".fss"


def decode(record):
    """The JSON text of a record: FSS1 CHECKSUM LENGTH, a line feed, JSON."""
    return json.loads(record.partition(b"\n")[2])


def dump(path):
    """A database's records by key; {} where there is none."""
    if not pathlib.Path(path).exists():
        return {}
    database = tdb.open(str(path))
    try:
        return {key.decode(errors="replace").rstrip("\0"): database.get(key) for key in database.keys()}
    finally:
        database.close()


def sets_of(records):
    """The sets among the records, by id."""
    return {key.partition("/")[2].lower(): decode(value) for key, value in records.items() if key.startswith("set/")}


def finished(records):
    """Ids of the sets that are recovered and at rest."""
    return [set_id for set_id, entry in sets_of(records).items()
            if entry["status"] == "Recovered" and not entry["job"] and not entry["undoing"]]


@dataclasses.dataclass
class World:
    """sets, volumes: the agent's records; damaged: what it set aside; state: its sessions and workers."""
    sets: dict
    volumes: dict
    damaged: list
    state: dict
    shares: set
    descriptors: set  # of exposed shares
    described: set  # base shares that have one of their own; without, an exposed share has none either
    snapshots: set
    others: set

    @property
    def record_shares(self):
        return {mapping["exposed_name"].lower() for entry in self.sets.values() for copy in entry["copies"]
                for mapping in copy["mappings"] if mapping["exposed"]}

    @property
    def record_snapshots(self):
        return {copy.get("path") or f"{copy['volume']['store']}/{copy['id']}/snapshot"
                for entry in self.sets.values() for copy in entry["copies"]}


def _stores(sandbox):
    return [volume for volume in [*sandbox.volumes, *(share.path for share in sandbox.shares.values())]
            if (volume / STORE_NAME).is_dir()]


def look(sandbox):
    """Reads the world as it is."""
    records = dump(state_database(sandbox.dir))
    described = {key.rpartition("/")[2].lower() for key in dump(sandbox.dir / "state" / "share_info.tdb")}
    subvolumes = set(leftovers.subvolumes(sandbox))
    snapshots = {path for path in subvolumes if pathlib.Path(path).name == "snapshot"}
    # A store may stand while it holds something, and its directories likewise.
    expected = set()
    for snapshot in snapshots:
        expected |= {str(pathlib.Path(snapshot).parent), str(pathlib.Path(snapshot).parents[1])}
    found = subvolumes - snapshots
    for root in _stores(sandbox):
        found |= {str(entry) for entry in (root / STORE_NAME).iterdir()}
    return World(
        sets=sets_of(records),
        volumes={key.partition("/")[2]: decode(value) for key, value in records.items() if key.startswith("volume/")},
        damaged=[key for key in records if key.startswith("damaged/")],
        state=decode(records["state"]) if "state" in records else {"sessions": [], "attention": [], "workers": []},
        shares={name.lower() for name in leftovers.exposed_shares(sandbox)},
        descriptors={name for name in described if "@{" in name},
        described={name for name in described if "@{" not in name},
        snapshots=snapshots,
        others=found - expected,
    )


def _unrest(world):
    """Why the agent still has something to do, or ""."""
    if world.state["sessions"]:
        return f"{len(world.state['sessions'])} sessions are open"
    if world.state["attention"]:
        return f"sets are in work: {', '.join(world.state['attention'])}"
    return ""


def make_set(sandbox, seconds=60, **options):
    """A fresh client begins and aborts a set, which makes the agent recover; waits for its turn."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with sandbox.client(seconds=20, **options) as client:
                trouble = client.set_context(0)
                if trouble.hresult == HResult.OK:
                    trouble = started = client.start()
                    if trouble.hresult == HResult.OK:
                        trouble = client.abort(started.outputs.set_id)
                        if trouble.hresult == HResult.OK:
                            return
        except Exception as error:  # whatever a connection to a dead server raises
            trouble = error
        assert time.monotonic() < deadline, f"no new set within {seconds} s: {trouble}"
        time.sleep(0.2)


def settled(sandbox, seconds=90):
    """The world once the agent has nothing to do any more."""
    make_set(sandbox, seconds)
    deadline = time.monotonic() + seconds
    while unrest := _unrest(world := look(sandbox)):
        assert time.monotonic() < deadline, f"after {seconds} s: {unrest}"
        time.sleep(0.1)
    return world


def inconsistencies(world):
    """Orphans, and records of what is not there, each as a line."""
    found = []
    record_descriptors = {name for name in world.record_shares if name.partition("@")[0] in world.described}
    pairs = (("snapshot", world.snapshots, world.record_snapshots),
             ("registry share", world.shares, world.record_shares),
             ("security descriptor", world.descriptors, record_descriptors))
    for what, real, recorded in pairs:
        found += [f"orphan {what}: {name}" for name in sorted(real - recorded)]
        found += [f"lost {what}: {name}" for name in sorted(recorded - real)]
    found += [f"left behind: {name}" for name in sorted(world.others)]
    found += [f"set aside: {name}" for name in sorted(world.damaged)]
    found += [f"unfinished: {name} is {entry['status']}" for name, entry in world.sets.items()
              if entry["status"] != "Recovered" or entry["job"] or entry["undoing"]]
    counted = {}
    for entry in world.sets.values():
        for copy in entry["copies"]:
            counted[copy["volume"]["id"]] = counted.get(copy["volume"]["id"], 0) + 1
    booked = {volume: use["copies"] for volume, use in world.volumes.items()}
    if counted != booked:
        found.append(f"counts of shadow copies: {booked} instead of {counted}")
    return found
