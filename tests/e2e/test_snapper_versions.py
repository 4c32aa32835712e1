# SPDX-License-Identifier: GPL-3.0-or-later
"""Previous Versions where snapper manages the volume: its own snapshots and the shadow copies made through it."""

import contextlib
import os
import pathlib
import time
from xml.etree import ElementTree

import pytest

import leftovers
import snapper_admin as snapperd
from fsrvp import Context, SmbError, Versions
from fsrvp.versions import LABEL
from harness import checked
from previous import (ACCESS_DENIED, NOT_FOUND, WRITE_PROTECTED, check_absolute_link, further_share, label_of_copy,
                      put, refusal, versions)
from shadow_copies import delete, exposed, ok, shadow_copy_set
from smbshadow import children_of_smbd

SANDBOX = ["--provider", "snapper", "--shares", "2", "--share", "fss:previous versions = yes",
           "--share", "admin users ="]

LET_GO_SECONDS = 30  # smbd does after ten; a loaded machine takes its time


@pytest.fixture(autouse=True)
def no_panic(sandbox):
    yield
    assert not sandbox.log_line("PANIC|INTERNAL ERROR"), sandbox.log()


@pytest.fixture
def share(sandbox):
    """share1, without snapshots before and after."""
    share = sandbox.shares["share1"]
    put(share.path / "file", "now")
    yield share
    numbers = snapperd.numbers(sandbox, "share1")
    if numbers:
        snapperd.snapper(sandbox, "-c", "share1", "delete", *map(str, numbers))
    leftovers.assert_none(sandbox)


@contextlib.contextmanager
def subvolume(path):
    checked(["btrfs", "subvolume", "create", path])
    path.chmod(0o755)
    try:
        yield path
    finally:
        checked(["btrfs", "subvolume", "delete", path])


def take(sandbox, *options, config="share1"):
    """Has an administrator take a snapshot; returns its number."""
    return int(snapperd.snapper(sandbox, "-c", config, "create", "--print-number", *options))


def info(path, number):
    return path / ".snapshots" / str(number) / "info.xml"


def label(share, number, later=0):
    """By its date, and so many seconds later."""
    date = ElementTree.parse(info(share.path, number)).findtext("date")
    then = time.strptime(f"{date} UTC", "%Y-%m-%d %H:%M:%S %Z")
    return time.strftime(LABEL, time.gmtime(int(time.mktime(then)) - time.timezone + later))


def next_second():
    time.sleep(1.05 - time.time() % 1)


def entered(sandbox):
    """What the sandbox's smbd processes hold open in stores of snapper's."""
    found = []
    for pid in (sandbox.pids["smbd"], *children_of_smbd(sandbox)):
        for descriptor in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):
                target = os.readlink(descriptor)
                if ".snapshots/" in target:
                    found.append(target)
    return found


def wait_until_let_go(sandbox):
    """With an idle client."""
    deadline = time.monotonic() + LET_GO_SECONDS
    while held := entered(sandbox):
        assert time.monotonic() < deadline, held
        time.sleep(0.2)


# --------------------------------------------------------------------- listing

@pytest.mark.parametrize("sync_acl", ["no", "yes"])
def test_an_ordinary_user_lists_and_reads_snapshots_of_all_kinds(sandbox, share, sync_acl):
    admin = sandbox.admin[0]
    snapperd.snapper(sandbox, "-c", "share1", "set-config", f"ALLOW_USERS={admin if sync_acl == 'yes' else ''}",
                     f"SYNC_ACL={sync_acl}")
    (share.path / "dir").mkdir(exist_ok=True)
    content = {}
    number = 0
    for options in ([], ["--cleanup-algorithm", "timeline"], ["--type", "pre"], ["--type", "post", "--pre-number"]):
        next_second()
        options += [str(number)] if options[-1:] == ["--pre-number"] else []
        put(share.path / "file", f"before {number}")
        put(share.path / "dir" / "deep", f"deep {number}")
        text = f"{number}"
        number = take(sandbox, *options)
        content[label(share, number)] = text
    next_second()
    put(share.path / "file", "before copy")
    put(share.path / "dir" / "deep", "deep copy")
    with shadow_copy_set(sandbox, "share1") as made, versions(sandbox) as seen:
        content[label_of_copy(made)] = "copy"
        assert len(content) == 5
        put(share.path / "file", "now")
        assert seen.count() == 5
        assert seen.labels() == sorted(content, reverse=True)
        assert {when: seen.read("file", when) for when in content} == \
            {when: f"before {text}".encode() for when, text in content.items()}
        for when, text in content.items():
            assert seen.read("DIR/Deep", when) == f"deep {text}".encode()
            assert seen.list("dir", when) == ["deep"]
            assert {"file", "dir"} <= set(seen.list("", when))
        assert seen.read("file") == b"now"
        mode = snapperd.store(share).stat().st_mode
        assert mode & 0o007 == 0, "nothing is opened for it"
        assert not [line for line in checked(["findmnt", "-rno", "TARGET"]).splitlines() if ".snapshots" in line]
    snapperd.snapper(sandbox, "-c", "share1", "set-config", "ALLOW_USERS=")
    snapperd.snapper(sandbox, "-c", "share1", "set-config", "SYNC_ACL=no")


