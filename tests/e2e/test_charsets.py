# SPDX-License-Identifier: GPL-3.0-or-later
"""Share names and paths in another unix charset than UTF-8."""

import json
import os
import pathlib
import subprocess

import pytest

import leftovers
import smbshadow
from administration import Fssctl
from harness import Sandbox

NAME = "Büro"
CHARSETS = {"ISO-8859-15": "iso8859-15", "ISO-8859-1": "latin-1", "CP850": "cp850", "UTF-8": "utf-8"}


@pytest.fixture(name="place", params=CHARSETS, scope="module")
def fixture_place(request, real_filesystem, base_options, tmp_path_factory):
    """A sandbox of that charset with a share whose name and path are not ASCII."""
    codec = CHARSETS[request.param]
    sandbox = Sandbox.up(*base_options, "--global", f"unix charset = {request.param}",
                         "--global", "dos charset = 850", "--global", "fss:min free = 0")
    try:
        directory = os.fsencode(sandbox.shares["share1"].path) + b"/" + NAME.encode(codec)
        os.mkdir(directory)
        os.chmod(directory, 0o777)
        pathlib.Path(os.fsdecode(directory), "file").write_text("text", encoding="ascii")
        with open(sandbox.conf, "ab") as conf:
            conf.write(b"\n[" + NAME.encode(codec) + b"]\n\tpath = " + directory +
                       b"\n\tread only = no\n\tvfs objects = fss\n")
        subprocess.run(["smbcontrol", "-s", sandbox.conf, "all", "reload-config"], check=True, timeout=30)
        # The client has UTF-8, whatever the server has.
        own = tmp_path_factory.mktemp("client")
        client = smbshadow.Smbshadow(sandbox, request.config.getoption("--build-dir"), own)
        conf = own / "smb.conf"
        conf.write_text("[global]\n\tnetbios name = OTHER\n", encoding="ascii")
        command = client.command
        client.command = lambda *words, **options: [
            str(conf) if word == sandbox.conf else word for word in command(*words, **options)]
        yield sandbox, client, Fssctl(sandbox)
    finally:
        sandbox.down()


def test_a_backup_of_such_a_share(place, tmp_path):
    sandbox, client, _ = place
    for share in (NAME, "share1"):
        client.ok("backup", f"//127.0.0.1/{share}", tmp_path / "backup" / share)
    assert list((tmp_path / "backup" / NAME).rglob("file"))
    assert not leftovers.find(sandbox)


def test_fssctl_names_it_in_utf_8(place):
    _, client, fssctl = place
    made = client.create("--persistent", f"//127.0.0.1/{NAME}")
    listed = json.dumps(fssctl.json("list"), ensure_ascii=False)
    assert NAME in listed
    assert NAME in fssctl("list").out
    client.ok("delete", made["id"])
    assert not fssctl.sets()


def test_fssctl_takes_the_name(place):
    _, _, fssctl = place
    fssctl("create", NAME)
    assert NAME in fssctl("list").out
    fssctl("delete", "--yes", "--share", NAME)
    assert not fssctl.sets()


@pytest.mark.parametrize("place", ["ISO-8859-15"], indirect=True, scope="module")
def test_doctor_wants_a_dos_charset_after_the_unix_charset(place):
    sandbox, _, fssctl = place
    original = pathlib.Path(sandbox.conf).read_bytes()
    try:
        assert not _wrong(fssctl)
        text = original.replace(b"\tdos charset = 850\n", b"")
        assert text != original
        pathlib.Path(sandbox.conf).write_bytes(text)
        (finding,) = _wrong(fssctl)
        assert finding["status"] == "error" and NAME in finding["text"], finding
        (remedy,) = finding["remedies"]
        head, mark, rest = text.partition(b"unix charset = ISO-8859-15\n")
        pathlib.Path(sandbox.conf).write_bytes(head + mark + remedy["line"].encode() + b"\n" + rest)
        assert not _wrong(fssctl)
    finally:
        pathlib.Path(sandbox.conf).write_bytes(original)


def _wrong(fssctl):
    """What doctor finds wrong with character sets."""
    return [finding for finding in fssctl.attempt("--json", "doctor", "--no-test").json["findings"]
            if finding["check"] == "character-sets" and finding["status"] != "ok"]


@pytest.mark.parametrize("place", ["UTF-8"], indirect=True, scope="module")
def test_a_path_that_is_no_text_is_refused_when_it_is_asked_for(place):
    sandbox, client, _ = place
    directory = os.fsencode(sandbox.shares["share1"].path) + b"/b\xfcro"
    os.mkdir(directory)
    with open(sandbox.conf, "ab") as conf:
        conf.write(b"\n[broken]\n\tpath = " + directory + b"\n\tread only = no\n\tvfs objects = fss\n")
    subprocess.run(["smbcontrol", "-s", sandbox.conf, "all", "reload-config"], check=True, timeout=30)
    assert not client("create", "//127.0.0.1/broken").ok
    logs = "".join(log.read_text(encoding="utf-8", errors="replace")
                   for log in pathlib.Path(sandbox.description["log_dir"]).glob("log.rpcd_fss*"))
    assert "no text in Samba's unix charset" in logs
    assert not leftovers.find(sandbox)


def test_no_worker_crashed(place):
    sandbox, _, _ = place
    for log in pathlib.Path(sandbox.description["log_dir"]).glob("log.*"):
        if log.is_file():
            assert b"PANIC" not in log.read_bytes(), log
