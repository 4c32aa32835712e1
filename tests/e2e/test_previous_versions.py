# SPDX-License-Identifier: GPL-3.0-or-later
"""Previous Versions ("fss:previous versions"): shadow copies listed and opened by their time, with a user's rights."""

import contextlib
import re

import pytest

from fsrvp import Context, SmbError, Versions
from harness import checked
from previous import (ACCESS_DENIED, NOT_FOUND, WRITE_PROTECTED, check_absolute_link, further_share, put, refusal,
                      versions)
from previous import label_of_copy as label
from shadow_copies import committed, delete, exposed, ok, recovered, shadow_copy_set

SANDBOX = ["--share", "fss:previous versions = yes", "--share", "admin users ="]

NOT_SUPPORTED = (0xC00000BB, 0xC0000002, 0xC0000010)  # ..., NOT_IMPLEMENTED, INVALID_DEVICE_REQUEST
ABSENT = "@GMT-2001.02.03-04.05.06"
MANY = 60


@pytest.fixture(autouse=True)
def no_panic(sandbox):
    yield
    assert not sandbox.log_line("PANIC|INTERNAL ERROR"), sandbox.log()


@pytest.fixture
def root(sandbox):
    """The shared directory share1 itself, with a file that every user may read."""
    path = sandbox.shares["share1"].path
    put(path / "file", "old")
    return path


# --------------------------------------------------------------------- listing

def test_a_shadow_copy_is_listed_by_its_creation_time_and_no_longer_when_deleted(sandbox, root):
    with versions(sandbox) as seen:
        assert (seen.count(), seen.labels()) == (0, [])
        with shadow_copy_set(sandbox, "share1") as made:
            assert (seen.count(), seen.labels()) == (1, [label(made)])
            assert seen.labels("file") == [label(made)], "a file's are the share's"
        assert (seen.count(), seen.labels()) == (0, [])


def test_a_shadow_copy_with_auto_recovery_is_listed_when_it_is_recovered(sandbox, root):
    with sandbox.client() as client, versions(sandbox) as seen:
        made = exposed(client, sandbox, "share1", context=Context.AUTO_RECOVERY)
        assert seen.labels() == []
        assert refusal(seen.read, "file", label(made)) in NOT_FOUND
        ok(client.recovery_complete(made.set_id))
        assert seen.labels() == [label(made)]
        delete(client, sandbox, made)


def test_one_whose_creation_is_given_up_is_listed_no_longer(sandbox, root):
    with sandbox.client() as client, versions(sandbox) as seen:
        made = committed(client, sandbox, "share1")
        ok(client.abort(made.set_id))
        assert seen.labels() == []


def test_many_in_few_seconds_have_a_time_each_that_leads_to_their_own_content(sandbox, root):
    content = {}
    sets = []
    with sandbox.client() as client, versions(sandbox) as seen:
        for number in range(MANY):
            put(root / "file", f"{number}")
            sets.append(recovered(client, sandbox, "share1"))
            content[label(sets[-1])] = f"{number}".encode()
        assert len(content) == MANY, "two of one second"
        assert seen.count() == MANY
        assert seen.labels() == sorted(content, reverse=True)
        assert {each: seen.read("file", each) for each in content} == content
        for made in sets[::2]:
            delete(client, sandbox, made)
        assert seen.labels() == sorted(map(label, sets[1::2]), reverse=True), "the others keep their times"
        for made in sets[1::2]:
            delete(client, sandbox, made)
        assert seen.labels() == []


# --------------------------------------------------------------------- content

def test_files_and_directories_are_as_they_were(sandbox, root):
    (root / "dir" / "deep").mkdir(parents=True, exist_ok=True)
    put(root / "dir" / "deep" / "file", "old too")
    put(root / "removed", "was there")
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        for path in (root / "file", root / "dir" / "deep" / "file", root / "added"):
            put(path, "new")
        (root / "removed").unlink()
        when = label(made)
        assert (seen.read("file"), seen.read("file", when)) == (b"new", b"old")
        assert (seen.read("dir/deep/file"), seen.read("dir/deep/file", when)) == (b"new", b"old too")
        assert seen.read("removed", when) == b"was there"
        assert seen.read("DIR/Deep/FILE", when) == b"old too", "in another case"
        assert refusal(seen.read, "added", when) in NOT_FOUND
        assert {"removed", "file"} <= set(seen.list("", when)) and "added" not in seen.list("", when)
        assert seen.list("dir/deep", when) == ["file"]
        assert seen.read("file") == b"new", "and the share goes on as it is"


def test_a_time_without_a_shadow_copy_has_no_content(sandbox, root):
    with shadow_copy_set(sandbox, "share1"), versions(sandbox) as seen:
        assert refusal(seen.read, "file", ABSENT) in NOT_FOUND


