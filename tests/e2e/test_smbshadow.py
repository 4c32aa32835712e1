# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow's sets: made, listed, completed and deleted, on one server."""

import json
import os
import signal
import stat

import pytest
from impacket import ntlm

import leftovers
from smbshadow import Smbshadow

SANDBOX = ["--shares", "2", "--volumes", "2", "--global", "fss:require privacy = yes"]

# smbshadow(1)
USAGE, UNREACHABLE, DENIED, NOT_FOUND, UNSUPPORTED, BUSY, REFUSED = 2, 3, 4, 5, 6, 7, 8


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


def slashes(sandbox, *shares):
    return [f"//{sandbox.host}/{share}" for share in shares]


def exposed(copy):
    return copy["exposedName"]


def test_a_set_is_created_read_listed_and_deleted(sandbox, shadow):
    (sandbox.shares["share1"].path / "file").write_text("before", encoding="utf-8")
    made = shadow.create(*slashes(sandbox, "share1", "share2"))
    (sandbox.shares["share1"].path / "file").write_text("after", encoding="utf-8")
    assert [copy["share"] for copy in made["copies"]] == ["share1", "share2"]
    assert made["state"] == "recovered" and not made["persistent"]
    assert "before" in sandbox.smbclient(exposed(made["copies"][0]), "get file -").output
    assert not sandbox.smbclient(exposed(made["copies"][0]), "put /etc/hostname new").ok
    assert [each["id"] for each in shadow.listed()] == [made["id"]]
    assert made["copies"][1]["exposedUnc"] in shadow.ok("list").out
    assert made["copies"][0]["serverCopyId"] in shadow.ok("show", made["id"]).out
    assert json.loads(shadow.ok("--json", "delete", made["id"]).out)["deleted"] == [made["id"]]
    assert shadow.listed() == []
    leftovers.assert_none(sandbox)


def test_copies_and_backups_of_several_shares_have_a_directory_for_each(sandbox, shadow, tmp_path):
    shares = {name: sandbox.shares[name].path for name in ("share1", "share2")}
    for name, path in shares.items():
        (path / "kept").write_text(name, encoding="utf-8")
    made = shadow.create(*slashes(sandbox, *shares))
    shadow.ok("copy", made["id"], tmp_path / "copy")
    shadow.ok("delete", made["id"])
    shadow.ok("backup", *slashes(sandbox, *shares), tmp_path / "nights")
    night, = [path for path in (tmp_path / "nights").iterdir() if path.is_dir()]
    for top in (tmp_path / "copy", night):
        assert {name: (top / name / "kept").read_text(encoding="utf-8") for name in shares} == {n: n for n in shares}
    (shares["share2"] / "kept").unlink()
    shadow.ok("restore", "--no-acls", night / "share2", *slashes(sandbox, "share2"))
    assert (shares["share2"] / "kept").read_text(encoding="utf-8") == "share2"
    for path in shares.values():
        (path / "kept").unlink()
    leftovers.assert_none(sandbox)


def test_ids_are_taken_with_braces_and_cut_short(sandbox, shadow):
    first = shadow.create(*slashes(sandbox, "share1"))
    second = shadow.create(*slashes(sandbox, "share2"))
    assert shadow("delete", first["id"][:6]).code == USAGE
    shadow.ok("delete", first["id"][:8].lower(), "{" + second["copies"][0]["serverCopyId"] + "}")
    leftovers.assert_none(sandbox)


def test_a_persistent_set_has_the_context_of_one(sandbox, shadow):
    made = shadow.create("--persistent", *slashes(sandbox, "share1"))
    assert made["persistent"] and made["context"] & 0x9 == 0x9
    shadow.ok("delete", made["id"])
    leftovers.assert_none(sandbox)


def test_an_auto_recovery_set_is_written_to_until_it_is_complete(sandbox, shadow):
    made = shadow.create("--auto-recovery", *slashes(sandbox, "share1"))
    assert made["state"] == "exposed"
    share = exposed(made["copies"][0])
    assert sandbox.smbclient(share, "put /etc/hostname repaired").ok
    assert json.loads(shadow.ok("--json", "complete", made["id"]).out)["set"]["state"] == "recovered"
    assert not sandbox.smbclient(share, "put /etc/hostname late").ok
    assert "repaired" in sandbox.smbclient(share, "ls").output
    shadow.ok("delete", made["id"])
    leftovers.assert_none(sandbox)


def test_an_auto_recovery_set_can_be_deleted_before_it_is_complete(sandbox, shadow):
    made = shadow.create("--auto-recovery", *slashes(sandbox, "share1"))
    shadow.ok("delete", made["id"])
    assert shadow.listed() == []
    leftovers.assert_none(sandbox)


def test_a_hidden_share_is_exposed_hidden(sandbox, shadow):
    sandbox.add_registry_share("secret$", sandbox.shares["share1"].path)
    try:
        made = shadow.create(*slashes(sandbox, "secret$"))
        assert exposed(made["copies"][0]).endswith("}$")
        shadow.ok("delete", made["id"])
        leftovers.assert_none(sandbox)
    finally:
        sandbox.net("conf", "delshare", "secret$")


# ------------------------------------------------------------------ protection --

def test_rpc_is_encrypted(sandbox, shadow):
    """The server of this module demands it."""
    signed = shadow("--sign-only", "create", *slashes(sandbox, "share1"))
    assert signed.code == DENIED, str(signed)
    shadow.ok("check", *slashes(sandbox, "share1"))
    leftovers.assert_none(sandbox)


