# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl over sets that clients have made: list, show, delete."""

import os
import pathlib
import re
import threading
import time
import uuid

import pytest

import leftovers
import soon
from administration import DECLINED, NOT_FOUND, OK, UNUSABLE, USAGE, text
from fsrvp import HResult
from harness import checked
from shadow_copies import added, committed, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "3", "--volumes", "2", "--global", "fss:max concurrent sets = 8",
           "--global", "fss:min free = 0"]


# ---------------------------------------------------------------- list and show --

STATES = {
    "started": lambda client, sandbox: start(client),
    "added": lambda client, sandbox: added(client, sandbox, "share1", "share2").set_id,
    "committed": lambda client, sandbox: committed(client, sandbox, "share1", "share2").set_id,
    "exposed": lambda client, sandbox: exposed(client, sandbox, "share1", "share2").set_id,
    "recovered": lambda client, sandbox: recovered(client, sandbox, "share1", "share2").set_id,
}


@pytest.mark.parametrize("state", STATES)
def test_a_set_is_shown_in_each_state(sandbox, fssctl, state):
    with sandbox.client() as client:
        set_id = text(STATES[state](client, sandbox))
        shown = fssctl.show(set_id)
        passing = ("age_seconds", "timer_seconds_left")
        listed = fssctl.sets()[set_id]
        assert {**listed, **{name: shown[name] for name in passing}} == shown
        assert shown["state"] == state
        assert shown["client"]["address"] == "127.0.0.1" and sandbox.admin[0] in shown["client"]["account"]
        assert (shown["timer_seconds_left"] is None) == (state == "recovered")
        assert shown["client"]["connected"] == (state != "recovered")
        shares = [share for copy in shown["shadow_copies"] for share in copy["shares"]]
        assert [share["share"] for share in shares] == ([] if state == "started" else ["share1", "share2"])
        for copy in shown["shadow_copies"]:
            made = state in ("committed", "exposed", "recovered")
            assert (copy["snapshot"] is not None) == made
            assert not made or pathlib.Path(copy["snapshot"]["path"]).is_dir()
        names = set(leftovers.exposed_shares(sandbox))
        told = {share["exposed_as"].rpartition("\\")[2] for share in shares if share["exposed_as"]}
        assert told == names
        for part in (set_id, state):
            assert part in fssctl("show", set_id[:8].lower()).out
            assert part in fssctl("list").out


def test_nothing_is_listed_where_there_is_nothing(fssctl):
    assert fssctl.json("list") == {"version": 1, "sets": []}
    assert "no shadow copy sets" in fssctl("list").out


def test_what_is_not_there_is_not_found(fssctl):
    for words in (("show", "00000000-0000-0000-0000-000000000001"), ("delete", "--yes", "12345678"),
                  ("delete", "--yes", "--share", "nothing")):
        assert "fssctl:" in fssctl(*words, code=NOT_FOUND).err
    assert "Usage" in fssctl("--help").out


@pytest.mark.parametrize("words", [(), ("nonsense",), ("show",), ("delete", "--yes"), ("delete", "--all", "x"),
                                   ("delete", "--older-than", "soon"), ("list", "--nonsense"), ("create",)])
def test_wrong_usage_says_so(fssctl, words):
    ended = fssctl(*words, code=USAGE)
    assert ended.err and not ended.out


def test_a_configuration_that_is_not_there_is_named(fssctl):
    ended = fssctl("list", "-s", "/nonexistent/smb.conf", code=UNUSABLE)
    assert "/nonexistent/smb.conf" in ended.err


def test_tables_fit_the_terminal_and_colours_are_for_it_only(sandbox, fssctl):
    with sandbox.client() as client:
        recovered(client, sandbox, "share1", "share2")
        for columns in (40, 60, 80):
            _, output = fssctl.on_a_terminal("list", columns=columns)
            lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in output.splitlines()]
            assert len(lines) == 2 and max(map(len, lines)) <= columns, output
            assert "\x1b[" in output
        assert "\x1b[" not in fssctl.on_a_terminal("list", env={"NO_COLOR": "1"})[1]
        assert "\x1b[" not in fssctl("list").out


