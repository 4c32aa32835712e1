# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients read from an exposed shadow copy, and that they cannot write."""

import os
import threading

import pytest

from fsrvp import SmbError
from shadow_copies import committed, delete, ok, shadow_copy_set

REFUSED = (0xC0000022, 0xC00000A2)  # STATUS_ACCESS_DENIED, STATUS_MEDIA_WRITE_PROTECTED


@pytest.fixture
def share(sandbox):
    """Share share1 with a file `file` that says "old"."""
    with sandbox.connect("share1") as connected:
        connected.write("file", b"old")
        yield connected


def test_a_file_changed_after_commit_reads_old(sandbox, share):
    with sandbox.client() as client:
        made = committed(client, sandbox, "share1")
        share.write("file", b"new")
        ok(client.expose(made.set_id))
        name = ok(client.get_share_mapping(made.copy_ids["share1"], made.set_id, sandbox.unc("share1"))).mapping
        ok(client.recovery_complete(made.set_id))
        with sandbox.connect(name.shadow_copy_share_name) as copy:
            assert copy.read("file") == b"old"
        assert share.read("file") == b"new"
        delete(client, sandbox, made)


def test_a_removed_file_is_there_and_a_new_one_is_not(sandbox, share):
    share.write("removed", b"content")
    with shadow_copy_set(sandbox, "share1") as made:
        share.remove("removed")
        share.write("added", b"content")
        with sandbox.connect(made.exposed("share1")) as copy:
            assert copy.read("removed") == b"content"
            assert "added" not in copy.list()
    share.remove("added")


def test_the_copy_lists_just_what_the_share_lists(sandbox, share):
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
        assert copy.list() == share.list()


def test_a_large_file_is_whole(sandbox, share):
    content = os.urandom(8 << 20)
    share.write("large", content)
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("large") == content
    share.remove("large")


@pytest.mark.parametrize("change", [
    lambda copy: copy.write("file", b"changed"),
    lambda copy: copy.write("another", b"new"),
    lambda copy: copy.mkdir("directory"),
    lambda copy: copy.remove("file"),
], ids=["overwrite", "create", "mkdir", "remove"])
def test_a_change_of_the_copy_is_refused(sandbox, share, change):
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
        with pytest.raises(SmbError) as refusal:
            change(copy)
        assert refusal.value.code in REFUSED
        assert copy.read("file") == b"old"


def test_an_ordinary_user_reads_the_copy_as_the_share(sandbox, share):
    with shadow_copy_set(sandbox, "share1") as made:
        with sandbox.connect(made.exposed("share1"), user=sandbox.nobody) as copy:
            assert copy.read("file") == b"old"


def test_every_file_is_whole_while_writers_go_on(sandbox, share):
    """Each file is written in one go, so the copy has it old, new or not at all."""
    begun, stop = threading.Event(), threading.Event()
    failures = []

    def write():
        try:
            with sandbox.connect("share1") as writer:
                for number in range(10_000):
                    if stop.is_set():
                        return
                    writer.write(f"written{number % 50}", b"%08d" % number * 512)
                    begun.set()
        except Exception as error:  # shown by the assertion below
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30), failures
        with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
            for name in copy.list("written*"):
                content = copy.read(name)
                assert content == content[:8] * (len(content) // 8)
    finally:
        stop.set()
        writer.join()
    assert not failures


def test_the_snapshot_store_is_not_seen_by_clients(sandbox, share):
    with shadow_copy_set(sandbox, "share1"):
        assert not [name for name in share.list() if name.startswith((".fss", "@GMT"))]
