# SPDX-License-Identifier: GPL-3.0-or-later
"""Many sets at once: clients in processes of their own, their connections held open.

Also run against the distribution's agent, whose figures stand beside ours.
"""

import collections
import concurrent.futures
import dataclasses
import itertools
import json
import multiprocessing
import random
import time

import leftovers
import world as worlds
from clients import UNKNOWN, LoadClient, Lost, Refused
from fsrvp import SmbError
from told import Fate, Told

CLIENTS = 8
ROUND_SECONDS = 240
SANDBOX = ("--shares", "4", "--volumes", "2", "--global", "rpcd_{worker}:num_workers = 4")
OURS = ("--global", "fss:max concurrent sets = 8", "--global", "fss:min free = 0")

# A set that cannot be begun because others are on their way is tried again.
PATIENCE_SECONDS = 30


@dataclasses.dataclass
class Figures:
    """What came of the wanted sets.

    lost: recovered sets that the agent knows no more; unusable: ones that it
    knows but that cannot be read or deleted; orphaned: snapshots, shares and
    records that are left when all known sets are deleted.
    """
    agent: str
    addresses: str
    wanted: int = 0
    recovered: int = 0
    lost: int = 0
    unusable: int = 0
    orphaned: int = 0
    seconds: float = 0.0
    errors: dict = dataclasses.field(default_factory=dict)
    details: list = dataclasses.field(default_factory=list)

    @property
    def failed(self):
        return self.wanted - self.recovered


def sandbox_options(agent):
    options = [word.format(worker={"fss": "fss", "stock": "fsrvp"}[agent]) for word in SANDBOX]
    return options + (list(OURS) if agent == "fss" else [])


def addresses(kind):
    """The clients' own addresses: all the same, or all different."""
    return [None if kind == "one address" else f"127.0.0.{number + 2}" for number in range(CLIENTS)]


def _make_patiently(client, shares, rng):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return client.make(shares)
        except Refused as error:
            begins = error.method in ("set_context", "start")
            if not begins or time.monotonic() > deadline:
                raise
        time.sleep(rng.uniform(0.02, 0.2))


def _one_client(sandbox, seed, address, count):
    """Makes sets through one connection, which is kept open. Returns what it was told."""
    rng = random.Random(seed)
    told = Told()
    errors = collections.Counter()
    shares = list(sandbox.shares)
    client = LoadClient(sandbox, told, rng, source_address=address, seconds=60)
    deadline = time.monotonic() + ROUND_SECONDS
    for _ in range(count):
        if time.monotonic() > deadline:
            errors["not begun in time"] += 1
            continue
        try:
            _make_patiently(client, rng.sample(shares, rng.randint(1, len(shares))), rng)
        except (Lost, Refused) as error:
            errors[str(error).partition("(")[0][:60] if isinstance(error, Lost) else str(error)] += 1
            client.close()
    client.close()
    return told.sets(), errors


def _use(sandbox, seed, known):
    """Maps, reads and deletes a set from a fresh connection: "lost" or "unusable" and why, or None."""
    client = LoadClient(sandbox, Told(), random.Random(seed))
    try:
        for mapping in known.mappings:
            mapping.exposed = client.exposed_name(known, mapping)
            if (content := client.read_back(known, mapping)) != known.token:
                return "unusable", f"{mapping.share} of {known.set_id}: {content!r} instead of {known.token!r}"
        client.delete(known)
    except Refused as error:
        kind = "lost" if error.method == "get_share_mapping" and error.hresult in UNKNOWN else "unusable"
        return kind, f"set {known.set_id}: {error}"
    except (Lost, SmbError, OSError) as error:
        return "unusable", f"set {known.set_id}: {error}"
    finally:
        client.close()
    return None


def run(sandbox, sets, kind, seed, restart):
    """Makes the sets in parallel, restarts all workers with restart(), then uses and deletes each."""
    figures = Figures(sandbox.agent, kind, sets)
    told = []
    errors = collections.Counter()
    begin = time.monotonic()
    counts = [sets // CLIENTS + (number < sets % CLIENTS) for number in range(CLIENTS)]
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(CLIENTS, context) as pool:
        jobs = [pool.submit(_one_client, sandbox, f"{seed} {number}", address, count)
                for number, (address, count) in enumerate(zip(addresses(kind), counts))]
        for job in jobs:
            known, seen = job.result(ROUND_SECONDS + 120)
            told += known
            errors += seen
    figures.seconds = time.monotonic() - begin
    kept = [known for known in told if known.mappings and all(m.fate is Fate.KEPT for m in known.mappings)]
    figures.recovered = len(kept)
    figures.errors = dict(errors)

    restart()
    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
        failures = [failure for failure in pool.map(_use, itertools.repeat(sandbox), range(len(kept)), kept) if failure]
    figures.lost = sum(kind == "lost" for kind, _ in failures)
    figures.unusable = sum(kind == "unusable" for kind, _ in failures)
    figures.details = [text for _, text in failures]
    return figures


def count_orphans(sandbox, figures):
    """After all known sets were deleted, whatever is left belongs to no one."""
    if sandbox.agent == "fss":
        world = worlds.settled(sandbox)
        left = [*world.snapshots, *world.shares, *world.sets, *world.descriptors, *world.others]
    else:
        found = leftovers.find(sandbox)
        left = [*found.subvolumes, *found.shares]
    figures.orphaned = len(left)
    figures.details += left
    return figures


def to_json(figures):
    return json.dumps(dataclasses.asdict(figures))
