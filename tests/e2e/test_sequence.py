# SPDX-License-Identifier: GPL-3.0-or-later
"""The normal sequence of calls, MS-FSRVP 3.2.4, and its ends."""

import time

import pytest

import leftovers
from fsrvp import Context
from shadow_copies import added, committed, delete, exposed, ok, recovered, start

SANDBOX = ["--shares", "4", "--volumes", "2"]

FILETIME_SECOND = 10_000_000
FILETIME_1970 = 116_444_736_000_000_000


@pytest.mark.parametrize("level", ["integrity", "privacy"])
def test_a_shadow_copy_is_made_exposed_and_deleted(sandbox, level):
    name = sandbox.unc("share1")
    with sandbox.client(level=level) as client:
        versions = ok(client.get_supported_version())
        assert (versions.minimum, versions.maximum) == (1, 1)
        assert ok(client.is_path_supported(name)).supported
        assert not ok(client.is_path_shadow_copied(name)).present
        made = recovered(client, sandbox, "share1", context=Context.APP_ROLLBACK)
        assert ok(client.is_path_shadow_copied(name)).present
        delete(client, sandbox, made)
        assert not ok(client.is_path_shadow_copied(name)).present
    leftovers.assert_none(sandbox)


def test_the_mapping_tells_ids_names_and_time(sandbox):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "share1")
        mapping = made.mappings["share1"]
        assert mapping.set_id == made.set_id
        assert mapping.copy_id == made.copy_ids["share1"]
        assert mapping.share_name_unc == sandbox.unc("share1")
        assert mapping.shadow_copy_share_name == f"share1@{{{str(mapping.copy_id).upper()}}}"
        delete(client, sandbox, made)


def test_the_time_of_the_mapping_is_the_present(sandbox):
    before = time.time()
    with sandbox.client() as client:
        made = exposed(client, sandbox, "share1")
        stamp = (made.mappings["share1"].creation_timestamp - FILETIME_1970) / FILETIME_SECOND
        delete(client, sandbox, made)
    assert before - 1 <= stamp <= time.time() + 1


def test_a_trailing_backslash_makes_no_difference(sandbox):
    with sandbox.client() as client:
        set_id = start(client)
        copy_id = ok(client.add(set_id, sandbox.unc("share1", backslash=True))).copy_id
        ok(client.prepare(set_id))
        ok(client.commit(set_id))
        ok(client.expose(set_id))
        assert ok(client.get_share_mapping(copy_id, set_id, sandbox.unc("share1"))).mapping
        ok(client.delete_share_mapping(set_id, copy_id, sandbox.unc("share1")))
    leftovers.assert_none(sandbox)


def test_one_set_holds_shares_of_several_volumes(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1", "share2", "share3", "share4")
        assert len(set(made.copy_ids.values())) == 4
        for share in made.mappings:
            with sandbox.connect(made.exposed(share)) as copy:
                copy.list()
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_shares_of_a_set_can_be_deleted_one_by_one(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1", "share2")
        ok(client.delete_share_mapping(made.set_id, made.copy_ids["share1"], sandbox.unc("share1")))
        assert leftovers.exposed_shares(sandbox) == [made.exposed("share2")]
        with sandbox.connect(made.exposed("share2")) as copy:
            copy.list()
        ok(client.delete_share_mapping(made.set_id, made.copy_ids["share2"], sandbox.unc("share2")))
    leftovers.assert_none(sandbox)


def test_another_connection_can_go_on_with_the_set(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
    with sandbox.client() as client:
        ok(client.prepare(made.set_id))
        ok(client.commit(made.set_id))
    with sandbox.client() as client:
        ok(client.expose(made.set_id))
        ok(client.recovery_complete(made.set_id))
    with sandbox.client() as client:
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("reach", [added, committed, exposed])
def test_abort_undoes_the_set(sandbox, reach):
    with sandbox.client() as client:
        made = reach(client, sandbox, "share1", "share2")
        ok(client.abort(made.set_id))
    leftovers.assert_none(sandbox)


def test_abort_undoes_an_empty_set(sandbox):
    with sandbox.client() as client:
        ok(client.abort(start(client)))
    leftovers.assert_none(sandbox)


def test_a_set_can_follow_an_aborted_one(sandbox):
    with sandbox.client() as client:
        ok(client.abort(added(client, sandbox, "share1").set_id))
        delete(client, sandbox, recovered(client, sandbox, "share1"))
    leftovers.assert_none(sandbox)
