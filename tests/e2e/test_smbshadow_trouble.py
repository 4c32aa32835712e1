# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow when things go wrong in the middle: nothing stays, nobody stays frozen."""

import os
import signal
import time

import pytest

import leftovers
from smbshadow import Smbshadow, children_of_smbd, finish, nothing_left, soon, wait_for_phase

SANDBOX = ["--shares", "2", "--volumes", "2"]

TIMED_OUT, HOOK, CANCELLED = 9, 10, 130


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


@pytest.fixture(name="application")
def _application(tmp_path):
    return Application(tmp_path / "application.log")


class Application:
    """What smbshadow freezes: it notes each freeze and thaw."""

    def __init__(self, log):
        self.log = log

    def hooks(self, freeze="true", thaw="true"):
        return ["--freeze", f"echo freeze >>{self.log}; {freeze}", "--thaw", f"echo thaw >>{self.log}; {thaw}"]

    @property
    def said(self):
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []

    def is_frozen(self):
        return bool(self.said) and self.said[-1] == "freeze"


def both(sandbox):
    return [f"//{sandbox.host}/share1", f"//{sandbox.host}/share2"]


def assert_nothing(sandbox, shadow, application):
    nothing_left(sandbox)
    assert shadow.listed() == []
    assert soon(lambda: not application.is_frozen()), application.said


# ----------------------------------------------------------------------- hooks --

def test_writers_are_frozen_for_the_commit_only(sandbox, shadow, application):
    made = shadow.create(*application.hooks(), *both(sandbox))
    assert application.said == ["freeze", "thaw"]
    shadow.ok("delete", made["id"])
    leftovers.assert_none(sandbox)


def test_a_freeze_that_fails_ends_all(sandbox, shadow, application):
    done = shadow("create", *application.hooks(freeze="exit 7"), *both(sandbox))
    assert done.code == HOOK and "exit code 7" in done.output, str(done)
    assert application.said == ["freeze", "thaw"]
    assert_nothing(sandbox, shadow, application)


def test_a_freeze_that_hangs_is_killed_with_all_it_started(sandbox, shadow, application, tmp_path):
    pid = tmp_path / "pid"
    freeze = f"sleep 1000 & echo $! >{pid}; wait"
    done = shadow("create", "--frozen", "2", *application.hooks(freeze=freeze), *both(sandbox))
    assert done.code == HOOK and "killed" in done.output, str(done)
    assert not is_running(int(pid.read_text(encoding="utf-8")))
    assert application.said == ["freeze", "thaw"]
    assert_nothing(sandbox, shadow, application)


def test_a_thaw_that_fails_is_told_and_ends_all(sandbox, shadow, application):
    done = shadow("create", *application.hooks(thaw="exit 3"), *both(sandbox))
    assert done.code == HOOK and "thaw it by hand" in done.output, str(done)
    assert_nothing(sandbox, shadow, application)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# ------------------------------------------------------------------- interrupts --

@pytest.mark.parametrize("phase", ["connect", "add", "prepare", "freeze", "commit", "thaw", "expose", "complete"])
def test_ctrl_c_leaves_nothing(sandbox, shadow, application, phase):
    """It may come too late to stop the set; then that is whole and known."""
    process = shadow.start("create", *application.hooks(), *both(sandbox))
    assert wait_for_phase(process, phase)
    process.send_signal(signal.SIGINT)
    done = finish(process)
    frozen, thawed = application.said.count("freeze"), application.said.count("thaw")
    # A freeze command that is ended before it says so is thawed all the same.
    assert frozen == thawed or (phase, frozen, thawed) == ("freeze", 0, 1), application.said
    if done.code == 0:
        assert phase in ("complete", "expose"), str(done)
        shadow.ok("delete", shadow.listed()[0]["id"])
    else:
        assert done.code == CANCELLED, str(done)
    leftovers.assert_none(sandbox)
    assert shadow.listed() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_frozen_thaws_at_once(sandbox, shadow, application, number):
    process = shadow.start("create", *application.hooks(freeze="sleep 50"), *both(sandbox))
    assert soon(application.is_frozen)
    begun = time.monotonic()
    process.send_signal(number)
    done = finish(process)
    assert done.code == CANCELLED, str(done)
    assert time.monotonic() - begun < 30
    assert application.said == ["freeze", "thaw"]
    assert_nothing(sandbox, shadow, application)


@pytest.mark.parametrize("phase", ["freeze", "commit", "expose"])
def test_nothing_stays_when_smbshadow_is_killed(sandbox, shadow, application, phase):
    slow = {"freeze": {"freeze": "sleep 2"}, "commit": {}, "expose": {}}[phase]
    process = shadow.start("create", *application.hooks(**slow), *both(sandbox))
    assert wait_for_phase(process, phase)
    process.kill()
    finish(process)
    assert soon(lambda: not application.is_frozen()), application.said
    nothing_left(sandbox)
    for each in shadow.listed():  # a note of what was begun; deleting finds that nothing is there
        shadow.ok("delete", each["id"])
    assert shadow.listed() == []


# ------------------------------------------------------------------- the server --

@pytest.fixture(name="frozen")
def _frozen(sandbox, shadow, application):
    """A smbshadow that waits in its freeze command, and the smbd processes that serve it."""
    def start(*words):
        before = set(children_of_smbd(sandbox))
        process = shadow.start("create", *application.hooks(freeze="sleep 2"), *words, *both(sandbox))
        assert soon(application.is_frozen)
        return process, [pid for pid in children_of_smbd(sandbox) if pid not in before]
    return start


def test_a_connection_that_is_cut_leaves_nothing(sandbox, shadow, application, frozen):
    process, serving = frozen()
    assert serving
    for pid in serving:
        os.kill(pid, signal.SIGKILL)
    done = finish(process)
    assert done.code not in (0, None), str(done)
    assert "LEFT BEHIND" not in done.output, str(done)
    assert application.said == ["freeze", "thaw"]
    assert_nothing(sandbox, shadow, application)


def test_a_server_that_stands_still_is_not_waited_for_with_writers_frozen(sandbox, shadow, application, frozen):
    process, serving = frozen("--frozen", "4")
    for pid in serving:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert soon(lambda: application.said == ["freeze", "thaw"], 20), application.said
        done = finish(process)
        assert done.code in (TIMED_OUT, HOOK), str(done)
    finally:
        for pid in serving:
            os.kill(pid, signal.SIGCONT)
    assert_nothing(sandbox, shadow, application)


def test_what_cannot_be_taken_back_is_told_and_taken_back_later(sandbox, shadow, application, frozen):
    process, serving = frozen("--frozen", "4")
    stopped = [sandbox.pids["smbd"], *serving]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        done = finish(process)
        assert done.code in (TIMED_OUT, HOOK), str(done)
        assert "LEFT BEHIND" in done.output and sandbox.host in done.output, str(done)
        left = shadow.listed()
        assert [each["state"] for each in left] == ["making"]
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    nothing_left(sandbox)
    shadow.ok("delete", left[0]["id"])
    assert shadow.listed() == []


def test_a_server_that_is_killed_and_comes_back_has_nothing(sandbox, shadow, application, frozen):
    process, serving = frozen()
    for pid in [sandbox.pids["smbd"], *serving]:
        os.kill(pid, signal.SIGKILL)
    done = finish(process)
    assert done.code not in (0, None), str(done)
    assert application.said == ["freeze", "thaw"]
    sandbox.exchange()
    for each in shadow.listed():
        shadow.ok("delete", each["id"])
    nothing_left(sandbox)
    assert shadow.listed() == []
