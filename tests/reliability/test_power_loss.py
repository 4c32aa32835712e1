# SPDX-License-Identifier: GPL-3.0-or-later
"""The state databases as they were at arbitrary instants, copied without any lock, opened anew."""

import random
import struct
import time

import pytest
import tdb

import verify
import world as worlds
from clients import Load, LoadClient, Lost, Refused, join_all
from fsrvp import Context
from restarts import end_all, restart_daemons
from told import Fate, Told

COPIES = 8
CLIENTS = 3
SANDBOX = ["--shares", "4", "--volumes", "2", "--global", "rpcd_fss:num_workers = 4",
           "--global", "fss:max concurrent sets = 8", "--global", "fss:sequence timeout = 8",
           "--global", "fss:min free = 0"]
DATABASES = ("fss.tdb", "registry.tdb", "share_info.tdb")


def _state(sandbox):
    return sandbox.dir / "state"


def _copy(sandbox, target, rng):
    """Each file at its own instant, in any order."""
    target.mkdir()
    for name in rng.sample(DATABASES, len(DATABASES)):
        time.sleep(rng.uniform(0, 0.05))
        (target / name).write_bytes((_state(sandbox) / name).read_bytes())


def _restore(sandbox, source):
    for name in DATABASES:
        path = _state(sandbox) / name
        mode = path.stat().st_mode
        path.write_bytes((source / name).read_bytes())
        path.chmod(mode)


def _mended(sandbox, seconds=30):
    """The world once the agent has compared all sets with it and published what was missing."""
    deadline = time.monotonic() + seconds
    while True:
        world = worlds.settled(sandbox)
        if world.record_shares <= world.shares or time.monotonic() > deadline:
            return world
        time.sleep(0.1)


def _subset(told, wanted):
    chosen = Told()
    for known in told.sets():
        if known.set_id in wanted:
            copy = chosen.began(known.set_id, known.token)
            copy.mappings = known.mappings
    return chosen


def _read_all(sandbox, told, rng):
    """Maps and reads every set; failures as lines. Nothing is deleted."""
    failures = []
    client = LoadClient(sandbox, told, rng)
    for known in told.sets():
        for mapping in known.mappings:
            try:
                mapping.exposed = client.exposed_name(known, mapping)
                if client.read_back(known, mapping) != known.token:
                    failures.append(f"{mapping.share} of set {known.set_id}: wrong content")
            except Exception as error:  # whatever it is, the set is of no use
                failures.append(f"{mapping.share} of set {known.set_id}: {error}")
    client.close()
    return failures


def _dropped_in_silence(sandbox, told, recorded, world):
    """Finished sets of the copy that are gone now and of which the log does not tell."""
    log = sandbox.log().lower()
    return [f"dropped without a word: {set_id}" for set_id in recorded
            if set_id not in world.sets and f"shadow copy set {set_id}" not in log]


def test_copies_of_the_databases_open_and_recover(sandbox, rng, tmp_path):
    told = Told()
    loads = [Load(sandbox, told, random.Random(rng.random()), keep=0.5) for _ in range(CLIENTS)]
    for load in loads:
        load.start()
    copies = []
    try:
        time.sleep(3)
        for number in range(COPIES):
            time.sleep(rng.uniform(0, 1.5))
            kept = {known.set_id for known in told.kept()}
            _copy(sandbox, tmp_path / str(number), rng)
            copies.append((tmp_path / str(number), kept))
    finally:
        join_all(loads)
    at_the_end = {known.set_id for known in told.kept()}
    print(f"{len(told.sets())} sets begun, {len(at_the_end)} kept at the end")

    # The latest first: an older copy does not know the newer sets.
    faults = []
    for source, kept in reversed(copies):
        end_all(sandbox)
        _restore(sandbox, source)
        recorded = set(worlds.finished(worlds.dump(source / "fss.tdb")))
        restart_daemons(sandbox)
        world = _mended(sandbox)
        must = _subset(told, kept & at_the_end)
        failures = _read_all(sandbox, must, rng) + _dropped_in_silence(sandbox, told, recorded, world)
        failures += [f"set aside: {name}" for name in world.damaged]
        failures += [f"unfinished: {set_id}" for set_id, entry in world.sets.items() if entry["status"] != "Recovered"]
        failures += [f"lost share: {name}" for name in world.record_shares - world.shares]
        print(f"copy {source.name}: {len(recorded)} finished sets, {len(must.sets())} checked, "
              f"{len(failures)} failures")
        faults += [f"copy {source.name}: {failure}" for failure in failures]
    assert not faults, "\n".join(faults)


# ------------------------------------------------------------- damaged files --

@pytest.fixture
def two_sets(make_sandbox, rng):
    sandbox = make_sandbox(*SANDBOX)
    told = Told()
    client = LoadClient(sandbox, told, rng)
    for _ in range(2):
        client.make(["share1", "share2"], Context.NAS_ROLLBACK)
    client.close()
    end_all(sandbox)
    return sandbox, told


