# SPDX-License-Identifier: GPL-3.0-or-later
"""The distribution's own rpcd_fsrvp over this build's VFS module."""

import pytest

import leftovers
from fsrvp import SmbError
from shadow_copies import delete, recovered, shadow_copy_set

SANDBOX = ["--agent", "stock", "--module", "fss", "--shares", "2"]


def test_it_is_the_distributions_agent(sandbox):
    assert sandbox.rpcd == "rpcd_fsrvp"
    assert sandbox.parameter("vfs objects") == "fss"


def test_it_makes_and_deletes_a_shadow_copy(sandbox):
    with sandbox.connect("share1") as share, sandbox.client() as client:
        share.write("file", b"old")
        made = recovered(client, sandbox, "share1", "share2")
        share.write("file", b"new")
        with sandbox.connect(made.exposed("share1")) as copy:
            assert copy.read("file") == b"old"
            with pytest.raises(SmbError):
                copy.write("file", b"changed")
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_it_makes_many_within_a_second(sandbox):
    with sandbox.client() as client:
        sets = [recovered(client, sandbox, "share1") for _ in range(10)]
        for made in sets:
            delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_the_snapshot_is_not_seen_in_the_share(sandbox):
    with shadow_copy_set(sandbox, "share1"), sandbox.connect("share1") as share:
        assert not [name for name in share.list() if name.startswith((".fss", "@GMT"))]


def test_a_share_may_lie_below_its_subvolumes_root(sandbox):
    path = sandbox.shares["share1"].path / "directory"
    path.mkdir()
    path.chmod(0o777)
    (path / "inside").write_text("old")
    sandbox.add_registry_share("below", path)
    with shadow_copy_set(sandbox, "below") as made, sandbox.connect(made.exposed("below")) as copy:
        assert copy.list() == ["inside"]
    leftovers.assert_none(sandbox)
