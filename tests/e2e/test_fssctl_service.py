# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl for members of the group in fss:admin group, through fssctl serve."""

import grp
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

import leftovers
import soon
from administration import NO_PERMISSION, OK, Ended, Fssctl, as_user, serving
from harness import new_directory

GROUP = "fss-admin"  # the admin user's own: nobody is not in it
SANDBOX = ["--shares", "1", "--global", f"fss:admin group = {GROUP}", "--global", "fss:min free = 0"]


@pytest.fixture(name="path")
def socket_path():
    directory = new_directory()
    yield directory / "fssctl.sock"
    shutil.rmtree(directory)


@pytest.fixture
def service(fssctl, path):
    with serving(fssctl, path) as process:
        yield process


class Member:
    """fssctl as users call it who are not root."""

    def __init__(self, fssctl, path):
        self._fssctl, self._path = fssctl, path
        # Others may not enter where the build is.
        self._program = path.parent / "fssctl"
        shutil.copy(fssctl.program, self._program)
        self._program.chmod(0o755)

    def command(self, user, *words, groups=()):
        return as_user(user, *groups, command=[self._program, "--socket", self._path, *words])

    def __call__(self, user, *words, groups=(), code=OK, env=None, **options):
        done = subprocess.run(self.command(user, *words, groups=groups), capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, **(env or {})},
                              **{"stdin": subprocess.DEVNULL, **options})
        ended = Ended(done.returncode, done.stdout, done.stderr)
        assert ended.code == code, f"{user}: fssctl {words} {ended}"
        return ended


@pytest.fixture
def member(fssctl, path):
    return Member(fssctl, path)


def jobs():
    """Process ids of the "watch" that a service runs."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if _command_line(pid)[:1] == ["fssctl"] and "watch" in _command_line(pid)]


def test_members_may_and_others_may_not(sandbox, service, member, fssctl):
    admin, nobody = sandbox.admin[0], sandbox.nobody[0]
    made = member(admin, "create", "share1", "--json").json["set"]
    assert made["client"]["account"] == admin
    assert member(admin, "list", "--json").json["sets"][0]["id"] == made["id"]
    # By a supplementary group of the process only.
    assert made["id"] in member(nobody, "list", groups=[grp.getgrnam(GROUP).gr_gid]).out
    ended = member(nobody, "delete", "--all", "--yes", code=NO_PERMISSION)
    assert f"usermod -aG '{GROUP}' '{nobody}'" in ended.err and not ended.out
    assert list(fssctl.sets()) == [made["id"]]
    assert member(admin, "show", "00000000-0000-0000-0000-000000000001", code=3).err
    member(admin, "delete", made["id"], "--yes")
    leftovers.assert_none(sandbox)
    assert sandbox.log_line(f'op=DeleteShadowCopySet account="{admin}"')


def test_members_name_no_configuration_and_no_service(sandbox, service, member, path):
    admin = sandbox.admin[0]
    own = path.parent / "own.conf"
    own.write_text("[global]\n", encoding="ascii")
    for words in (("-s", own, "list"), ("list", "--configfile", own), (f"--configfile={own}", "list"),
                  ("list", f"-s{own}"), ("-l", "/tmp", "list")):
        assert "root only" in member(admin, *words, code=NO_PERMISSION).err
    assert "root" in member(admin, "serve", code=NO_PERMISSION).err


def test_the_environment_of_a_member_does_not_reach_the_job(sandbox, service, member):
    for name in ("FSSCTL_CONFIGFILE", "FSSCTL_LOG_DIRECTORY", "FSSCTL_CALLER_UID"):
        assert member(sandbox.admin[0], "list", "--json", env={name: "/nonexistent"}).json["sets"] == []
    process = subprocess.Popen(member.command(sandbox.admin[0], "watch"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, env={**os.environ, "LD_PRELOAD": "", "TRAP": "1"})
    try:
        soon.true(jobs, "the job runs")
        names = {word.partition("=")[0] for word in
                 pathlib.Path(f"/proc/{jobs()[0]}/environ").read_text(encoding="utf-8").split("\0") if word}
        assert names == {"PATH", "LC_ALL", "FSSCTL_CALLER_UID", "FSSCTL_CONFIGFILE", "FSSCTL_LOG_DIRECTORY"}
    finally:
        process.kill()
        process.wait(30)
    soon.true(lambda: not jobs(), "the job has ended")


def test_the_job_ends_when_its_client_goes(sandbox, service, member):
    process = subprocess.Popen(member.command(sandbox.admin[0], "watch"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    soon.true(jobs, "the job runs")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    soon.true(lambda: not jobs(), "the job has ended")


def _command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def test_without_a_service_the_remedy_is_named(sandbox, member):
    ended = member(sandbox.admin[0], "list", code=NO_PERMISSION)
    assert "systemctl enable --now fssctl.socket" in ended.err and "fss:admin group" in ended.err


def test_nobody_may_without_a_group(make_sandbox, path):
    sandbox = make_sandbox()
    fssctl = Fssctl(sandbox)
    with serving(fssctl, path):
        ended = Member(fssctl, path)(sandbox.admin[0], "list", code=NO_PERMISSION)
        assert "fss:admin group" in ended.err


def test_systemd_may_hand_the_socket_over(sandbox, fssctl, member, path):
    """As systemd does: descriptor 3, and the variables of sd_listen_fds(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        words = " ".join(f"'{word}'" for word in fssctl.command("serve"))
        process = subprocess.Popen(["bash", "-c", f"LISTEN_PID=$$ LISTEN_FDS=1 exec {words} 3<&{listener.fileno()}"],
                                   pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL)
        try:
            assert member(sandbox.admin[0], "list", "--json").json["sets"] == []
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == OK
    assert path.is_socket(), "it is systemd's"


def test_what_is_no_request_harms_nobody(sandbox, service, member, path):
    for junk in (b"", b"\xff" * 1000, b"list"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(path))
            client.settimeout(30)
            client.send(junk)
            reply = client.recv(4096)
            assert reply and not reply.startswith(b"0 ")
    silent = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    silent.connect(str(path))
    time.sleep(0.2)
    assert member(sandbox.admin[0], "list", "--json").json["sets"] == []
    silent.close()


def test_no_connection_leaves_files_of_the_messaging(sandbox, service, member, path):
    before = leftovers.messaging(sandbox)
    for _ in range(3):
        member(sandbox.admin[0], "list", "--json")
        member(sandbox.nobody[0], "list", code=NO_PERMISSION)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(path))
    with subprocess.Popen(member.command(sandbox.admin[0], "watch"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as process:
        soon.true(jobs, "the job runs")
        process.kill()
    soon.true(lambda: leftovers.messaging(sandbox) == before, "all files are gone")


def test_a_reader_that_goes_leaves_no_files_of_the_messaging(sandbox, fssctl):
    before = leftovers.messaging(sandbox)
    words = " ".join(f"'{word}'" for word in fssctl.command("list"))
    subprocess.run(["bash", "-c", f"exec 3> >(exec true); sleep 0.3; exec {words} >&3"], check=False, timeout=60)
    assert leftovers.messaging(sandbox) == before
