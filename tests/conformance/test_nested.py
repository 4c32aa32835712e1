# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted or nested below a share, MS-FSRVP 3.1.4.4 step 2, and fss:nested."""

import pytest

import leftovers
import volumes
from fsrvp import HResult
from rules import rule
from shadow_copies import delete, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2"]


@pytest.fixture
def share(sandbox, registry_share):
    """Adds a share of a volume of its own: share(**parameters)."""
    path = sandbox.shares["share1"].volume / "outer"
    with volumes.subvolume(path):
        path.chmod(0o777)
        (path / "file").write_text("outer")
        yield lambda **parameters: registry_share("outer", path, **parameters)
        sandbox.ledger.tidy()  # the volume can go only when its snapshots have


@pytest.fixture
def nested(sandbox):
    """A subvolume below that share, with a file in it."""
    path = sandbox.shares["share1"].volume / "outer" / "inner"
    with volumes.subvolume(path):
        (path / "file").write_text("inner")
        yield path


@pytest.fixture
def mount(sandbox):
    """A tmpfs below that share, with a file in it."""
    with volumes.mounted_tmpfs(sandbox.shares["share1"].volume / "outer" / "mounted") as path:
        (path / "file").write_text("mounted")
        yield path


def assert_refused(sandbox, client, name):
    refused(client.is_path_supported(sandbox.unc(name)), HResult.NOT_SUPPORTED)
    refused(client.add(start(client), sandbox.unc(name)), HResult.NOT_SUPPORTED)


# ------------------------------------------------------------------------- refuse --

@rule("3.1.4.4 step 2", "a share with a nested subvolume below it is FSRVP_E_NOT_SUPPORTED")
def test_a_nested_subvolume_is_refused(sandbox, client, share, nested):
    assert_refused(sandbox, client, share())


@rule("3.1.4.4 step 2", "a share with a file system mounted below it is FSRVP_E_NOT_SUPPORTED")
def test_a_mount_is_refused(sandbox, client, share, mount):
    assert_refused(sandbox, client, share())


@rule("3.1.4.4 step 2", "a subvolume nested deep below the share is found")
def test_a_deeply_nested_subvolume_is_refused(sandbox, client, share):
    name = share()
    directory = sandbox.shares["share1"].volume / "outer" / "a" / "b" / "c"
    directory.mkdir(parents=True)
    with volumes.subvolume(directory / "deep"):
        assert_refused(sandbox, client, name)


@rule("3.1.4.4 step 2", "a nested subvolume beside the share's directory is no hindrance", source="issue")
def test_a_nested_subvolume_elsewhere(sandbox, client, share, nested, registry_share):
    share()
    path = sandbox.shares["share1"].volume / "outer" / "inside"
    path.mkdir()
    assert ok(client.is_path_supported(sandbox.unc(registry_share("inside", path)))).supported


@rule("3.1.4.4 step 2", "the snapshots of earlier sets are no nested subvolumes")
def test_snapshots_are_no_hindrance(sandbox, client, share):
    name = share()
    for _ in range(2):
        recovered(client, sandbox, name)
    assert ok(client.is_path_supported(sandbox.unc(name))).supported


@rule("3.1.4.10 step 2", "a share that is refused for what is below it can still be asked for shadow copies")
def test_asking_for_shadow_copies_of_a_refused_share(sandbox, client, share, nested):
    assert not ok(client.is_path_shadow_copied(sandbox.unc(share()))).present


# ------------------------------------------------------------------------ include --

@rule("3.1.4.4 step 2", "with fss:nested = include nested subvolumes are part of the shadow copy, in their "
      "place", source="issue")
def test_a_nested_subvolume_is_included(sandbox, client, share, nested):
    name = share(**{"fss:nested": "include"})
    made = exposed(client, sandbox, name)
    (nested / "file").write_text("changed")
    with sandbox.connect(made.exposed(name)) as copy:
        assert copy.read("file") == b"outer"
        assert copy.read("inner/file") == b"inner"


@rule("3.1.4.12 step 6", "a shadow copy with nested subvolumes goes as a whole", source="issue")
def test_an_included_subvolume_is_deleted(sandbox, client, share, nested):
    name = share(**{"fss:nested": "include"})
    delete(client, sandbox, recovered(client, sandbox, name))
    leftovers.assert_none(sandbox, expected_subvolumes=[nested.parent, nested])


@rule("3.1.4.4 step 2", "with fss:nested = include what cannot be included, another file system, is refused all "
      "the same", source="issue")
def test_a_mount_cannot_be_included(sandbox, client, share, mount):
    assert_refused(sandbox, client, share(**{"fss:nested": "include"}))


# ------------------------------------------------------------------------- ignore --

@rule("3.1.4.4 step 2", "with fss:nested = ignore a nested subvolume or mount is left out", source="windows")
@pytest.mark.parametrize("what", ["inner", "mounted"])
def test_what_is_nested_is_left_out(request, sandbox, client, share, what):
    name = share(**{"fss:nested": "ignore"})
    request.getfixturevalue({"inner": "nested", "mounted": "mount"}[what])
    made = exposed(client, sandbox, name)
    with sandbox.connect(made.exposed(name)) as copy:
        assert copy.read("file") == b"outer"
        assert copy.list(f"{what}/*") == []


@rule("3.1.4.4 step 2", "what is left out is logged", source="issue")
def test_what_is_left_out_is_logged(sandbox, client, share, nested):
    name = share(**{"fss:nested": "ignore"})
    ok(client.add(start(client), sandbox.unc(name)))
    assert sandbox.log_line(f"share {name}.*{nested}.*left out")