def test_a_deleted_one_cannot_be_opened_any_more(sandbox, root):
    with versions(sandbox) as seen:
        with shadow_copy_set(sandbox, "share1") as made:
            assert seen.read("file", label(made)) == b"old"
        assert refusal(seen.read, "file", label(made)) in NOT_FOUND


def test_smbclient_opens_a_version_by_the_token_in_its_path(sandbox, root):
    with shadow_copy_set(sandbox, "share1") as made:
        put(root / "file", "new")
        listed = sandbox.smbclient("share1", "allinfo file", user=sandbox.nobody)
        assert listed.ok and label(made) in listed.output, str(listed)
        target = sandbox.dir / "fetched"
        fetched = sandbox.smbclient("share1", f"get {label(made)}/file {target}", user=sandbox.nobody)
        assert fetched.ok and target.read_text(encoding="ascii") == "old", str(fetched)
        target.unlink()


# ---------------------------------------------------------------------- rights

def test_a_user_reads_what_he_might_read_then_and_nothing_else(sandbox, root):
    put(root / "private", "secret", 0o600)
    (root / "closed").mkdir(mode=0o700, exist_ok=True)
    put(root / "closed" / "file", "secret")
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        when = label(made)
        (root / "private").chmod(0o644)
        (root / "closed").chmod(0o755)
        assert seen.read("file", when) == b"old"
        assert refusal(seen.read, "private", when) == ACCESS_DENIED
        assert refusal(seen.read, "closed/file", when) in (ACCESS_DENIED, *NOT_FOUND)
        assert refusal(seen.list, "closed", when) == ACCESS_DENIED
        assert seen.read("private") == b"secret", "now he may"


def test_nothing_in_a_version_can_be_changed(sandbox, root):
    (root / "file").chmod(0o666)
    root.chmod(0o777)
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        assert refusal(seen.write, "file", label(made), b"bent") == WRITE_PROTECTED
        for command in ("mkdir {}/made", "put /etc/hostname {}/put", "rm {}/file", "rename {}/file {}/other"):
            done = sandbox.smbclient("share1", command.replace("{}", label(made)), user=sandbox.nobody)
            assert "NT_STATUS" in done.output, str(done)
        assert seen.read("file", label(made)) == b"old"
        assert sorted(seen.list("", label(made))) == sorted(entry for entry in seen.list())


def test_the_store_is_not_reached_through_a_version(sandbox, root):
    (root / "tostore").unlink(missing_ok=True)
    (root / "tostore").symlink_to(".fss")
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        when = label(made)
        assert ".fss" not in seen.list("", when)
        for path in (".fss", ".FSS", f".fss/{made.copy_ids['share1']}/snapshot/file", "tostore"):
            for time in (None, when):
                with pytest.raises(SmbError):
                    with seen.opened(path, time):
                        pass
    (root / "tostore").unlink()


def test_links_lead_to_what_was_in_the_version_and_not_out_of_it(sandbox, root):
    (root / "dir").mkdir(exist_ok=True)
    links = {"inside": "file", "dir/up": "../file", "outside": "/etc/hostname", "absolute": str(root / "file")}
    for name, target in links.items():
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(target)
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        put(root / "file", "new")
        assert seen.read("inside", label(made)) == b"old"
        assert seen.read("dir/up", label(made)) == b"old"
        with pytest.raises(SmbError):
            seen.read("outside", label(made))
        check_absolute_link(seen, "absolute", label(made), b"old")
    for name in links:
        (root / name).unlink()


# ----------------------------------------------------------------- kinds of shares

def test_a_share_without_the_option_lists_and_opens_none(sandbox, root):
    off = further_share(sandbox, "off", root, **{"fss:previous versions": "no"})
    with off, shadow_copy_set(sandbox, "share1") as made:
        put(root / "file", "new")
        with versions(sandbox, "off") as seen:
            assert refusal(seen.count) in NOT_SUPPORTED
            with contextlib.suppress(SmbError):
                assert seen.read("file", label(made)) == b"new", "Samba overlooks the time then"


def test_a_share_below_its_volumes_root(sandbox, root):
    inner = root / "inner"
    inner.mkdir(exist_ok=True)
    put(inner / "file", "inner old")
    with further_share(sandbox, "inner", inner), versions(sandbox, "inner") as seen:
        with shadow_copy_set(sandbox, "inner") as made, shadow_copy_set(sandbox, "share1") as whole:
            put(inner / "file", "inner new")
            assert seen.labels() == [label(whole), label(made, "inner")], "every copy of the volume holds it"
            for when in seen.labels():
                assert seen.read("file", when) == b"inner old"
                assert seen.list("", when) == ["file"]
            with versions(sandbox) as outer:
                assert outer.read("inner/file", label(made, "inner")) == b"inner old"
        moved = root / "moved"
        inner.rename(moved)
        with shadow_copy_set(sandbox, "share1"):
            moved.rename(inner)
            assert seen.labels() == [], "that copy does not hold the share's directory"