def _damage(sandbox, key):
    database = tdb.open(str(_state(sandbox) / "fss.tdb"))
    try:
        value = bytearray(database.get(key))
        value[len(value) // 2] ^= 0x55
        database.store(key, bytes(value))
    finally:
        database.close()


def test_a_damaged_set_is_set_aside_and_stops_no_other(two_sets, rng):
    sandbox, told = two_sets
    first, second = told.sets()
    _damage(sandbox, f"set/{str(first.set_id).upper()}\0".encode())
    restart_daemons(sandbox)
    world = worlds.settled(sandbox)
    assert list(world.sets) == [str(second.set_id)]
    assert [name.lower() for name in world.damaged] == [f"damaged/set/{first.set_id}"]
    assert sandbox.log_line(rf"record 'set/{first.set_id}' is damaged or foreign")
    # What only the damaged record names is nobody's to touch.
    first_shares = {mapping.exposed.lower() for mapping in first.mappings}
    assert first_shares <= world.shares
    first.set_fate(Fate.GONE)
    assert not verify.unusable(sandbox, told, rng)


@pytest.mark.parametrize("key", [b"state\0", "volume"])
def test_what_is_derived_from_the_sets_is_made_anew(two_sets, rng, key):
    sandbox, told = two_sets
    if key == "volume":
        name = next(name for name in worlds.dump(_state(sandbox) / "fss.tdb") if name.startswith("volume/"))
        key = f"{name}\0".encode()
    _damage(sandbox, key)
    restart_daemons(sandbox)
    world = worlds.settled(sandbox)
    assert len(world.sets) == 2
    assert not verify.unusable(sandbox, told, rng)
    assert not (world := worlds.settled(sandbox)).sets and not world.volumes
    assert sandbox.log_line(r"is damaged or foreign")


def _truncated(content):
    """Half of what is used is left."""
    return content[:len(content.rstrip(b"\0")) // 2]


def _make_until_refused(sandbox, told, rng, seconds=60):
    """The daemons may not be up yet; once they are, a set is refused."""
    client = LoadClient(sandbox, told, rng)
    deadline = time.monotonic() + seconds
    while True:
        try:
            client.make(["share1"])
        except Refused:
            client.close()
            return
        except Lost as error:
            assert time.monotonic() < deadline, error
            time.sleep(0.2)
        else:
            raise AssertionError("a set was made")


PAGE = 4096


def _dead_in_a_commit(file):
    """As after a death in tdb's commit, with room for recovery beyond the old end, and no mark that it is valid."""
    area, room = len(file) + 2 * PAGE, 16 * PAGE
    # next, length, the file's old size, length of the data, hash, mark
    record = struct.pack("=6I", 0, room, len(file), PAGE, 0, 0)
    return file[:44] + struct.pack("=I", area) + file[48:] + bytes(2 * PAGE) + record + bytes(room)


def _failed_before_the_area(fill):
    """As after an error of the file system before anything was written to the area for recovery."""
    def spoilt(file):
        return file[:44] + struct.pack("=I", len(file) + 2 * PAGE) + file[48:] + fill * (18 * PAGE)
    return spoilt


def _header_without_the_rest(file):
    """The area's place is known, and the file has not grown."""
    return file[:44] + struct.pack("=I", len(file) + 2 * PAGE) + file[48:]


def _area_left_behind(file):
    """tdb has gone on with a new area, and nothing leads to the one before."""
    room = 16 * PAGE
    record = struct.pack("=6I", 0, room, len(file) + 24 + room, PAGE, 0, 0)
    return file[:44] + struct.pack("=I", len(file)) + file[48:] + record + bytes(room)


@pytest.mark.parametrize("spoil", [_dead_in_a_commit, _failed_before_the_area(b"B"), _failed_before_the_area(bytes(1)),
                                   _header_without_the_rest, _area_left_behind],
                         ids=["killed", "area not written", "area lost", "growth lost", "area left behind"])
def test_a_failure_while_the_file_was_to_grow_is_no_damage(two_sets, rng, spoil):
    sandbox, told = two_sets
    path = _state(sandbox) / "fss.tdb"
    path.write_bytes(spoil(path.read_bytes()))
    restart_daemons(sandbox)
    assert sandbox.log_line(r"fss\.tdb: a commit that did not end has been undone")
    verify.check(sandbox, told, rng)


def test_a_file_that_has_only_grown_is_sound(two_sets, rng):
    sandbox, told = two_sets
    path = _state(sandbox) / "fss.tdb"
    path.write_bytes(path.read_bytes() + b"B" * (18 * PAGE))
    restart_daemons(sandbox)
    assert not sandbox.log_line(r"fss\.tdb is damaged")
    verify.check(sandbox, told, rng)


@pytest.mark.parametrize("spoil", [_truncated, lambda content: b"\xA5" * len(content)],
                         ids=["cut in half", "overwritten"])
def test_a_spoilt_file_is_told_of_and_not_made_anew(two_sets, rng, spoil):
    sandbox, told = two_sets
    path = _state(sandbox) / "fss.tdb"
    sound = path.read_bytes()
    path.write_bytes(spoil(sound))
    restart_daemons(sandbox, "--no-wait")
    _make_until_refused(sandbox, told, rng)
    assert sandbox.log_line(r"state store .*fss\.tdb is damaged; put a sound copy in its place, or move it away")
    assert path.read_bytes() == spoil(sound)

    # As the log says.
    end_all(sandbox)
    path.write_bytes(sound)
    restart_daemons(sandbox)
    verify.check(sandbox, told, rng)