def test_the_catalog_is_its_owners_and_has_no_password(sandbox, shadow):
    made = shadow.create(*slashes(sandbox, "share1"))
    assert stat.S_IMODE(shadow.catalog.stat().st_mode) == 0o600
    assert sandbox.admin[1] not in shadow.catalog.read_text(encoding="utf-8")
    shadow.ok("delete", made["id"])


def test_the_password_can_come_from_the_environment(sandbox, shadow):
    done = shadow("check", *slashes(sandbox, "share1"), login=["-U", sandbox.admin[0]], PASSWD=sandbox.admin[1])
    assert done.ok, str(done)


# -------------------------------------------------------------------- refusals --

def test_an_nt_hash_serves_for_the_password_on_every_connection(sandbox, shadow, tmp_path):
    user, password = sandbox.admin
    login = ["--pw-nt-hash", *shadow.credentials("hash", user, ntlm.compute_nthash(password).hex())]
    (sandbox.shares["share1"].path / "kept").write_text("kept", encoding="utf-8")
    made = json.loads(shadow.ok("--json", "create", *slashes(sandbox, "share1"), login=login).out)["set"]
    shadow.ok("copy", made["id"], tmp_path / "copy", login=login)
    assert (tmp_path / "copy" / "kept").read_text(encoding="utf-8") == "kept"
    shadow.ok("delete", made["id"], login=login)
    (sandbox.shares["share1"].path / "kept").unlink()
    leftovers.assert_none(sandbox)


def test_a_wrong_password_is_said(sandbox, shadow):
    wrong = shadow.credentials("wrong", sandbox.admin[0], "not the password")
    done = shadow("create", *slashes(sandbox, "share1"), login=wrong)
    assert done.code == DENIED and "NT_STATUS_LOGON_FAILURE" in done.output, str(done)


def test_a_user_without_the_right_is_told_what_is_missing(sandbox, shadow):
    done = shadow("create", *slashes(sandbox, "share1"), login=shadow.credentials("nobody", *sandbox.nobody))
    assert done.code == DENIED and "Backup Operators" in done.output, str(done)
    leftovers.assert_none(sandbox)


def test_a_share_that_does_not_exist_is_named(sandbox, shadow):
    done = shadow("create", *slashes(sandbox, "share1", "nosuch"))
    assert done.code == NOT_FOUND and "nosuch" in done.output, str(done)
    assert shadow.listed() == []
    leftovers.assert_none(sandbox)


def test_a_server_that_is_not_there_is_named(sandbox, shadow):
    done = shadow("create", "//127.0.0.77/share1", *slashes(sandbox, "share1"))
    assert done.code == UNREACHABLE and "127.0.0.77" in done.output, str(done)
    leftovers.assert_none(sandbox)


def test_a_server_without_an_agent_is_told_apart(sandbox, shadow):
    """smbd is there, its samba-dcerpcd is not."""
    os.kill(sandbox.pids["dcerpcd"], signal.SIGKILL)
    try:
        done = shadow("create", *slashes(sandbox, "share1"))
        assert done.code in (UNREACHABLE, UNSUPPORTED), str(done)
    finally:
        sandbox.exchange()
    made = shadow.create(*slashes(sandbox, "share1"))
    shadow.ok("delete", made["id"])
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("words", [["create"], ["create", "share1"], ["create", "//server"], ["nonsense"], [],
                                   ["delete", "12345678"[:3]], ["--owner-check", "maybe", "list"]])
def test_wrong_usage_has_its_exit_code(shadow, words):
    assert shadow(*words).code == USAGE


def test_json_tells_failures_too(sandbox, shadow):
    done = shadow("--json", "create", *slashes(sandbox, "nosuch"))
    answer = json.loads(done.out)
    assert answer["ok"] is False and answer["failure"]["kind"] == "not-found"
    assert answer["failure"]["exitCode"] == done.code == NOT_FOUND
    assert answer["failure"]["server"] == sandbox.host


def test_a_share_named_twice_is_refused_before_any_call(sandbox, shadow):
    done = shadow("create", *slashes(sandbox, "share1"), sandbox.unc("SHARE1", backslash=True))
    assert done.code == USAGE, str(done)


# --------------------------------------------------------------------- orphans --

def test_what_only_the_server_or_only_the_catalog_knows_is_found(sandbox, shadow):
    made = shadow.create(*slashes(sandbox, "share1"))
    findings = shadow.json("orphans", *slashes(sandbox, "share1", "share2"))["findings"]
    assert [each["finding"] for each in findings] == ["present"]

    catalogued = shadow.catalog.read_text(encoding="utf-8")
    shadow.catalog.unlink()
    findings = shadow.json("orphans", *slashes(sandbox, "share1", "share2"))["findings"]
    assert [(each["finding"], each["share"]) for each in findings] == [("not-in-catalog", sandbox.unc("share1"))]

    shadow.catalog.write_text(catalogued, encoding="utf-8")
    shadow.ok("delete", made["id"])
    shadow.catalog.write_text(catalogued, encoding="utf-8")
    findings = shadow.json("orphans", "--clean")["findings"]
    assert [each["finding"] for each in findings] == ["gone"]
    assert shadow.listed() == []


def test_deleting_what_the_server_has_no_more_succeeds(sandbox, shadow):
    made = shadow.create(*slashes(sandbox, "share1"))
    catalogued = shadow.catalog.read_text(encoding="utf-8")
    shadow.ok("delete", made["id"])
    shadow.catalog.write_text(catalogued, encoding="utf-8")
    shadow.ok("delete", made["id"])
    assert shadow.listed() == []


def test_check_tells_the_owner(sandbox, shadow):
    share = shadow.json("check", *slashes(sandbox, "share1"))["shares"][0]
    assert share["supported"] and share["owner"] == sandbox.host and share["server"] == sandbox.host