def test_a_configured_store_directory(sandbox, root):
    store = sandbox.shares["share1"].volume / "store"
    checked(["install", "-d", "-m", "0711", store])
    path = sandbox.shares["share1"].volume / "stored"
    checked(["btrfs", "subvolume", "create", path])
    put(path / "file", "old")
    (path / "dir").mkdir()
    put(path / "dir" / "file", "old too")
    with further_share(sandbox, "stored", path, **{"fss:store directory": str(store)}):
        with shadow_copy_set(sandbox, "stored") as made, sandbox.connect("stored", sandbox.nobody) as base:
            put(path / "file", "new")
            put(path / "dir" / "file", "new")
            seen, when = Versions(base), label(made, "stored")
            assert seen.labels() == [when]
            # On one connection, so that one smbd knows the directories by both names.
            copy = base.beside(made.exposed("stored"))
            for _ in range(2):
                assert copy.read("dir/file") == b"old too"
                assert seen.read("dir/file", when) == b"old too"
                assert base.read("dir/file") == b"new"
    checked(["btrfs", "subvolume", "delete", path])


def test_a_second_tree_of_the_same_share_has_them_from_the_start(sandbox, root):
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect("share1", sandbox.nobody) as first:
        second = Versions(first.beside("share1"))
        assert second.read("file", label(made)) == b"old"
        assert second.labels() == [label(made)]


def test_several_trees_of_one_session_have_their_own(sandbox, root):
    inner = root / "second"
    inner.mkdir(exist_ok=True)
    put(inner / "file", "inner old")
    with further_share(sandbox, "second", inner), shadow_copy_set(sandbox, "share1") as made:
        put(inner / "file", "new")
        put(root / "file", "new")
        with sandbox.connect("share1", sandbox.nobody) as first:
            trees = [Versions(first), Versions(first.beside("second")), Versions(first.beside("share1"))]
            for _ in range(2):
                assert [tree.read("file", label(made)) for tree in trees] == [b"old", b"inner old", b"old"]
                assert trees[0].read("second/file", label(made)) == b"inner old"


def test_streams_and_permissions_are_the_versions(sandbox, root):
    modules = f"{sandbox.parameter('vfs objects')} acl_xattr streams_xattr"
    with further_share(sandbox, "rich", root, vfs_objects=modules):
        with sandbox.connect("rich") as admin:
            admin.write("rich", b"old")
            admin.write("rich:stream", b"old stream")
            before = Versions(admin).security("rich")
            with shadow_copy_set(sandbox, "rich") as made:
                when = label(made, "rich")
                admin.write("rich:stream", b"new")
                Versions(admin).close_to_others("rich")
                assert Versions(admin).security("rich") != before
                assert Versions(admin).security("rich", when) == before
                with versions(sandbox, "rich") as seen:
                    assert refusal(seen.read, "rich") == ACCESS_DENIED
                    assert seen.read("rich", when) == b"old"
                    assert seen.read("rich:stream", when) == b"old stream"
            admin.remove("rich")


def test_beside_the_administrators_own_module_there_are_only_its_versions(sandbox, root):
    snapshots = sandbox.shares["share1"].volume / "theirs"
    checked(["install", "-d", "-m", "0755", snapshots])
    checked(["btrfs", "subvolume", "snapshot", "-r", root, snapshots / ABSENT])
    try:
        both = further_share(sandbox, "both", root, vfs_objects=f"{sandbox.parameter('vfs objects')} shadow_copy2",
                             **{"shadow:snapdir": str(snapshots), "shadow:mountpoint": str(root)})
        with both, shadow_copy_set(sandbox, "both"):
            put(root / "file", "new")
            with versions(sandbox, "both") as seen:
                assert seen.labels() == [ABSENT]
                assert seen.read("file", ABSENT) == b"old"
        assert sandbox.log_line(r"share both: .*module shadow_copy2 shows its own")
    finally:
        checked(["btrfs", "subvolume", "delete", snapshots / ABSENT])


def test_a_share_that_can_have_none_is_served_and_the_log_says_why(sandbox, root):
    with further_share(sandbox, "elsewhere", "/usr/share"), versions(sandbox, "elsewhere") as seen:
        assert re.search("doc", " ".join(seen.list()))
        assert refusal(seen.count) in NOT_SUPPORTED
    assert sandbox.log_line("share elsewhere: no previous versions are shown: .*btrfs")
