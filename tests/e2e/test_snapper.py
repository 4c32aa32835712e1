# SPDX-License-Identifier: GPL-3.0-or-later
"""Shadow copies that snapper manages: what clients and administrators see of them."""

import stat

import pytest

import leftovers
import snapper_admin as snapperd
from fsrvp import Context, HResult, SmbError
from harness import checked
from shadow_copies import added, delete, exposed, ok, recovered, refused, shadow_copy_set

SANDBOX = ["--provider", "snapper", "--shares", "2"]


@pytest.fixture
def share(sandbox):
    return sandbox.shares["share1"]


@pytest.fixture
def tree(sandbox, share):
    """Files that differ in who may read them."""
    def own(path, user, mode):
        checked(["chown", user, path])
        path.chmod(mode)
    folder = share.path / "folder"
    folder.mkdir()
    (folder / "everybody's").write_text("for all", encoding="ascii")
    (share.path / "private").write_text("for nobody but nobody", encoding="ascii")
    (share.path / "foreign").write_text("for root", encoding="ascii")
    (share.path / "closed").mkdir()
    (share.path / "closed" / "inside").write_text("for root", encoding="ascii")
    (share.path / "link").symlink_to("folder/everybody's")
    (share.path / "way out").symlink_to("../../2/snapshot/private")
    own(share.path / "private", sandbox.nobody[0], 0o600)
    own(share.path / "foreign", "root", 0o600)
    own(share.path / "closed", "root", 0o700)
    yield share.path
    checked(["rm", "-r", "--", folder, *(share.path / name for name in ("private", "foreign", "closed", "link",
                                                                         "way out"))])


# ------------------------------------------------------------ administration --

def test_a_shadow_copy_is_a_snapshot_that_snapper_lists(sandbox, share):
    with shadow_copy_set(sandbox, "share1") as made:
        (number,) = snapperd.numbers(sandbox, "share1")
        assert snapperd.userdata(sandbox, "share1", number) == {
            "fss-set": str(made.set_id).upper(), "fss-copy": str(made.copy_ids["share1"]).upper()}
        assert not (share.path / ".fss").exists()
    assert not snapperd.numbers(sandbox, "share1")
    assert not snapperd.stored(share)
    leftovers.assert_none(sandbox)


def test_shares_of_several_configurations_are_one_set(sandbox):
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1", "share2")
        for share in ("share1", "share2"):
            assert len(snapperd.numbers(sandbox, share)) == 1
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


def test_snapshots_of_others_stay(sandbox):
    snapperd.snapper(sandbox, "-c", "share1", "create", "--userdata", "fss-copy=nonsense,note=ü")
    before = snapperd.numbers(sandbox, "share1")
    with shadow_copy_set(sandbox, "share1"):
        pass
    assert snapperd.numbers(sandbox, "share1") == before
    snapperd.snapper(sandbox, "-c", "share1", "delete", *map(str, before))


def test_an_aborted_set_leaves_nothing(sandbox, share):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "share1", "share2")
        ok(client.abort(made.set_id))
    assert not snapperd.stored(share)
    leftovers.assert_none(sandbox)


def test_a_share_that_is_no_configurations_is_refused(sandbox, share):
    nested = share.volume / "unconfigured"
    checked(["btrfs", "subvolume", "create", nested])
    sandbox.add_registry_share("unconfigured", nested, **{"fss:provider": "snapper"})
    try:
        with sandbox.client() as client:
            refused(client.is_path_supported(sandbox.unc("unconfigured")), HResult.NOT_SUPPORTED)
        assert sandbox.log_line("snapper has no configuration for .*unconfigured")
    finally:
        sandbox.net("conf", "delshare", "unconfigured")
        checked(["btrfs", "subvolume", "delete", nested])


def test_a_nested_subvolume_has_its_own_configuration(sandbox, share):
    """The outer volume's does not cover it, however its path begins."""
    nested = share.path / "nested"
    checked(["btrfs", "subvolume", "create", nested])
    sandbox.add_registry_share("nested", nested, **{"fss:provider": "snapper"})
    try:
        with sandbox.client() as client:
            refused(client.is_path_supported(sandbox.unc("share1")), HResult.NOT_SUPPORTED)
            refused(client.is_path_supported(sandbox.unc("nested")), HResult.NOT_SUPPORTED)
        snapperd.create_config(sandbox, "nested-ü", nested)
        (nested / "file").write_text("content", encoding="ascii")
        with shadow_copy_set(sandbox, "nested") as made, sandbox.connect(made.exposed("nested")) as copy:
            assert copy.read("file") == b"content"
            assert len(snapperd.numbers(sandbox, "nested-ü")) == 1
            assert not snapperd.numbers(sandbox, "share1")
        snapperd.snapper(sandbox, "-c", "nested-ü", "delete-config")
    finally:
        sandbox.net("conf", "delshare", "nested")
        checked(["btrfs", "subvolume", "delete", nested])
    leftovers.assert_none(sandbox)