def test_snapshots_of_one_second_have_a_time_each_that_leads_to_their_own_content(sandbox, share):
    numbers = []
    next_second()
    while len(numbers) < 2 or label(share, numbers[-1]) != label(share, numbers[-2]):
        put(share.path / "file", f"{len(numbers)}")
        numbers.append(take(sandbox))
        assert len(numbers) < 20, "no two within a second"
    with versions(sandbox) as seen:
        labels = seen.labels()
        assert len(labels) == len(set(labels)) == len(numbers)
        content = {when: seen.read("file", when) for when in labels}
        assert sorted(content.values()) == sorted(f"{number}".encode() for number in range(len(numbers)))
        assert content[label(share, numbers[-1], later=1)] == f"{len(numbers) - 1}".encode()
        snapperd.snapper(sandbox, "-c", "share1", "delete", str(numbers[-2]))
        kept = {when: text for when, text in content.items() if text != f"{len(numbers) - 2}".encode()}
        assert {when: seen.read("file", when) for when in seen.labels()} == kept, "the others keep their times"


def test_a_shadow_copy_with_auto_recovery_is_listed_when_it_is_recovered(sandbox, share):
    with sandbox.client() as client, versions(sandbox) as seen:
        made = exposed(client, sandbox, "share1", context=Context.AUTO_RECOVERY)
        assert seen.labels() == []
        ok(client.recovery_complete(made.set_id))
        assert seen.labels() == [label_of_copy(made)]
        assert seen.read("file", label_of_copy(made)) == b"now"
        delete(client, sandbox, made)


def test_a_writable_snapshot_is_listed_when_it_is_made_read_only(sandbox, share):
    number = take(sandbox, "--read-write")
    with versions(sandbox) as seen:
        assert seen.labels() == []
        checked(["btrfs", "property", "set", "-ts", info(share.path, number).with_name("snapshot"), "ro", "true"])
        assert seen.labels() == [label(share, number)]


