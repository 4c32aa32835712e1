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


@pytest.fixture(name="configured")
def fixture_configured(place):
    """configured(charset's bytes) adds lines to smb.conf for one test."""
    sandbox, _, _ = place
    conf = pathlib.Path(sandbox.conf)
    before = conf.read_bytes()

    def write(text):
        conf.write_bytes(text)
        subprocess.run(["smbcontrol", "-s", sandbox.conf, "all", "reload-config"], check=True, timeout=30)

    yield lambda lines: write(before + lines)
    write(before)


def codec_of(sandbox):
    charset = next(line.split(" = ")[1] for line in pathlib.Path(sandbox.conf).read_text("latin-1").splitlines()
                   if line.strip().startswith("unix charset"))
    return CHARSETS[charset]


def refusal(place, share):
    """The agent's lines of the log, as text, once a shadow copy of the share was refused."""
    sandbox, client, _ = place
    before = agent_log(sandbox)
    assert not client("create", f"//127.0.0.1/{share}").ok
    return agent_log(sandbox)[len(before):].decode(codec_of(sandbox))


def agent_log(sandbox):
    logs = pathlib.Path(sandbox.description["log_dir"]).glob("log.rpcd_fss*")
    return b"".join(log.read_bytes() for log in sorted(logs))


def test_an_include_by_such_a_path_is_followed(place, configured):
    """Values of parameters are bytes: what makes the share depend on its client must not be overlooked."""
    sandbox, _, _ = place
    included = os.fsencode(sandbox.dir) + "/wähle.conf".encode(codec_of(sandbox))
    pathlib.Path(os.fsdecode(included)).write_text("comment = x\ninclude = /nowhere/%U.conf\n", encoding="ascii")
    configured(b"\n[chooses]\n\tpath = " + os.fsencode(sandbox.shares["share1"].path) +
               b"\n\tvfs objects = fss\n\tinclude = " + included + b"\n")
    assert "share chooses depends on who connects: include = /nowhere/%U.conf" in refusal(place, "chooses")


def test_a_copy_of_a_share_by_such_a_name_is_followed(place, configured):
    """Names of shares are text."""
    sandbox, _, _ = place
    codec = codec_of(sandbox)
    path = os.fsencode(sandbox.shares["share1"].path)
    configured(b"\n[" + "Größe".encode(codec) + b"]\n\tpath = " + path + b"\n\tvfs objects = fss\n"
               b"\tinclude = /nowhere/%U.conf\n[copied]\n\tcopy = " + "GRÖßE".encode(codec) +
               b"\n\tpath = " + path + b"\n")
    # The sentence has the name in the log's charset.
    assert "include = /nowhere/%U.conf in [Größe]" in refusal(place, "copied")


def test_a_path_and_a_name_in_one_line_of_the_log(place, configured):
    sandbox, _, _ = place
    codec = codec_of(sandbox)
    path = os.fsencode(sandbox.dir) + "/Fächer".encode(codec)
    configured(b"\n[" + "Fach für alle".encode(codec) + b"]\n\tpath = " + path + b"\n\tvfs objects = fss\n")
    lines = refusal(place, "Fach für alle").splitlines()
    assert any("Fach für alle" in line and f"{sandbox.dir}/Fächer" in line for line in lines), lines


def test_a_guarded_share_by_such_a_name(place, configured):
    """Its scripts are asked by another process, which gets the name, too."""
    sandbox, client, _ = place
    path = os.fsencode(sandbox.shares["share1"].path)
    opened = sandbox.dir / "opened"
    configured(b"\n[" + "Tür".encode(codec_of(sandbox)) + b"]\n\tpath = " + path + b"\n\tvfs objects = fss\n"
               b"\troot preexec = /usr/bin/test -e " + os.fsencode(opened) + b"\n\troot preexec close = yes\n")
    assert "Tür does not let" in refusal(place, "Tür")
    opened.touch()
    try:
        made = client.create("--persistent", "//127.0.0.1/Tür")
        client.ok("delete", made["id"])
    finally:
        opened.unlink()


