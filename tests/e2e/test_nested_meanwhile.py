# SPDX-License-Identifier: GPL-3.0-or-later
"""Subvolumes and mounts that come and go below a share while its shadow copy is made; modes of fss:nested."""

import contextlib
import re
import secrets
import threading

import pytest

import leftovers
import volumes
from fsrvp import HResult, SmbError
from harness import checked
from shadow_copies import added, delete, ok, refused

SANDBOX = ["--shares", "1"]
CONTENT = b"of what is nested"


@pytest.fixture
def base(sandbox):
    """base(mode) adds a share of a subvolume of its own and returns its path."""
    path = sandbox.shares["share1"].volume / "outer"
    with volumes.subvolume(path):
        (path / "file").write_bytes(b"outer")

        def add(mode):
            sandbox.add_registry_share("outer", path, **{"fss:nested": mode})
            return path

        try:
            yield add
        finally:
            sandbox.net("conf", "delshare", "outer")
            leftovers.assert_none(sandbox, expected_subvolumes=[path])


@contextlib.contextmanager
def nested_subvolume(path):
    with volumes.subvolume(path):
        (path / "file").write_bytes(CONTENT)
        yield path


@contextlib.contextmanager
def nested_mount(path):
    with volumes.mounted_tmpfs(path):
        (path / "file").write_bytes(CONTENT)
        yield path


def content(sandbox, made, path):
    """Of a file in the set's copy; None: there is none."""
    with sandbox.connect(made.exposed("outer")) as tree:
        try:
            return tree.read(path)
        except SmbError:
            return None


def expose(client, sandbox, made):
    ok(client.expose(made.set_id))
    mapping = ok(client.get_share_mapping(made.copy_ids["outer"], made.set_id, sandbox.unc("outer"))).mapping
    made.mappings["outer"] = mapping
    ok(client.recovery_complete(made.set_id))


@pytest.mark.parametrize("prepared", [False, True], ids=["after Add", "after Prepare"])
@pytest.mark.parametrize("what", [nested_subvolume, nested_mount], ids=["subvolume", "mount"])
@pytest.mark.parametrize("mode", ["refuse", "include", "ignore"])
def test_what_appears_before_commit_is_treated_as_the_option_says(sandbox, base, mode, what, prepared):
    path = base(mode)
    later = path / f"later-{secrets.token_hex(4)}"  # in no line of the log yet
    with sandbox.client() as client:
        made = added(client, sandbox, "outer")
        if prepared:
            ok(client.prepare(made.set_id))
        with what(later):
            committed = client.commit(made.set_id)
            if mode == "refuse" or (mode == "include" and what is nested_mount):
                refused(committed, HResult.NOT_SUPPORTED)
                assert sandbox.log_line(re.escape(f"'{later}' is ") + ".* below .*fss:nested = ")
                assert leftovers.subvolumes(sandbox) == [str(path), str(later)][:2 if what is nested_subvolume else 1]
            else:
                ok(committed)
        if committed.hresult != HResult.OK:
            ok(client.commit(made.set_id))  # it has gone
        expose(client, sandbox, made)
        included = mode == "include" and what is nested_subvolume
        assert content(sandbox, made, rf"{later.name}\file") == (CONTENT if included else None)
        assert content(sandbox, made, "file") == b"outer"
        if mode == "ignore":
            assert sandbox.log_line(re.escape(f"'{later}' is left out"))
        delete(client, sandbox, made)


@contextlib.contextmanager
def coming_and_going(place, seconds):
    """Makes and deletes a subvolume, with another in it, until the end of the block."""
    end = threading.Event()
    made = []

    def work():
        while not end.is_set():
            for path in (place, place / "within"):
                checked(["btrfs", "subvolume", "create", path])
            made.append(place)
            end.wait(seconds)
            for path in (place / "within", place):
                checked(["btrfs", "subvolume", "delete", path])
            end.wait(seconds)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield made
    finally:
        end.set()
        thread.join()


@pytest.mark.parametrize("mode, seconds", [("include", 0.3), ("ignore", 0.3), ("ignore", 0)])
def test_subvolumes_that_come_and_go_hinder_no_set(sandbox, base, mode, seconds):
    path = base(mode)
    with nested_subvolume(path / "stays"), coming_and_going(path / "coming", seconds) as rounds:
        while len(rounds) < 5:
            with sandbox.client() as client:
                made = added(client, sandbox, "outer")
                ok(client.prepare(made.set_id))
                ok(client.commit(made.set_id))
                expose(client, sandbox, made)
                assert content(sandbox, made, "file") == b"outer"
                assert content(sandbox, made, r"stays\file") == (CONTENT if mode == "include" else None)
                delete(client, sandbox, made)


def test_subvolumes_that_come_and_go_all_the_time_are_the_cause_of_a_failure(sandbox, base):
    path = base("include")
    with coming_and_going(path / "coming", 0), sandbox.client() as client:
        made = added(client, sandbox, "outer")
        committed = client.commit(made.set_id)
        ok(client.abort(made.set_id))
    if committed.hresult != HResult.OK:
        assert sandbox.log_line("nested subvolume 'coming.*was made, moved or deleted meanwhile.*try again when")
