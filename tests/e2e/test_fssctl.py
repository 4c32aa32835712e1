# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl over sets that clients have made: list, show, delete, prune, recover, stats."""

import os
import pathlib
import re
import signal
import threading
import time
import uuid

import pytest

import leftovers
import soon
from administration import BUSY, DECLINED, INTERRUPTED, NOT_FOUND, OK, UNUSABLE, USAGE, Fssctl
from fsrvp import Context, HResult, RpcFault
from harness import checked
from processes import workers
from shadow_copies import added, committed, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "3", "--volumes", "2", "--global", "fss:max concurrent sets = 8",
           "--global", "fss:min free = 0"]


@pytest.fixture
def fssctl(sandbox):
    control = Fssctl(sandbox)
    yield control
    control("delete", "--all", "--unfinished", "--yes")
    leftovers.assert_none(sandbox)


def text(set_id):
    return str(set_id).upper()


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


# ---------------------------------------------------------------------- create --

def test_a_local_shadow_copy_can_be_read_by_clients(sandbox, fssctl):
    (sandbox.shares["share1"].path / "file").write_text("old", encoding="ascii")
    made = fssctl.json("create", "share1", "share2")["set"]
    (sandbox.shares["share1"].path / "file").write_text("new", encoding="ascii")
    assert made["state"] == "recovered" and made["context"]["persistent"] and made["timer_seconds_left"] is None
    names = [share["exposed_as"].rpartition("\\")[2] for copy in made["shadow_copies"] for share in copy["shares"]]
    assert sorted(names) == sorted(leftovers.exposed_shares(sandbox)) and len(names) == 2
    with sandbox.connect(names[0]) as copy:
        assert copy.read("file") == b"old"
    printed = fssctl("create", "share3", "--temporary").out.strip()
    assert printed.startswith("\\\\") and printed.rpartition("\\")[2] in leftovers.exposed_shares(sandbox)
    assert fssctl.json("stats")["hold"]["count"] >= 2


def test_a_share_that_is_not_there_makes_nothing(sandbox, fssctl):
    ended = fssctl.attempt("create", "share1", "nonexistent")
    assert ended.code == NOT_FOUND and "nonexistent" in ended.err and not ended.out
    leftovers.assert_none(sandbox)


def test_creation_that_is_interrupted_leaves_nothing(sandbox, fssctl):
    volume = sandbox.shares["share1"].volume
    checked(["fsfreeze", "--freeze", volume])
    try:
        with fssctl.running("create", "share1") as creating:
            soon.true(lambda: any(entry["job"] for entry in fssctl.sets().values()), "it is under way")
            creating.send_signal(signal.SIGINT)
            time.sleep(0.2)
            checked(["fsfreeze", "--unfreeze", volume])
            assert creating.wait(60) == INTERRUPTED, creating.stderr.read()
    finally:
        checked(["sh", "-c", f"fsfreeze --unfreeze {volume} 2>/dev/null || true"])
    leftovers.assert_none(sandbox)


def test_creation_waits_for_its_turn(make_sandbox):
    sandbox = make_sandbox("--global", "fss:min free = 0")
    fssctl = Fssctl(sandbox)
    with sandbox.client() as client:
        set_id = start(client)
        assert "fss:max concurrent sets" in fssctl("create", "share1", "--wait", "1s", code=BUSY).err
        with fssctl.running("create", "share1", "--wait", "60s") as creating:
            time.sleep(1)
            assert creating.poll() is None and list(fssctl.sets()) == [text(set_id)]
            ok(client.abort(set_id))
            assert creating.wait(60) == OK
    fssctl("delete", "--all", "--yes")
    leftovers.assert_none(sandbox)


# ------------------------------------------------------------ watch --

