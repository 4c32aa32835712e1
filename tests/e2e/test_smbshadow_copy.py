# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow copies from exposed shares and restores: what is kept, and what interruptions do."""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

import leftovers
from harness import checked, run
from smbshadow import Smbshadow, children_of_smbd

SANDBOX = ["--shares", "1", "--volumes", "1"]
MIB = 1024 * 1024
UNREACHABLE = 3  # smbshadow(1)
ODD_NAMES = ["größe €.txt", "a%20b#c@d;e=f&g", "{braces}[x] 'y'", "日本語", "x" * 250, ".hidden", "~tilde"]


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


@pytest.fixture(name="share")
def _share(sandbox):
    """The share's directory, empty before and after."""
    path = sandbox.shares["share1"].path
    yield path
    for entry in path.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@pytest.fixture(name="tmp_path")
def _tmp_path(tmp_path_factory):
    """In memory: the disk of a busy machine may take minutes to have all that others have written, too."""
    path = tmp_path_factory.mktemp("memory")
    checked(["mount", "-t", "tmpfs", "-o", "size=1G", "tmpfs", path])
    yield path
    checked(["umount", path])


@pytest.fixture(name="make_set")
def _make_set(sandbox, shadow):
    """Makes sets and deletes them again."""
    made = []

    def make():
        made.append(shadow.create(f"//{sandbox.host}/share1")["id"])
        return made[-1]

    yield make
    for each in made:
        shadow.ok("delete", each)
    leftovers.assert_none(sandbox)


def noise(path, size, seed=1):
    path.write_bytes(random.Random(seed).randbytes(size))


def tree(top):
    """Checksums by path (of directories None), without the copy's own files and the snapshot store."""
    return {str(path.relative_to(top)): checksum(path) if path.is_file() else None
            for path in top.rglob("*") if path.relative_to(top).parts[0] not in (".smbshadow", ".fss")}


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copied(destination):
    """Where the share's files are."""
    [state] = [path for path in pathlib.Path(destination).rglob(".smbshadow") if path.is_dir()]
    return state.parent