# --------------------------------------------------------------------- users --

def test_the_agents_writes_until_recovery_and_nobody_afterwards(sandbox):
    with sandbox.client() as client:
        made = exposed(client, sandbox, "share1", context=Context.APP_ROLLBACK | Context.AUTO_RECOVERY)
        with sandbox.connect(made.exposed("share1")) as copy:
            copy.write("recovered", b"by the application")
            ok(client.recovery_complete(made.set_id))
            with pytest.raises(SmbError):
                copy.write("later", b"")
        with sandbox.connect(made.exposed("share1"), user=sandbox.nobody) as copy:
            assert copy.read("recovered") == b"by the application"
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("sync_acl", ["no", "yes"])
def test_an_ordinary_user_reads_with_his_own_rights(sandbox, share, tree, sync_acl):
    admin = sandbox.admin[0]
    snapperd.snapper(sandbox, "-c", "share1", "set-config", f"ALLOW_USERS={admin if sync_acl == 'yes' else ''}",
                     f"SYNC_ACL={sync_acl}")
    with shadow_copy_set(sandbox, "share1") as made:
        with sandbox.connect(made.exposed("share1"), user=sandbox.nobody) as copy:
            assert {"folder", "private", "foreign", "closed", "link"} <= set(copy.list())
            assert copy.list("folder/*") == ["everybody's"]
            assert copy.read("folder/everybody's") == b"for all"
            assert copy.read("private") == b"for nobody but nobody"
            assert copy.read("link") == b"for all"
            for path in ("foreign", "closed/inside", "way out"):
                with pytest.raises(SmbError):
                    copy.read(path)
            with pytest.raises(SmbError):
                copy.list("closed/*")
        with sandbox.connect(made.exposed("share1")) as copy:
            with pytest.raises(SmbError):
                copy.read("private")
    # It takes its ACL back only while it is to keep it up.
    snapperd.snapper(sandbox, "-c", "share1", "set-config", "ALLOW_USERS=")
    snapperd.snapper(sandbox, "-c", "share1", "set-config", "SYNC_ACL=no")


def seen(share, path):
    """What a client sees in a directory; nothing where it may not look."""
    try:
        return share.list(f"{path}/*")
    except SmbError:
        return []


def test_nothing_else_of_snappers_is_opened(sandbox, share, tree):
    snapperd.snapper(sandbox, "-c", "share1", "create")
    (other,) = snapperd.numbers(sandbox, "share1")
    with shadow_copy_set(sandbox, "share1") as made:
        assert stat.S_IMODE(snapperd.store(share).stat().st_mode) & 0o007 == 0
        for user in (sandbox.nobody, sandbox.admin):
            with sandbox.connect("share1", user=user) as base:
                assert not seen(base, f".snapshots/{other}/snapshot")
            with sandbox.connect(made.exposed("share1"), user=user) as copy:
                for path in (".snapshots", f"../../{other}/snapshot", f"../../../{other}/snapshot", "../info.xml"):
                    with pytest.raises(SmbError):
                        copy.read(f"{path}/folder/everybody's")
                    assert not seen(copy, path)
        assert not [line for line in checked(["findmnt", "-rno", "TARGET"]).splitlines() if ".snapshots" in line]
    snapperd.snapper(sandbox, "-c", "share1", "delete", str(other))


def test_a_user_who_may_not_reach_the_volume_may_not_reach_its_shadow_copy(sandbox, share, tree):
    with shadow_copy_set(sandbox, "share1") as made:
        share.volume.chmod(0o700)
        try:
            for name in ("share1", made.exposed("share1")):
                with pytest.raises(SmbError):
                    with sandbox.connect(name, user=sandbox.nobody) as tree_connect:
                        tree_connect.list()
        finally:
            share.volume.chmod(0o755)


# ------------------------------------------------------------------ provider --

def test_one_that_is_not_there_is_refused_where_it_is_asked_for(sandbox):
    with snapperd.unreachable(sandbox):
        with sandbox.client() as client:
            refused(client.is_path_supported(sandbox.unc("share1")), HResult.NOT_SUPPORTED)
    with sandbox.client() as client:
        ok(client.abort(added(client, sandbox, "share1").set_id))


def test_auto_prefers_snapper_and_does_without_where_it_is_not_there(sandbox, share):
    sandbox.add_registry_share("automatic", share.path)
    try:
        with shadow_copy_set(sandbox, "automatic"):
            assert len(snapperd.numbers(sandbox, "share1")) == 1
        with snapperd.unreachable(sandbox), shadow_copy_set(sandbox, "automatic"):
            assert list((share.path / ".fss").iterdir())
        assert sandbox.log_line("fss:provider = auto does without: .*snapper")
    finally:
        sandbox.net("conf", "delshare", "automatic")
    leftovers.assert_none(sandbox)
