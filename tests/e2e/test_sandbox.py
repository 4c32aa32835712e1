# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/sandbox itself; with the distribution's agent, so that it needs no build."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from harness import SCRIPT, Sandbox, new_directory, run, sandbox_script

STOCK = ("--agent", "stock")
KEYS = {"dir", "agent", "host", "port", "conf", "admin", "nobody", "shares", "pids", "rpcd", "lock_dir", "log_dir",
        "provider"}

# A /dev as debootstrap leaves it, in a mount namespace of its own.
BARE_DEV = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/zero c 1 5
mknod -m 666 /dev/random c 1 8
mknod -m 666 /dev/urandom c 1 9
"$1" up --dir "$2" --agent stock --volumes 2 --shares 2
"$1" down --dir "$2"
"""


@pytest.fixture
def directory(real_filesystem):
    """A directory for a sandbox; nothing of it may remain."""
    path = new_directory()
    yield path
    sandbox_script("down", "--dir", path)
    path.rmdir()


def up(directory, *options):
    done = sandbox_script("up", "--dir", directory, *STOCK, *options)
    assert done.returncode == 0, done.stderr
    return Sandbox(json.loads(done.stdout))


def down(directory):
    done = sandbox_script("down", "--dir", directory)
    assert done.returncode == 0, done.stderr


def processes_of(directory):
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{directory}/".encode() in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def loop_devices_of(directory):
    files = pathlib.Path("/sys/block").glob("loop*/loop/backing_file")
    return [text for text in (file.read_text() for file in files) if text.startswith(f"{directory}/")]


def assert_nothing_remains(directory):
    assert not processes_of(directory)
    assert f"{directory}/" not in pathlib.Path("/proc/self/mountinfo").read_text()
    assert not loop_devices_of(directory)
    assert not directory.exists() or not list(directory.iterdir())


# ------------------------------------------------------------------------ up --

def test_stdout_is_one_json_object_with_just_the_promised_members(directory):
    done = sandbox_script("up", "--dir", directory, *STOCK)
    assert done.stdout.count("\n") == 1
    described = json.loads(done.stdout)
    assert set(described) == KEYS
    assert set(described["admin"]) == set(described["nobody"]) == {"user", "password"}
    assert set(described["pids"]) == {"smbd", "dcerpcd"}
    assert [set(share) for share in described["shares"]] == [{"name", "path", "volume"}]
    assert (described["host"], described["rpcd"]) == ("127.0.0.1", "rpcd_fsrvp")


def test_shares_are_subvolumes_dealt_over_the_volumes(directory):
    sandbox = up(directory, "--shares", "5", "--volumes", "2")
    assert list(sandbox.shares) == ["share1", "share2", "share3", "share4", "share5"]
    first, second = sandbox.volumes
    assert [share.volume for share in sandbox.shares.values()] == [first, second, first, second, first]
    for share in sandbox.shares.values():
        assert share.path.stat().st_ino == 256


@pytest.mark.parametrize("user", ["admin", "nobody"])
def test_both_users_can_write(directory, user):
    sandbox = up(directory)
    with sandbox.connect("share1", user=getattr(sandbox, user)) as share:
        share.write("file", b"content")
    with sandbox.connect("share1") as share:
        share.write("file", b"replaced")


def test_it_listens_on_loopback_only(directory):
    sandbox = up(directory)
    listening = run(["ss", "-Hltn", f"sport = :{sandbox.port}"]).output.split()
    assert f"127.0.0.1:{sandbox.port}" in listening
    assert not [word for word in listening if word.endswith(f":{sandbox.port}") and not word.startswith("127.")]


def test_the_port_can_be_chosen(directory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert up(directory, "--port", str(port)).port == port


def test_given_parameters_override_the_defaults(directory):
    up(directory, "--global", "max log size = 123", "--global", "server string = given",
       "--share", "comment = given too")
    shown = run(["testparm", "-s", directory / "smb.conf"]).output
    assert "server string = given" in shown
    assert "comment = given too" in shown
    assert "max log size = 123" in shown


def test_status_prints_the_same_again(directory):
    sandbox = up(directory)
    assert json.loads(sandbox_script("status", "--dir", directory).stdout) == sandbox.description


def test_two_sandboxes_start_and_run_side_by_side(directory, real_filesystem):
    other = new_directory()
    try:
        starting = [subprocess.Popen([SCRIPT, "up", "--dir", path, *STOCK], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True) for path in (directory, other)]
        described = [json.loads(process.communicate(timeout=120)[0]) for process in starting]
        assert described[0]["port"] != described[1]["port"]
        down(directory)
        assert_nothing_remains(directory)
        assert Sandbox(described[1]).rpcclient("fss_get_sup_version").ok
    finally:
        down(other)
        assert_nothing_remains(other)
        other.rmdir()


def test_a_bare_dev_is_enough(directory):
    done = run(["unshare", "--mount", "sh", "-c", BARE_DEV, "sh", SCRIPT, directory], seconds=120)
    assert done.ok, str(done)
    assert_nothing_remains(directory)


# -------------------------------------------------------------------- failure --

@pytest.mark.parametrize("options, message", [
    (("--agent", "fss", "--build-dir", "/nonexistent"), "run scripts/setup"),
    (("--agent", "stock", "--global", "passdb backend = nonsense"), "nonsense"),
    (("--agent", "stock", "--module", "fss", "--build-dir", "/nonexistent"), "fss.so"),
], ids=["no build", "bad configuration", "no module"])
def test_a_failed_up_says_why_and_cleans_up(directory, options, message):
    done = sandbox_script("up", "--dir", directory, *options)
    assert done.returncode != 0
    assert message in done.stderr
    assert not done.stdout
    assert_nothing_remains(directory)


def test_a_port_in_use_is_a_failure(directory):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = sandbox_script("up", "--dir", directory, *STOCK, "--port", str(holder.getsockname()[1]))
    assert done.returncode != 0
    assert "in use" in done.stderr
    assert_nothing_remains(directory)


def test_a_directory_in_use_is_refused_and_left_alone(directory):
    sandbox = up(directory)
    assert sandbox_script("up", "--dir", directory, *STOCK).returncode != 0
    assert sandbox.rpcclient("fss_get_sup_version").ok


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_foreign_directory_is_refused_and_left_alone(real_filesystem, command):
    foreign = new_directory()
    (foreign / "precious").write_text("content")
    try:
        assert sandbox_script(command, "--dir", foreign).returncode != 0
        assert (foreign / "precious").read_text() == "content"
    finally:
        (foreign / "precious").unlink()
        foreign.rmdir()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.15, 0.4])
def test_an_interrupted_up_cleans_up(directory, number, seconds):
    starting = subprocess.Popen([SCRIPT, "up", "--dir", directory, *STOCK, "--volumes", "8"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    starting.send_signal(number)
    assert starting.wait(timeout=60) != 0
    assert_nothing_remains(directory)


# ----------------------------------------------------------------------- down --

def test_down_leaves_nothing_and_can_be_repeated(directory):
    sandbox = up(directory, "--volumes", "2", "--shares", "2")
    assert sandbox.rpcclient("fss_create_expose backup ro share1 share2").ok
    down(directory)
    assert_nothing_remains(directory)
    down(directory)


def test_down_of_what_does_not_exist(real_filesystem):
    down(pathlib.Path("/tmp/fss-e2e-does-not-exist"))


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.25, 0.35, 0.5, 0.7])
def test_down_after_up_was_killed(directory, seconds):
    starting = subprocess.Popen([SCRIPT, "up", "--dir", directory, *STOCK, "--volumes", "4"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    starting.kill()
    starting.wait()
    down(directory)
    assert_nothing_remains(directory)


def test_down_after_the_daemons_were_killed(directory):
    sandbox = up(directory)
    for pid in sandbox.pids.values():
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    assert sandbox_script("status", "--dir", directory).returncode != 0
    down(directory)
    assert_nothing_remains(directory)


def test_down_with_further_mounts_and_lost_records(directory):
    up(directory)
    (directory / "further").mkdir()
    assert run(["mount", "-t", "tmpfs", "tmpfs", directory / "further"]).ok
    (directory / "sandbox.json").unlink()
    down(directory)
    assert_nothing_remains(directory)


def test_down_while_another_mount_namespace_has_copies_of_its_mounts(directory):
    up(directory)
    other = subprocess.Popen(["unshare", "--mount", "sleep", "60"])
    try:
        time.sleep(0.2)
        down(directory)
        assert_nothing_remains(directory)
    finally:
        other.kill()
        other.wait()


def test_down_fails_for_what_a_sanitizer_has_found_but_leaves_nothing(directory):
    up(directory)
    (directory / "sanitizer").mkdir()
    (directory / "sanitizer" / "report.1").write_text("ERROR: heap-use-after-free")
    done = sandbox_script("down", "--dir", directory)
    assert done.returncode != 0
    assert "heap-use-after-free" in done.stderr
    assert_nothing_remains(directory)


def test_down_names_who_keeps_a_volume_busy(directory):
    sandbox = up(directory)
    busy = subprocess.Popen(["sleep", "60"], cwd=sandbox.shares["share1"].path)
    try:
        done = sandbox_script("down", "--dir", directory, "--patience", "1")
        assert done.returncode != 0
        assert f"{busy.pid} (sleep)" in done.stderr
    finally:
        busy.kill()
        busy.wait()
    down(directory)
    assert_nothing_remains(directory)