def test_watching_prints_changes_where_there_is_no_terminal(sandbox, fssctl):
    with sandbox.client() as client, fssctl.running("watch") as watching:

        def read_until(event, set_id):
            line = ""
            while f" {event} {set_id} " not in line:
                line = watching.stdout.readline()
                assert line, watching.stderr.read()

        set_id = text(recovered(client, sandbox, "share1").set_id)
        read_until("appeared", set_id)
        fssctl("delete", set_id, "--yes")
        read_until("removed", set_id)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == OK


def test_watching_shows_a_table_on_a_terminal(sandbox, fssctl):
    with sandbox.client() as client:
        set_id = text(recovered(client, sandbox, "share1").set_id)
        code, output = fssctl.on_a_terminal("watch", end=signal.SIGINT)
    assert code == OK and set_id[:8] in output and "STATE" in output


# ----------------------------------------------------------------------- stats --

def test_statistics_are_true(sandbox, fssctl):
    before = fssctl.json("stats")
    with sandbox.client() as client:
        recovered(client, sandbox, "share1", "share2")
        refused(client.abort(uuid.uuid4()), HResult.INVALID_ARGUMENT)
        exposed(client, sandbox, "share3")

        def failures(stats):
            return {entry["code"]: entry["count"] for entry in stats["failures"]}

        soon.true(lambda: failures(fssctl.json("stats")).get("0x80070057", 0) ==
                  failures(before).get("0x80070057", 0) + 1, "the refusal is counted")
        now = fssctl.json("stats")
        assert now["commits"] - before["commits"] == 2
        assert now["snapshots_made"] - before["snapshots_made"] == 3
        assert now["hold"]["count"] - before["hold"]["count"] == 2
        assert now["flush"]["sum_seconds"] > before["flush"]["sum_seconds"]
        assert (now["sets"]["recovered"], now["sets"]["exposed"], now["snapshots"], now["exposed_shares"]) == (1, 1, 3, 3)
        fssctl("delete", "--all", "--unfinished", "--yes")
        assert fssctl.json("stats")["removed_sets"] - before["removed_sets"] == 2


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="[^"\\\n]*"(,[a-zA-Z_]\w*="[^"\\\n]*")*\})? '
                    r'(-?[0-9.]+(e[+-]?[0-9]+)?)')


def test_prometheus_text_is_what_the_collector_reads(sandbox, fssctl):
    with sandbox.client() as client:
        recovered(client, sandbox, "share1")
        text_ = fssctl("stats", "--prometheus").out
    assert text_.endswith("\n")
    families, current, seen = {}, None, set()
    for line in text_.splitlines():
        if line.startswith("# TYPE "):
            _, _, current, kind = line.split(" ")
            assert current not in families, "a family comes once"
            families[current] = kind
        elif not line.startswith("# HELP "):
            name, labels, _, value, _ = SAMPLE.fullmatch(line).groups()
            assert (name, labels) not in seen
            seen.add((name, labels))
            suffixes = ("_bucket", "_sum", "_count") if families[current] == "histogram" else ("",)
            assert name in [current + suffix for suffix in suffixes]
            assert families[current] != "counter" or name.endswith("_total")
            assert float(value) >= 0
    assert ("samba_fss_sets", '{state="recovered"}') in seen
    assert set(families.values()) == {"counter", "gauge", "histogram"}


# ------------------------------------------------------- the audit trail, refusals --

def test_each_operation_is_one_line_of_fields(sandbox, fssctl):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        fssctl("delete", text(made.set_id), "--yes")
    field = r'[a-z]+=(?:"[^"]*"|[^" ]+)'
    lines = [line.partition("fss_audit: ")[2] for line in sandbox.log().splitlines() if "fss_audit: " in line]
    own = [line for line in lines if text(made.set_id) in line]
    assert all(re.fullmatch(f"{field}(?: {field})*", line) for line in lines), lines
    fields = [dict(part.split("=", 1) for part in re.findall(field, line)) for line in own]
    accounts = {each["op"]: each["account"] for each in fields}
    assert len(fields) == len(accounts), "each operation is one line"
    assert set(accounts) == {
        "StartShadowCopySet", "AddToShadowCopySet", "PrepareShadowCopySet", "CommitShadowCopySet",
        "ExposeShadowCopySet", "RecoveryCompleteShadowCopySet", "DeleteShadowCopySet"}
    assert all(each["result"] == "0x00000000" for each in fields)
    assert accounts["DeleteShadowCopySet"] == '"root"' and sandbox.admin[0] in accounts["StartShadowCopySet"]


