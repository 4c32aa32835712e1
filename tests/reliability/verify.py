# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the world is what the clients were told."""

import world as worlds
from clients import LoadClient, Lost, Refused
from fsrvp import SmbError
from told import Fate


def promises_broken(world, told):
    """Mappings that are lost, and ones that should be gone; each as a line."""
    broken = []
    known_sets = {str(known.set_id) for known in told.sets()}
    for known in told.sets():
        record = world.sets.get(str(known.set_id), {"copies": []})
        there = {mapping["share"] for copy in record["copies"] for mapping in copy["mappings"] if mapping["exposed"]}
        for mapping in known.mappings:
            if mapping.fate is Fate.KEPT and mapping.share not in there:
                broken.append(f"lost: {mapping.share} of set {known.set_id}")
            if mapping.fate is Fate.GONE and mapping.share in there:
                broken.append(f"should be gone: {mapping.share} of set {known.set_id}")
    return broken + [f"unknown set: {set_id}" for set_id in world.sets if set_id not in known_sets]


def resolve(world, told):
    """What was open is decided by the records: KEPT or GONE."""
    for known in told.sets():
        record = world.sets.get(str(known.set_id), {"copies": []})
        there = {mapping["share"] for copy in record["copies"] for mapping in copy["mappings"]}
        for mapping in known.mappings:
            mapping.fate = Fate.KEPT if mapping.share in there else Fate.GONE


def unusable(sandbox, told, rng, **options):
    """Maps, reads and deletes what is kept, from a fresh connection; failures as lines."""
    failures = []
    client = LoadClient(sandbox, told, rng, **options)
    for known in told.sets():
        for mapping in known.mappings:
            if mapping.fate is not Fate.KEPT:
                continue
            about = f"{mapping.share} of set {known.set_id}"
            try:
                mapping.exposed = client.exposed_name(known, mapping)
                if (content := client.read_back(known, mapping)) != known.token:
                    failures.append(f"{about}: {content!r} instead of {known.token!r}")
                one = type(known)(known.set_id, known.token, [mapping])
                client.delete(one)
            except (Lost, Refused, SmbError, OSError) as error:
                failures.append(f"{about}: {error}")
    client.close()
    return failures


def check(sandbox, told, rng):
    """After any crash: nothing lost, nothing orphaned, all usable; and then nothing is left."""
    world = worlds.settled(sandbox)
    faults = worlds.inconsistencies(world) + promises_broken(world, told)
    resolve(world, told)
    faults += unusable(sandbox, told, rng)
    world = worlds.settled(sandbox)
    left = [*world.sets, *world.shares, *world.snapshots, *world.descriptors, *world.others]
    faults += [f"left after all was deleted: {name}" for name in left]
    assert not faults, "\n".join(faults)
