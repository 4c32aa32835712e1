# SPDX-License-Identifier: GPL-3.0-or-later
"""A real swap file on a share's volume: found before anything is made, and named."""

import contextlib
import re

import pytest

import leftovers
import volumes
from fsrvp import HResult
from harness import checked, run
from shadow_copies import added, delete, ok, refused, shadow_copy_set, start

SANDBOX = ["--shares", "1"]


@contextlib.contextmanager
def swapping_to(path):
    """An active swap file meanwhile."""
    path.touch(mode=0o600)
    checked(["chattr", "+C", path])
    checked(["fallocate", "-l", "16M", path])
    checked(["mkswap", path])
    tried = run(["swapon", path])
    try:
        if not tried.ok:
            pytest.skip(f"no swap file here: {tried.output}")
        yield path
    finally:
        if tried.ok:
            checked(["swapoff", path])
        path.unlink()


@pytest.fixture
def share(sandbox):
    """share(mode) adds a share of a subvolume of its own, with another in it, and returns its path."""
    path = sandbox.shares["share1"].volume / "outer"
    with volumes.subvolume(path), volumes.subvolume(path / "inner"):

        def add(mode="ignore"):
            sandbox.add_registry_share("outer", path, **{"fss:nested": mode})
            return path

        try:
            yield add
        finally:
            sandbox.net("conf", "delshare", "outer")
            leftovers.assert_none(sandbox, expected_subvolumes=[path, path / "inner"])


def assert_named(sandbox, file):
    assert sandbox.log_line(re.escape(f"'{file}' is an active swap file") + f".*swapoff '{re.escape(str(file))}'")


@pytest.mark.parametrize("mode, place", [("ignore", "swap one"), ("include", "inner/swap two")])
def test_a_swap_file_is_found_at_add(sandbox, share, mode, place):
    path = share(mode)
    with swapping_to(path / place) as file, sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("outer")), HResult.NOT_SUPPORTED)
        set_id = start(client)
        refused(client.add(set_id, sandbox.unc("outer")), HResult.NOT_SUPPORTED)
        ok(client.abort(set_id))
        assert_named(sandbox, file)
    with shadow_copy_set(sandbox, "outer"):
        pass


def test_a_swap_file_in_a_subvolume_that_is_left_out_is_no_hindrance(sandbox, share):
    path = share("ignore")
    with swapping_to(path / "inner" / "swap"), shadow_copy_set(sandbox, "outer"):
        pass


def test_a_swap_file_that_is_activated_after_add_fails_the_set_with_its_cause(sandbox, share):
    path = share()
    with sandbox.client() as client:
        made = added(client, sandbox, "outer")
        with swapping_to(path / "swap later") as file:
            refused(client.commit(made.set_id), HResult.NOT_SUPPORTED)
            assert_named(sandbox, file)
        ok(client.commit(made.set_id))
        ok(client.expose(made.set_id))
        ok(client.recovery_complete(made.set_id))
        delete(client, sandbox, made)


def test_after_prepare_the_snapshot_call_tells(sandbox, share):
    path = share()
    with sandbox.client() as client:
        made = added(client, sandbox, "outer")
        ok(client.prepare(made.set_id))
        with swapping_to(path / "swap last"):
            refused(client.commit(made.set_id), HResult.NOT_SUPPORTED)
            assert sandbox.log_line("the subvolume holds an active swap file")
        ok(client.abort(made.set_id))