def test_a_client_who_is_refused_is_explained(sandbox, fssctl):
    assert not fssctl.sets()
    with sandbox.client(sandbox.nobody) as client:
        refused(client.set_context(Context.BACKUP), HResult.ACCESS_DENIED)
    assert sandbox.log_line(rf"{sandbox.nobody[0]}.* may not use the shadow copy agent: .*net sam addmem "
                            rf"'BUILTIN\\Backup Operators' '.*{sandbox.nobody[0]}'")


# --------------------------------------------------------------- prune and recover --

def test_recovery_ends_what_a_killed_worker_left(sandbox, fssctl):
    volume = sandbox.shares["share1"].volume
    client = sandbox.client(seconds=20)
    with client:
        made = added(client, sandbox, "share1")
        ok(client.prepare(made.set_id))

        def lose_the_answer():
            try:
                client.commit(made.set_id)
            except (RpcFault, OSError):
                pass

        thread = threading.Thread(target=lose_the_answer)
        checked(["fsfreeze", "--freeze", volume])
        try:
            thread.start()
            soon.true(lambda: fssctl.show(text(made.set_id))["job"], "the commit is under way")
            worker = fssctl.show(text(made.set_id))["job"]["pid"]
            assert worker in workers(sandbox)
            os.kill(worker, signal.SIGKILL)
        finally:
            checked(["fsfreeze", "--unfreeze", volume])
        thread.join(60)
    soon.true(lambda: worker not in workers(sandbox), "the worker has ended")
    told = fssctl.json("recover")
    assert not told["left"]
    leftovers.assert_none(sandbox)


def test_missing_shares_are_published_again(sandbox, fssctl):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        sandbox.net("conf", "delshare", made.exposed("share1"))
        assert not leftovers.exposed_shares(sandbox)
        fssctl("recover")
        assert leftovers.exposed_shares(sandbox) == [made.exposed("share1")]


def test_expired_sets_are_pruned_with_no_daemon_running(make_sandbox):
    sandbox = make_sandbox("--global", "fss:sequence timeout = 15", "--global", "fss:min free = 0",
                           "--global", "fss:max concurrent sets = 8")
    fssctl = Fssctl(sandbox)
    with sandbox.client() as client:
        kept = text(recovered(client, sandbox, "share1", context=Context.NAS_ROLLBACK).set_id)
        expired = text(exposed(client, sandbox, "share1").set_id)
    pids = list(sandbox.pids.values())
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    soon.true(lambda: not workers(sandbox), "the daemons have ended", seconds=30)
    assert set(fssctl.sets()) == {kept, expired}
    soon.true(lambda: fssctl.sets()[expired]["timer_seconds_left"] == 0, "its time is over", seconds=30)
    assert [entry["id"] for entry in fssctl.json("prune")["removed"]] == [expired]
    assert list(fssctl.sets()) == [kept]
    assert fssctl("prune").out == "nothing to do\n"
    checked(["btrfs", "subvolume", "delete", fssctl.show(kept)["shadow_copies"][0]["snapshot"]["path"]])
    assert [entry["id"] for entry in fssctl.json("prune")["removed"]] == [kept]
    made = fssctl("create", "share1").out.strip()
    assert made.rpartition("\\")[2] in leftovers.exposed_shares(sandbox)
    fssctl("delete", "--all", "--yes")
    leftovers.assert_none(sandbox)
