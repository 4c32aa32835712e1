# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that cannot be written: a full disk, a closed standard output, a reader that goes."""

import re
import signal
import subprocess

import pytest

import leftovers
import smbshadow
from shadow_copies import recovered

SANDBOX = ["--shares", "1", "--global", "fss:min free = 0"]
SECONDS = 120

FSSCTL = [("list",), ("show", "SET"), ("stats",), ("stats", "--prometheus"), ("doctor", "--no-test", "share1"),
          ("watch",), ("recover",), ("create", "share1"),
          ("--version",), ("--help",), ("list", "--help")]
SMBSHADOW = [("list",), ("check", "//127.0.0.1/share1"), ("create", "//127.0.0.1/share1"), ("orphans", "127.0.0.1"),
             ("script", "SCRIPT"), ("--version",), ("--help",), ("create", "--help")]


def run(command, stdout):
    """stdout: a redirection of the shell's."""
    done = subprocess.run(["sh", "-c", f'exec "$@" {stdout}', "sh", *map(str, command)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stderr


def told(code, error, reason):
    assert code not in (0, None) and code > 0, (code, error)
    assert re.search(f"^(fssctl|smbshadow): write to standard output: {reason}$", error, re.MULTILINE), error


@pytest.fixture(name="client_half")
def fixture_client_half(sandbox, request, tmp_path):
    return smbshadow.Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


@pytest.fixture(name="a_set")
def fixture_a_set(sandbox):
    with sandbox.client() as client:
        yield str(recovered(client, sandbox, "share1").set_id)


@pytest.fixture(autouse=True)
def fixture_nothing_stays(sandbox, fssctl):
    yield
    fssctl.attempt("delete", "--all", "--yes")
    assert not leftovers.find(sandbox)


@pytest.mark.parametrize("stdout,reason", [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("words", FSSCTL, ids=" ".join)
def test_fssctl_says_that_it_could_not_answer(fssctl, a_set, words, json, stdout, reason):
    words = [a_set if word == "SET" else word for word in words]
    told(*run(fssctl.command(*(["--json"] if json else []), *words), stdout), reason)


@pytest.mark.parametrize("stdout,reason", [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("words", SMBSHADOW, ids=" ".join)
def test_smbshadow_says_that_it_could_not_answer(client_half, a_set, tmp_path, words, json, stdout, reason):
    assert a_set
    json = json or words[0] == "orphans"  # else there is nothing to print
    if words[0] == "list":
        client_half.create("//127.0.0.1/share1")
    script = tmp_path / "script"
    script.write_text("list shadows all\n", encoding="utf-8")
    words = [script if word == "SCRIPT" else word for word in words]
    told(*run(client_half.command(*(["--json"] if json else []), *words), stdout), reason)
    if words[0] == "create" and "--help" not in words:
        assert len(client_half.listed()) == 1, "what was made is on record nevertheless"
        client_half.ok("delete", client_half.listed()[0]["id"])


def test_a_deletion_is_done_though_nobody_hears_of_it(fssctl, a_set):
    assert a_set.upper() in fssctl.sets()
    told(*run(fssctl.command("delete", "--all", "--yes"), ">/dev/full"), "No space left on device")
    assert not fssctl.sets()


def test_a_large_answer_that_fits_in_part_is_no_success(fssctl, tmp_path):
    limited = ["prlimit", "--fsize=100", *fssctl.command("list", "--help")]
    code, error = run(["env", "--ignore-signal=XFSZ", *limited], f">{tmp_path / 'answer'}")
    told(code, error, "File too large")


def test_a_reader_that_goes_ends_a_command_as_ever(fssctl, a_set):
    assert a_set
    for words in (("list",), ("watch",)):
        with subprocess.Popen(fssctl.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            process.stdout.close()
            assert process.wait(SECONDS) == -signal.SIGPIPE
            assert not process.stderr.read()


def test_a_closed_output_does_not_become_another_file(fssctl, sandbox, a_set):
    """The first file that is opened gets the number that is free."""
    for closed in (">&-", "<&- >&-", "<&- >&- 2>&-"):
        code, _ = run(fssctl.command("delete", "--all", "--yes"), closed)
        assert code not in (0, None)
        assert fssctl.sets() == {}
        with sandbox.client() as client:
            assert recovered(client, sandbox, "share1").set_id
    assert a_set