def manifest(destination):
    text = (copied(destination) / ".smbshadow" / "manifest.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def fill(share):
    """Many files, odd and deep ones."""
    for folder in range(10):
        (share / f"folder {folder}").mkdir()
        for number in range(30):
            (share / f"folder {folder}" / f"{number}.txt").write_text(f"{folder} {number}" * number, encoding="utf-8")
    for name in ODD_NAMES:
        (share / name).write_text(name, encoding="utf-8")
    deep = share.joinpath(*["deep folder"] * 40)
    deep.mkdir(parents=True)
    (deep / "bottom").write_text("reached", encoding="utf-8")
    (share / "nothing in here").mkdir()
    noise(share / "big", 20 * MIB + 12345)
    with open(share / "sparse", "wb") as file:
        file.truncate(300 * MIB)
        file.seek(200 * MIB)
        file.write(b"in the middle")
    for number, path in enumerate(sorted(share.rglob("*"), reverse=True)):
        os.utime(path, ns=(1_500_000_000_123_456_700 + number, 1_400_000_000_123_456_700 + number * 1_000_000_000))


# -------------------------------------------------------------------- what is kept --

def test_a_copy_has_what_the_share_had(sandbox, shadow, share, make_set, tmp_path):
    fill(share)
    expected = tree(share)
    shadow_copy = make_set()
    shutil.rmtree(share / "folder 3")
    (share / "big").write_text("changed since", encoding="utf-8")
    shadow.ok("copy", shadow_copy, tmp_path / "dest", "--verify")
    top = copied(tmp_path / "dest")
    assert tree(top) == expected
    assert (top / "sparse").stat().st_blocks * 512 < 8 * MIB
    for path in ("sparse", "folder 7/7.txt", "folder 7", "größe €.txt"):
        assert abs((top / path).stat().st_mtime_ns - (share / path).stat().st_mtime_ns) < 100, path
    assert (top / "sparse").stat().st_mode & 0o777 == 0o600
    assert "complete" in manifest(tmp_path / "dest")[-1]


def test_a_restore_puts_back_data_and_times(sandbox, shadow, share, make_set, tmp_path):
    (share / "vm").mkdir()
    (share / "vm" / "notes").write_text("hello", encoding="utf-8")
    noise(share / "vm" / "disk", 9 * MIB)
    with open(share / "vm" / "holes", "wb") as file:
        file.truncate(100 * MIB)
    checked(["chown", "-R", f"{sandbox.admin[0]}:", share / "vm"])
    os.utime(share / "vm" / "notes", ns=(1_500_000_000_000_000_000, 1_400_000_000_123_456_000))
    expected = tree(share)
    shadow.ok("copy", make_set(), tmp_path / "dest")
    (share / "vm" / "disk").unlink()
    (share / "vm" / "holes").unlink()
    (share / "vm" / "notes").write_text("what a virus has left", encoding="utf-8")
    shadow.ok("restore", copied(tmp_path / "dest"), f"//{sandbox.host}/share1")
    assert tree(share) == expected
    assert (share / "vm" / "notes").stat().st_mtime_ns == 1_400_000_000_123_456_000
    assert (share / "vm" / "holes").stat().st_blocks * 512 < 8 * MIB


# ------------------------------------------------------------------- interruptions --

@contextlib.contextmanager
def running_copy(shadow, shadow_copy, destination):
    """A copy that has begun a big file."""
    process = subprocess.Popen(shadow.command("copy", shadow_copy, destination), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=shadow.directory, text=True)
    try:
        while process.poll() is None and not any(
                blocks.stat().st_size > 200 for blocks in pathlib.Path(destination).rglob("*.blocks")):
            time.sleep(0.001)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def begun_and_stopped(shadow, shadow_copy, destination):
    """Ends a copy with SIGKILL while a big file is under way; a few tries may be too late."""
    for attempt in range(20):
        place = destination / str(attempt)
        with running_copy(shadow, shadow_copy, place) as process:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if list(place.rglob("*.blocks")):
            return place
    raise AssertionError("no copy could be ended in its middle")


def test_a_copy_that_was_killed_goes_on(shadow, share, make_set, tmp_path):
    noise(share / "disk", 200 * MIB)
    for number in range(50):
        (share / f"{number}").write_text(f"{number}", encoding="utf-8")
    shadow_copy = make_set()
    (tmp_path / "dest").mkdir()
    place = begun_and_stopped(shadow, shadow_copy, tmp_path / "dest")
    assert not list(place.rglob("disk"))
    shadow.ok("copy", shadow_copy, place)
    assert tree(copied(place)) == tree(share)
    assert not list((copied(place) / ".smbshadow" / "partial").iterdir())


def test_a_copy_survives_the_death_of_its_connections(sandbox, shadow, share, make_set, tmp_path):
    noise(share / "disk", 200 * MIB)
    with running_copy(shadow, make_set(), tmp_path / "dest") as process:
        for pid in children_of_smbd(sandbox):
            if "smbd" in pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8"):
                os.kill(pid, signal.SIGKILL)
        output = process.communicate(timeout=90)[0]
    assert process.returncode == 0, output
    assert tree(copied(tmp_path / "dest")) == tree(share)


def test_a_copy_ends_with_its_server_and_goes_on_with_it(sandbox, shadow, share, make_set, tmp_path):
    noise(share / "disk", 200 * MIB)
    (share / "small").write_text("1", encoding="utf-8")
    shadow_copy = make_set()
    with running_copy(shadow, shadow_copy, tmp_path / "dest") as process:
        for pid in [sandbox.pids["smbd"], *children_of_smbd(sandbox)]:
            os.kill(pid, signal.SIGKILL)
        output = process.communicate(timeout=90)[0]
    try:
        assert process.returncode == UNREACHABLE, output
        assert sandbox.host in output and "connect" in output, output
        assert not (copied(tmp_path / "dest") / "disk").exists()
    finally:
        sandbox.exchange()
    shadow.ok("copy", shadow_copy, tmp_path / "dest")
    assert tree(copied(tmp_path / "dest")) == tree(share)


def test_a_full_disk_ends_a_copy_that_goes_on_later(shadow, share, make_set, tmp_path):
    for number in range(6):
        noise(share / f"disk{number}", 18 * MIB, number)
    shadow_copy = make_set()
    place = tmp_path / "small"
    place.mkdir()
    checked(["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", place])
    try:
        done = shadow("copy", shadow_copy, place / "dest")
        assert done.code not in (0, None) and "the disk is full" in done.output, str(done)
        whole = {name: content for name, content in tree(copied(place / "dest")).items() if content is not None}
        assert 0 < len(whole) < 6
        assert all(content == checksum(share / name) for name, content in whole.items())
        checked(["mount", "-o", "remount,size=256M", place])
        shadow.ok("copy", shadow_copy, place / "dest")
        assert tree(copied(place / "dest")) == tree(share)
    finally:
        checked(["umount", place])


def test_damage_on_the_disk_is_found_and_mended(shadow, share, make_set, tmp_path):
    (share / "open").write_text("x", encoding="utf-8")
    (share / "later").write_text("y", encoding="utf-8")
    shadow_copy = make_set()
    shadow.ok("copy", shadow_copy, tmp_path / "dest")
    top = copied(tmp_path / "dest")
    # As a disk does that loses a bit: same size, same time.
    times = (top / "open").stat()
    (top / "open").write_text("z", encoding="utf-8")
    os.utime(top / "open", ns=(times.st_atime_ns, times.st_mtime_ns))
    done = shadow("copy", shadow_copy, tmp_path / "dest", "--verify")
    assert done.code != 0 and "verify 'open'" in done.output
    shadow.ok("copy", shadow_copy, tmp_path / "dest", "--verify")
    assert (top / "open").read_text(encoding="utf-8") == "x"


def test_a_second_copy_to_the_same_place_is_refused(shadow, share, make_set, tmp_path):
    (share / "a").write_text("1", encoding="utf-8")
    shadow.ok("copy", make_set(), tmp_path / "dest")
    done = shadow("copy", make_set(), tmp_path / "dest")
    assert done.code != 0 and "it holds a copy of" in done.output
    assert run(["cmp", share / "a", copied(tmp_path / "dest") / "a"]).ok