def test_values_of_the_definition_are_the_same_in_the_exposed_share(place, configured):
    sandbox, client, _ = place
    codec = codec_of(sandbox)
    path = os.fsencode(sandbox.shares["share1"].path) + b"/" + NAME.encode(codec)
    configured(b"\n[values]\n\tpath = " + path + b"\n\tvfs objects = fss\n\tread only = no\n\tcomment = " +
               "für %S".encode(codec) + b"\n\tveto files = /" + "käse".encode(codec) + b"/\n")
    made = client.create("--persistent", "//127.0.0.1/values")
    try:
        text = subprocess.run(["net", "-s", sandbox.conf, "conf", "list"], capture_output=True, check=True,
                              timeout=30).stdout.decode(codec)
        assert "veto files = /käse/" in text
        assert "Shadow copy of values" in text
        assert f"snapshot/{NAME}" in text
    finally:
        client.ok("delete", made["id"])


# ----------------------------------------------------------------- smbshadow's own --

@pytest.fixture(name="locale", scope="module")
def fixture_locale(tmp_path_factory):
    """The environment of a user whose terminal has ISO-8859-15."""
    directory = tmp_path_factory.mktemp("locale")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "ISO-8859-15", directory / "de_DE.iso885915"], check=True,
                   capture_output=True, timeout=60)
    return {"LOCPATH": str(directory), "LC_ALL": "de_DE.iso885915"}


def run_bytes(client, words, environment):
    command = [word if isinstance(word, bytes) else os.fsencode(word) for word in client.command()] + words
    return subprocess.run(command, capture_output=True, timeout=90, check=False, cwd=client.directory,
                          stdin=subprocess.DEVNULL, env={**smbshadow.environment_of({}), **environment})


def test_smbshadow_in_another_locale(place, locale, tmp_path):
    _, client, _ = place
    share = f"//127.0.0.1/{NAME}".encode("iso8859-15")
    made = run_bytes(client, [b"create", b"--persistent", share], locale)
    assert made.returncode == 0, made.stderr
    assert NAME.encode("iso8859-15") in made.stdout and NAME.encode("utf-8") not in made.stdout
    listed = json.loads(run_bytes(client, [b"--json", b"list"], locale).stdout.decode("utf-8"))
    assert NAME in json.dumps(listed, ensure_ascii=False), "JSON is UTF-8 everywhere"
    for each in listed["sets"]:
        client.ok("delete", each["id"])
    missing = run_bytes(client, [b"create", "//127.0.0.1/Straße".encode("iso8859-15")], locale)
    assert missing.returncode != 0
    assert "Straße".encode("iso8859-15") in missing.stderr
    backed_up = run_bytes(client, [b"backup", share, os.fsencode(tmp_path) + b"/K\xe4se"], locale)
    assert backed_up.returncode == 0, backed_up.stderr
    assert list(pathlib.Path(os.fsdecode(os.fsencode(tmp_path) + b"/K\xe4se")).rglob("file")), "a path is bytes"


@pytest.mark.parametrize("charset", ["ISO-8859-15", "CP850"])
def test_smbshadow_where_its_own_smb_conf_has_another_charset(place, charset):
    """Of a file server's own files; the terminal has UTF-8 nevertheless."""
    _, client, _ = place
    conf = client.directory / "smb.conf"
    before = conf.read_text(encoding="ascii")
    conf.write_text(f"{before}\tunix charset = {charset}\n", encoding="ascii")
    try:
        made = client.create("--persistent", f"//127.0.0.1/{NAME}")
        assert NAME in client.ok("list").out
        client.ok("delete", made["id"])
    finally:
        conf.write_text(before, encoding="ascii")


def test_no_worker_crashed(place):
    sandbox, _, _ = place
    for log in pathlib.Path(sandbox.description["log_dir"]).glob("log.*"):
        if log.is_file():
            assert b"PANIC" not in log.read_bytes(), log
