# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl at work: create, watch, stats, prune, recover; and what stands in the log."""

import contextlib
import os
import re
import signal
import threading
import time
import uuid

import leftovers
import soon
from administration import BUSY, INTERRUPTED, NOT_FOUND, OK, Fssctl, text
from fsrvp import Context, HResult
from harness import checked
from processes import workers
from shadow_copies import added, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "3", "--volumes", "2", "--global", "fss:max concurrent sets = 8",
           "--global", "fss:min free = 0"]


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
        code, output = fssctl.on_a_terminal("watch", end=(set_id[:8], signal.SIGINT))
    assert code == OK and "STATE" in output


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
        assert (now["sets"]["recovered"], now["sets"]["exposed"]) == (1, 1)
        assert (now["snapshots"], now["exposed_shares"]) == (3, 3)
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
            with contextlib.suppress(Exception):  # whatever a connection to a dead worker raises
                client.commit(made.set_id)

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
        assert fssctl.json("recover")["published"] == [made.exposed("share1")]
        assert leftovers.exposed_shares(sandbox) == [made.exposed("share1")]
        assert fssctl.json("recover")["published"] == []
        assert "nothing to do" in fssctl("recover").out
        sandbox.net("conf", "delshare", made.exposed("share1"))
        assert f"published again {made.exposed('share1')}" in fssctl("recover").out


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