def test_exclusive_size_is_shown_where_quota_groups_are_on(sandbox, fssctl):
    share = sandbox.shares["share1"]
    with sandbox.client() as client:
        (share.path / "before").write_bytes(os.urandom(300_000))
        set_id = text(recovered(client, sandbox, "share1").set_id)
        assert fssctl.show(set_id)["shadow_copies"][0]["snapshot"]["exclusive_bytes"] is None
        checked(["btrfs", "quota", "enable", share.path])
        try:
            (share.path / "before").unlink()
            checked(["btrfs", "quota", "rescan", "-w", share.path])
            checked(["sync", "-f", share.path])
            (copy,) = fssctl.show(set_id)["shadow_copies"]
            assert copy["snapshot"]["exclusive_bytes"] >= 300_000
            assert fssctl.json("stats")["exclusive_bytes"] >= 300_000
            assert "exclusive" in fssctl("show", set_id).out
        finally:
            checked(["btrfs", "quota", "disable", share.path])


# ---------------------------------------------------------------------- delete --

def test_a_set_is_deleted_by_the_start_of_its_id(sandbox, fssctl):
    with sandbox.client() as client:
        kept, gone = (text(recovered(client, sandbox, "share1").set_id) for _ in range(2))
        told = fssctl.json("delete", gone[:13], "--yes")
        assert [entry["id"] for entry in told["deleted"]] == [gone] and not told["failed"]
        assert list(fssctl.sets()) == [kept]


def test_one_shadow_copy_is_deleted_and_the_others_stay(sandbox, fssctl):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1", "share2")
        fssctl("delete", text(made.copy_ids["share1"]), "--yes")
        assert leftovers.exposed_shares(sandbox) == [made.exposed("share2")]
        fssctl("delete", made.exposed("share2"), "--yes")
        leftovers.assert_none(sandbox)


def test_all_shadow_copies_of_a_share_are_deleted(sandbox, fssctl):
    with sandbox.client() as client:
        both = recovered(client, sandbox, "share1", "share2")
        recovered(client, sandbox, "share1")
        fssctl("delete", "--share", "SHARE1", "--yes")
        assert leftovers.exposed_shares(sandbox) == [both.exposed("share2")]


def test_sets_of_an_age_are_deleted(sandbox, fssctl):
    with sandbox.client() as client:
        recovered(client, sandbox, "share1")
        assert fssctl("delete", "--older-than", "1h", "--yes").out == "nothing to delete\n"
        assert len(fssctl.sets()) == 1
        fssctl("delete", "--older-than", "0s", "--yes")
        assert not fssctl.sets()


def test_deletion_asks_on_a_terminal_and_refuses_without(sandbox, fssctl):
    with sandbox.client() as client:
        set_id = text(recovered(client, sandbox, "share1").set_id)
        assert "--yes" in fssctl("delete", set_id, code=DECLINED).err
        code, output = fssctl.on_a_terminal("delete", set_id, answer="n")
        assert code == DECLINED and set_id in output
        assert set_id in fssctl.sets()
        code, output = fssctl.on_a_terminal("delete", set_id, answer="y")
        assert code == OK, output
        assert not fssctl.sets()


@pytest.mark.parametrize("state", STATES)
def test_a_named_set_is_deleted_in_each_state(sandbox, fssctl, state):
    with sandbox.client() as client:
        set_id = text(STATES[state](client, sandbox))
        fssctl("delete", set_id, "--yes")
        leftovers.assert_none(sandbox)
        if state not in ("started", "recovered"):
            refused(client.commit(uuid.UUID(set_id)), HResult.INVALID_ARGUMENT)