def test_a_damaged_snapshot_is_not_listed_and_hides_no_other(sandbox, share):
    broken = take(sandbox)
    next_second()
    whole = take(sandbox)
    before = info(share.path, broken).read_bytes()
    with versions(sandbox) as seen:
        for damage in (before[:len(before) // 2], b"", b"\xff" * 5000, before.replace(b"<num>", b"<num>9")):
            info(share.path, broken).write_bytes(damage)
            assert seen.labels() == [label(share, whole)]
            assert seen.read("file", label(share, whole)) == b"now"
        info(share.path, broken).write_bytes(before)
        assert seen.labels() == [label(share, whole), label(share, broken)]


def test_they_are_listed_and_read_without_snapperd(sandbox, share):
    when = label(share, take(sandbox))
    with snapperd.unreachable(sandbox), versions(sandbox) as seen:
        assert seen.labels() == [when]
        assert seen.read("file", when) == b"now"


def test_a_connection_looks_at_none_until_it_is_asked_for_them(sandbox, share):
    number = take(sandbox)
    file = info(share.path, number)

    def is_read():
        return file.stat().st_atime_ns != 0

    os.utime(file, ns=(0, file.stat().st_mtime_ns))
    with versions(sandbox) as seen:
        assert seen.read("file") == b"now"
        assert "file" in seen.list()
        assert not is_read()
        assert seen.count() == 1
        assert is_read()


# ---------------------------------------------------------------------- rights

def test_a_user_reads_what_he_might_read_then_and_nothing_else(sandbox, share):
    put(share.path / "private", "secret", 0o600)
    (share.path / "closed").mkdir(mode=0o700, exist_ok=True)
    put(share.path / "closed" / "file", "secret")
    when = label(share, take(sandbox))
    (share.path / "private").chmod(0o644)
    (share.path / "closed").chmod(0o755)
    with versions(sandbox) as seen:
        assert seen.read("file", when) == b"now"
        assert refusal(seen.read, "private", when) == ACCESS_DENIED
        assert refusal(seen.read, "closed/file", when) in (ACCESS_DENIED, *NOT_FOUND)
        assert refusal(seen.list, "closed", when) == ACCESS_DENIED
        assert seen.read("private") == b"secret", "now he may"


def test_nothing_in_a_version_can_be_changed(sandbox, share):
    (share.path / "file").chmod(0o666)
    share.path.chmod(0o777)
    when = label(share, take(sandbox))
    with versions(sandbox) as seen:
        assert refusal(seen.write, "file", when, b"bent") == WRITE_PROTECTED
        for command in ("mkdir {}/made", "put /etc/hostname {}/put", "rm {}/file", "rename {}/file {}/other"):
            done = sandbox.smbclient("share1", command.replace("{}", when), user=sandbox.nobody)
            assert "NT_STATUS" in done.output, str(done)
        assert seen.read("file", when) == b"now"


def test_links_lead_nowhere_but_to_what_is_in_the_version(sandbox, share):
    (share.path / "dir").mkdir(exist_ok=True)
    other = take(sandbox)
    links = {"inside": "file", "dir/up": "../file", "out": "../info.xml", "other": f"../../{other}/snapshot/file",
             "store": f".snapshots/{other}/snapshot/file", "absolute": str(share.path / "file"),
             "elsewhere": "/etc/hostname", "dir/out": "../../info.xml", "dir/root": "../.."}
    for name, target in links.items():
        (share.path / name).unlink(missing_ok=True)
        (share.path / name).symlink_to(target)
    next_second()
    when = label(share, take(sandbox))
    put(share.path / "file", "new")
    with versions(sandbox) as seen:
        assert seen.read("inside", when) == b"now"
        assert seen.read("dir/up", when) == b"now"
        check_absolute_link(seen, "absolute", when, b"now")
        for name in set(links) - {"inside", "dir/up", "absolute"}:
            with pytest.raises(SmbError):
                seen.read(name, when)
        for path in ("../info.xml", "..", f"../../{other}/snapshot/file", f".snapshots/{other}/snapshot/file"):
            for time_or_none in (when, None):
                with pytest.raises(SmbError):
                    seen.read(path, time_or_none)
    for name in links:
        (share.path / name).unlink()


# ------------------------------------------------------------------- deletions

def test_a_snapshot_that_is_deleted_behind_a_connection_is_gone_and_given_back(sandbox, share):
    number = take(sandbox)
    when = label(share, number)
    with versions(sandbox) as seen:
        assert seen.read("file", when) == b"now"
        assert entered(sandbox), "it is entered from its root, which is held open"
        snapperd.snapper(sandbox, "-c", "share1", "delete", str(number))
        assert seen.labels() == []
        assert refusal(seen.read, "file", when) in NOT_FOUND
        next_second()
        put(share.path / "file", "later")
        again = take(sandbox)
        assert again == number, "the number is given anew"
        assert seen.labels() == [label(share, again)]
        assert refusal(seen.read, "file", when) in NOT_FOUND
        assert seen.read("file", label(share, again)) == b"later"
        snapperd.snapper(sandbox, "-c", "share1", "delete", str(again))
        wait_until_let_go(sandbox)
        assert seen.labels() == []


def test_a_version_that_nobody_asked_for_a_while_is_read_again(sandbox, share):
    when = label(share, take(sandbox))
    with versions(sandbox) as seen:
        assert seen.read("file", when) == b"now"
        wait_until_let_go(sandbox)
        assert seen.read("file", when) == b"now"
        assert "file" in seen.list("", when)


# ----------------------------------------------------------------- kinds of shares

def test_a_share_below_its_volumes_root(sandbox, share):
    inner = share.path / "outer" / "inner"
    inner.mkdir(parents=True)
    put(inner / "file", "inner old")
    first = take(sandbox)
    inner.parent.chmod(0o700)
    next_second()
    second = take(sandbox)
    inner.parent.chmod(0o755)
    inner.rename(share.path / "moved")
    next_second()
    take(sandbox)
    (share.path / "moved").rename(inner)
    put(inner / "file", "inner new")
    try:
        with further_share(sandbox, "inner", inner), versions(sandbox, "inner") as seen:
            assert seen.labels() == [label(share, second), label(share, first)], "the third does not hold it"
            assert seen.read("file", label(share, first)) == b"inner old"
            assert seen.list("", label(share, first)) == ["file"]
            with pytest.raises(SmbError):  # he might not get there then
                seen.read("file", label(share, second))
    finally:
        checked(["rm", "-r", share.path / "outer"])


def test_a_nested_subvolume_has_those_of_its_own_configuration(sandbox, share):
    with subvolume(share.path / "nested") as nested:
        snapperd.create_config(sandbox, "nested", nested)
        put(nested / "file", "nested old")
        outer = take(sandbox)
        next_second()
        number = take(sandbox, config="nested")
        date = ElementTree.parse(info(nested, number)).findtext("date")
        put(nested / "file", "nested new")
        with further_share(sandbox, "nested", nested, **{"fss:provider": "snapper"}):
            with versions(sandbox, "nested") as seen, shadow_copy_set(sandbox, "nested") as made:
                copy = label_of_copy(made, "nested")
                own = "@GMT-" + date.replace("-", ".").replace(":", ".").replace(" ", "-")
                assert seen.labels() == sorted([own, copy], reverse=True)
                assert seen.read("file", own) == b"nested old"
                assert seen.read("file", copy) == b"nested new"
            with versions(sandbox) as seen:
                assert seen.labels() == [label(share, outer)]
        snapperd.snapper(sandbox, "-c", "nested", "delete-config")


def test_a_share_without_a_configuration_has_its_own_shadow_copies_only(sandbox, share):
    """Whatever is called .snapshots there."""
    with subvolume(share.volume / "plain") as plain:
        put(plain / "file", "old")
        with further_share(sandbox, "plain", plain), versions(sandbox, "plain") as seen:
            assert seen.labels() == []
            for make in (lambda: None, (plain / ".snapshots").mkdir):
                make()
                with shadow_copy_set(sandbox, "plain") as made:
                    assert seen.labels() == [label_of_copy(made, "plain")]
                    assert seen.read("file", label_of_copy(made, "plain")) == b"old"
                assert seen.labels() == []


def test_a_share_that_is_not_for_snapper_shows_none_of_its_snapshots(sandbox, share):
    take(sandbox)
    with further_share(sandbox, "direct", share.path, **{"fss:provider": "btrfs"}):
        with versions(sandbox, "direct") as seen, shadow_copy_set(sandbox, "direct") as made:
            assert seen.labels() == [label_of_copy(made, "direct")]


def test_streams_and_permissions_are_the_versions(sandbox, share):
    modules = f"{sandbox.parameter('vfs objects')} acl_xattr streams_xattr"
    share.path.chmod(0o777)
    with further_share(sandbox, "rich", share.path, vfs_objects=modules), sandbox.connect("rich") as admin:
        admin.write("rich", b"old")
        admin.write("rich:stream", b"old stream")
        before = Versions(admin).security("rich")
        when = label(share, take(sandbox))
        admin.write("rich:stream", b"new")
        Versions(admin).close_to_others("rich")
        assert Versions(admin).security("rich") != before
        assert Versions(admin).security("rich", when) == before
        with versions(sandbox, "rich") as seen:
            assert refusal(seen.read, "rich") == ACCESS_DENIED
            assert seen.read("rich", when) == b"old"
            assert seen.read("rich:stream", when) == b"old stream"
        admin.remove("rich")


def test_an_exposed_share_and_a_version_of_it_are_read_on_one_connection(sandbox, share):
    """One smbd knows the directories by both names."""
    (share.path / "dir").mkdir(exist_ok=True)
    put(share.path / "dir" / "file", "old")
    with shadow_copy_set(sandbox, "share1") as made, sandbox.connect("share1", sandbox.nobody) as base:
        put(share.path / "dir" / "file", "new")
        seen, when = Versions(base), label_of_copy(made)
        copy = base.beside(made.exposed("share1"))
        for _ in range(2):
            assert copy.read("dir/file") == b"old"
            assert seen.read("dir/file", when) == b"old"
            assert base.read("dir/file") == b"new"


def test_smbclient_opens_a_version_by_the_token_in_its_path(sandbox, share):
    when = label(share, take(sandbox))
    put(share.path / "file", "new")
    listed = sandbox.smbclient("share1", "allinfo file", user=sandbox.nobody)
    assert listed.ok and when in listed.output, str(listed)
    target = sandbox.dir / "fetched"
    fetched = sandbox.smbclient("share1", f"get {when}/file {target}", user=sandbox.nobody)
    assert fetched.ok and target.read_text(encoding="ascii") == "now", str(fetched)
    target.unlink()
