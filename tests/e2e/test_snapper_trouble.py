# SPDX-License-Identifier: GPL-3.0-or-later
"""Shadow copies that snapper manages, when it or its administrator gets in the way: nothing is left behind."""

import shutil
import threading
import time

import pytest

import leftovers
import snapper_admin as snapperd
from fsrvp import SmbError
from shadow_copies import added, committed, delete, exposed, ok, recovered

SANDBOX = ["--provider", "snapper", "--shares", "2", "--global", "fss:sequence timeout = 60"]

NOTICE_SECONDS = 40  # the agent looks every ten; a loaded machine takes its time


@pytest.fixture
def share(sandbox):
    return sandbox.shares["share1"]


def wait_until_nothing_is_left(sandbox, seconds=NOTICE_SECONDS):
    deadline = time.monotonic() + seconds
    while left := leftovers.find(sandbox):
        assert time.monotonic() < deadline, f"left behind after {seconds} s:\n{left}"
        time.sleep(0.2)
    for share in sandbox.shares.values():
        assert not snapperd.stored(share)


def commit(client, made):
    ok(client.prepare(made.set_id))
    return client.commit(made.set_id)


# ------------------------------------------------------------- administrators --

def test_a_snapshot_that_an_administrator_deletes_takes_its_share_along(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        (number,) = snapperd.numbers(sandbox, "share1")
        snapperd.snapper(sandbox, "-c", "share1", "delete", str(number))
        wait_until_nothing_is_left(sandbox)
        assert sandbox.log_line(f"{made.set_id}: share1 is removed, its snapshots are gone")


def test_a_number_that_snapper_gives_anew_is_not_shown_as_the_old_one(sandbox, share):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        (number,) = snapperd.numbers(sandbox, "share1")
        snapperd.snapper(sandbox, "-c", "share1", "delete", str(number))
        (share.path / "later").write_text("not in the shadow copy", encoding="ascii")
        snapperd.snapper(sandbox, "-c", "share1", "create")
        assert snapperd.numbers(sandbox, "share1") == [number]
        for user in (sandbox.nobody, sandbox.admin):
            with pytest.raises(SmbError):
                with sandbox.connect(made.exposed("share1"), user=user) as copy:
                    copy.list()
        deadline = time.monotonic() + NOTICE_SECONDS
        while leftovers.exposed_shares(sandbox):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert snapperd.numbers(sandbox, "share1") == [number], "it is an administrator's"
    snapperd.snapper(sandbox, "-c", "share1", "delete", str(number))
    wait_until_nothing_is_left(sandbox)


def test_a_configuration_that_is_deleted_takes_its_shadow_copies_along(sandbox, share):
    with sandbox.client() as client:
        recovered(client, sandbox, "share1")
        snapperd.snapper(sandbox, "-c", "share1", "delete-config")
        try:
            wait_until_nothing_is_left(sandbox)
        finally:
            snapperd.create_config(sandbox, "share1", share.path)


def test_a_configuration_that_was_removed_by_hand_keeps_no_shadow_copy_alive(sandbox, share):
    """Snapper does not know its snapshots any more then."""
    configs = sandbox.dir / "snapper" / "etc" / "configs"
    sysconfig = sandbox.dir / "snapper" / "default"
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        before = sysconfig.read_text(encoding="ascii")
        shutil.move(configs / "share1", configs.parent / "share1")
        sysconfig.write_text(before.replace("share1 ", "").replace(" share1", ""), encoding="ascii")
        snapperd.kill(sandbox)
        assert "share1" not in snapperd.snapper(sandbox, "list-configs")
        try:
            delete(client, sandbox, made)
            wait_until_nothing_is_left(sandbox)
        finally:
            shutil.move(configs.parent / "share1", configs / "share1")
            sysconfig.write_text(before, encoding="ascii")
            snapperd.kill(sandbox)


# ------------------------------------------------------------------- snapperd --

def test_snapperd_killed_before_a_commit(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        ok(client.prepare(made.set_id))
        snapperd.kill(sandbox)
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
    wait_until_nothing_is_left(sandbox)


def test_snapperd_killed_after_a_commit(sandbox):
    with sandbox.client() as client:
        made = committed(client, sandbox, "share1", "share2")
        snapperd.kill(sandbox)
        ok(client.expose(made.set_id))
        snapperd.kill(sandbox)
        ok(client.abort(made.set_id))
    wait_until_nothing_is_left(sandbox)


# Where snapperd makes a snapshot's directory, the snapshot, its info.xml.
@pytest.mark.parametrize("call", ["mkdirat", "ioctl", "renameat"])
def test_snapperd_killed_during_a_commit(sandbox, call):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1", "share2")
        ok(client.prepare(made.set_id))
        with snapperd.broken_at(sandbox, call):
            assert client.commit(made.set_id).hresult != 0
        ok(client.abort(made.set_id))
    wait_until_nothing_is_left(sandbox)


def test_snapperd_killed_at_any_time_of_a_commit(sandbox, share):
    for pause in (0.0, 0.01, 0.03, 0.06, 0.1):
        with sandbox.client() as client:
            made = added(client, sandbox, "share1", "share2")
            ok(client.prepare(made.set_id))
            killer = threading.Timer(pause, snapperd.kill, [sandbox])
            killer.start()
            client.commit(made.set_id)
            killer.join()
            ok(client.abort(made.set_id))
        wait_until_nothing_is_left(sandbox)


def test_snapperd_killed_during_a_deletion(sandbox):
    for call in ("unlinkat", "unlinkat:2"):  # when the snapshot has gone already
        with sandbox.client() as client:
            made = exposed(client, sandbox, "share1")
            with snapperd.broken_at(sandbox, call):
                client.abort(made.set_id)
        wait_until_nothing_is_left(sandbox, 90)


def test_a_snapshot_that_comes_too_late_is_removed(sandbox):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        ok(client.prepare(made.set_id))
        with snapperd.stopped(sandbox):
            assert client.commit(made.set_id, 3000).hresult != 0, "snapperd cannot have answered"
            time.sleep(12)  # and the agent has given it up, too
        client.abort(made.set_id)
    wait_until_nothing_is_left(sandbox, 90)