def test_forgotten_shadow_copies_leave_their_snapshots(sandbox, fssctl):
    share = sandbox.shares["share1"]
    (share.path / "file").write_text("kept", encoding="ascii")
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        (entry,) = fssctl.json("delete", text(made.set_id), "--keep-snapshots", "--yes")["deleted"]
        (snapshot,) = map(pathlib.Path, entry["kept_snapshots"])
        assert not fssctl.sets() and not leftovers.exposed_shares(sandbox)
        for _ in range(2):  # nor do those who look after what is left take it
            fssctl("recover")
            fssctl("prune")
        recovered(client, sandbox, "share1")
        fssctl("delete", "--all", "--yes")
        assert (snapshot / "file").read_text(encoding="ascii") == "kept"
        checked(["btrfs", "subvolume", "delete", snapshot])
        snapshot.parent.rmdir()
        store = snapshot.parents[1]
        if store.exists():
            checked(["btrfs", "subvolume", "delete", store])


def test_nothing_can_be_kept_before_there_are_snapshots(sandbox, fssctl):
    with sandbox.client() as client:
        set_id = text(added(client, sandbox, "share1").set_id)
        assert fssctl.attempt("delete", set_id, "--keep-snapshots", "--yes").code != OK
        assert set_id in fssctl.sets()


# ------------------------------------------------------- others who are at work --

def frozen_commit(sandbox, client, made):
    """A commit of a live worker that is in the kernel; returns the thread and what it will have got."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.commit(made.set_id)))
    checked(["fsfreeze", "--freeze", sandbox.shares["share1"].volume])
    thread.start()
    return thread, answers


@pytest.mark.parametrize("words", [("--all",), ("--share", "share1"), ("--older-than", "0s")])
def test_a_set_in_work_is_not_harmed_by_deleting_all(sandbox, fssctl, words):
    with sandbox.client() as client:
        other = recovered(client, sandbox, "share1")
        made = added(client, sandbox, "share1", "share2")
        ok(client.prepare(made.set_id))
        thread, answers = frozen_commit(sandbox, client, made)
        try:
            soon.true(lambda: fssctl.show(text(made.set_id))["job"], "the commit is under way")
            with fssctl.running("delete", *words, "--yes") as deleting:
                time.sleep(1)
                checked(["fsfreeze", "--unfreeze", sandbox.shares["share1"].volume])
                thread.join(60)
                assert deleting.wait(60) == OK, deleting.stderr.read()
                assert text(made.set_id) in deleting.stderr.read()
        finally:
            if thread.is_alive():
                checked(["fsfreeze", "--unfreeze", sandbox.shares["share1"].volume])
                thread.join(60)
        ok(answers[0])
        ok(client.expose(made.set_id))
        ok(client.recovery_complete(made.set_id))
        assert list(fssctl.sets()) == [text(made.set_id)] and text(other.set_id) not in fssctl.sets()
        name = next(name for name in leftovers.exposed_shares(sandbox) if name.startswith("share1@"))
        with sandbox.connect(name) as copy:
            copy.list()


def test_a_named_set_in_work_is_waited_for(sandbox, fssctl):
    with sandbox.client() as client:
        made = added(client, sandbox, "share1")
        ok(client.prepare(made.set_id))
        thread, answers = frozen_commit(sandbox, client, made)
        try:
            soon.true(lambda: fssctl.show(text(made.set_id))["job"], "the commit is under way")
            with fssctl.running("delete", text(made.set_id), "--yes") as deleting:
                time.sleep(1)
                assert deleting.poll() is None
                checked(["fsfreeze", "--unfreeze", sandbox.shares["share1"].volume])
                thread.join(60)
                assert deleting.wait(60) == OK, deleting.stderr.read()
        finally:
            if thread.is_alive():
                checked(["fsfreeze", "--unfreeze", sandbox.shares["share1"].volume])
                thread.join(60)
        assert answers
        leftovers.assert_none(sandbox)
