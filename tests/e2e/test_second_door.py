# SPDX-License-Identifier: GPL-3.0-or-later
"""A shadow copy is a second door to the same data: who is kept out of the base share is kept out of the copy."""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import tdb

import administration
from fsrvp import Context, HResult, SmbError
from harness import checked
from second_door import (CASES, CLOSED_LATER, DEPENDENT, EVERYBODY, HOST, HOSTS, OWN_FILES, OWN_FILES_OF_ALL,
                         WRITERS)
from shadow_copies import added, committed, delete, exposed, ok, recovered, refused, shadow_copy_set, start

CONTENT = b"of the base share"
ACCESS_DENIED = 0xC0000022


class Base:
    """A registry share in a directory of its own, and its parameters."""

    def __init__(self, sandbox, name):
        self.sandbox, self.name = sandbox, name
        self.around = sandbox.shares["share1"].path / f"around-{name}"
        self.path = self.around / "share"
        self.path.mkdir(parents=True)
        (self.path / "file").write_bytes(CONTENT)
        self.path.chmod(0o777)
        os.chown(self.around, int(checked(["id", "-u", sandbox.admin[0]])), 0)
        sandbox.add_registry_share(name, self.path)

    def same(self):
        """Of a word "user" the other is the script's own user."""
        script = self.sandbox.dir / "same"
        if not script.exists():
            script.write_text('#!/bin/sh\nwhile [ $# -gt 0 ]; do\n\ta=$1\n\t[ "$a" = user ] && a=$(id -un)\n'
                              '\t[ "$a" = "$2" ] || exit 1\n\tshift 2\ndone\n', encoding="utf-8")
            script.chmod(0o755)
        return script

    def set(self, parameters):
        words = {"admin": self.sandbox.admin[0], "nobody": self.sandbox.nobody[0], "name": self.name,
                 "path": self.path, "same": self.same()}
        for key, value in parameters.items():
            value = value.format(**words, sid=self.sandbox.sid(self.sandbox.admin),
                                 other=self.sandbox.sid(self.sandbox.nobody))
            if key == "sharesec":
                checked(["sharesec", "-s", self.sandbox.conf, self.name, "-R", value])
            elif key == "directory":
                self.around.chmod(int(value, 8))
            else:
                self.sandbox.net("conf", "setparm", self.name, key, value)

    def remove(self):
        self.around.chmod(0o755)
        if self.name in self.sandbox.registry_shares():
            self.set({"sharesec": EVERYBODY})
            self.sandbox.net("conf", "delshare", self.name)


@pytest.fixture
def base(sandbox, request):
    name = "b" + re.sub(r"\W", "", request.node.name)[-40:]
    share = Base(sandbox, name)
    yield share
    share.remove()


def reads(sandbox, share, user, **options):
    """Whether the user gets at the file."""
    try:
        with sandbox.connect(share, user=user, **options) as tree:
            return tree.read("file") == CONTENT
    except SmbError:
        return False


def refusal(sandbox, share, user):
    """The status by which the user is refused; 0: he gets at the file."""
    try:
        with sandbox.connect(share, user=user) as tree:
            assert tree.read("file") == CONTENT
            return 0
    except SmbError as error:
        return error.code


def writes(sandbox, share, user):
    try:
        with sandbox.connect(share, user=user) as tree:
            tree.write(f"new of {user[0]}", b"new")
        return True
    except SmbError:
        return False


def assert_open(sandbox, *shares, to):
    for share in shares:
        for user in to:
            assert reads(sandbox, share, user), f"{user[0]} does not get into {share}"


def assert_closed(sandbox, *shares, to):
    for share in shares:
        for user in to:
            assert not reads(sandbox, share, user), f"{user[0]} gets into {share}"


class Log:
    """The lines that came since."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._before = collections.Counter(sandbox.log().splitlines())

    def has(self, pattern):
        new = collections.Counter(self._sandbox.log().splitlines()) - self._before
        return any(re.search(pattern, line) for line in new)


def closed_line(copy, user, base, reason):
    """What fss says of a user whom it keeps out of a copy."""
    return re.escape(f"share {copy} is closed to {user[0]}: share {base} {reason}")


# ------------------------------------------------------------- kept out by the share --

@pytest.mark.parametrize("case", CASES)
def test_who_is_kept_out_of_the_base_share_is_kept_out_of_the_copy(sandbox, base, case):
    closed = CASES[case]
    base.set(closed.closed)
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert_open(sandbox, base.name, copy, to=[sandbox.admin])
        assert refusal(sandbox, base.name, sandbox.nobody) == ACCESS_DENIED
        log = Log(sandbox)
        if closed.own is None:
            assert_closed(sandbox, copy, to=[sandbox.nobody])
            assert log.has(closed_line(copy, sandbox.nobody, base.name, closed.reason))
        else:
            assert refusal(sandbox, copy, sandbox.nobody) == ACCESS_DENIED
            if closed.own:
                assert log.has(closed.own.format(user=sandbox.nobody[0], share=re.escape(copy)))
        assert not log.has(f"closed to {sandbox.admin[0]}")


@pytest.mark.parametrize("case", [*CASES, *CLOSED_LATER])
def test_a_change_of_the_base_share_counts_for_the_copy(sandbox, base, case):
    change = {**CASES, **CLOSED_LATER}[case]
    both = [sandbox.admin, sandbox.nobody]
    kept_out = both if change.all else [sandbox.nobody]
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert_open(sandbox, base.name, copy, to=both)
        base.set(change.closed)
        for user in kept_out:
            assert reads(sandbox, base.name, user) == change.base_open
            log = Log(sandbox)
            assert_closed(sandbox, copy, to=[user])
            assert log.has(closed_line(copy, user, base.name, change.reason))
        if not change.all:
            assert_open(sandbox, base.name, copy, to=[sandbox.admin])
        base.set(change.opened)
        assert_open(sandbox, base.name, copy, to=both)


@pytest.mark.parametrize("case", HOSTS)
def test_a_host_that_is_kept_out_of_the_base_share(sandbox, base, case):
    lists, kept_out = HOSTS[case]

    def of(share, host):
        return reads(sandbox, share, sandbox.nobody, source_address=host)

    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert of(base.name, HOST) and of(copy, HOST)
        base.set(lists)
        log = Log(sandbox)
        assert of(base.name, HOST) is not kept_out
        assert of(copy, HOST) is not kept_out
        assert log.has(closed_line(copy, sandbox.nobody, base.name, "does not allow this host")) == kept_out
        assert of(base.name, "127.0.0.1") and of(copy, "127.0.0.1"), "Samba allows it unless it is denied by itself"


def test_a_base_share_that_is_gone_has_no_open_copy(sandbox, base):
    with sandbox.client() as client:
        made = recovered(client, sandbox, base.name)
        assert_open(sandbox, made.exposed(base.name), to=[sandbox.nobody])
        sandbox.net("conf", "delshare", base.name)
        assert_closed(sandbox, made.exposed(base.name), to=[sandbox.admin, sandbox.nobody])
        assert sandbox.log_line(f"share {base.name} does not exist for this client")
        delete(client, sandbox, made)


# ------------------------------------------- the database of descriptors is damaged --

def security_database(sandbox):
    return sandbox.dir / "state" / "share_info.tdb"


@contextlib.contextmanager
def damaged_record(sandbox, name):
    """The share's descriptor is none meanwhile."""
    database = tdb.open(str(security_database(sandbox)), 0, tdb.DEFAULT, os.O_RDWR)
    key = f"SECDESC/{name.lower()}\0".encode()
    before = database.get(key)
    assert before is not None
    database.store(key, b"no descriptor")
    try:
        yield
    finally:
        database.store(key, before)
        database.close()


@contextlib.contextmanager
def overwritten(sandbox, _name):
    """All behind the database's header is rubbish meanwhile."""
    header = 168
    path = security_database(sandbox)
    before = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        file.seek(header)
        file.write(b"\xa5" * (len(before) - header))
        try:
            yield
        finally:
            file.seek(0)
            file.write(before)


@pytest.mark.parametrize("damage", [damaged_record, overwritten])
def test_while_the_descriptors_cannot_be_read_nobody_gets_into_a_copy(sandbox, base, damage):
    base.set(CASES["share descriptor"].closed)
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert_open(sandbox, copy, to=[sandbox.admin])
        assert_closed(sandbox, copy, to=[sandbox.nobody])
        with damage(sandbox, base.name):
            log = Log(sandbox)
            assert_closed(sandbox, copy, to=[sandbox.nobody, sandbox.admin])
            assert log.has(closed_line(copy, sandbox.admin, base.name, "has a security descriptor that cannot be read"))
        # As before, once it is repaired.
        assert_open(sandbox, base.name, copy, to=[sandbox.admin])
        assert_closed(sandbox, base.name, copy, to=[sandbox.nobody])


def test_a_database_that_is_gone_lets_nobody_in(sandbox, base):
    base.set(CASES["share descriptor"].closed)
    path = security_database(sandbox)
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        aside = path.rename(path.with_suffix(".aside"))
        path.mkdir()  # who opens it now cannot read it; who has it open goes on
        try:
            assert_closed(sandbox, base.name, copy, to=[sandbox.nobody])
        finally:
            path.rmdir()
            aside.rename(path)
        assert_open(sandbox, base.name, copy, to=[sandbox.admin])
        assert_closed(sandbox, base.name, copy, to=[sandbox.nobody])


@pytest.mark.parametrize("damage", [damaged_record, overwritten])
def test_while_the_descriptors_cannot_be_read_no_copy_is_made(sandbox, base, damage):
    base.set(CASES["share descriptor"].closed)
    with sandbox.client() as client:
        made = committed(client, sandbox, base.name)
        with damage(sandbox, base.name):
            assert client.expose(made.set_id).hresult != HResult.OK
            assert not [share for share in sandbox.registry_shares() if "@" in share]
        ok(client.expose(made.set_id))
        copy = ok(client.get_share_mapping(made.copy_ids[base.name], made.set_id, sandbox.unc(base.name))).mapping
        ok(client.recovery_complete(made.set_id))
        assert_open(sandbox, copy.shadow_copy_share_name, to=[sandbox.admin])
        assert_closed(sandbox, copy.shadow_copy_share_name, to=[sandbox.nobody])
        delete(client, sandbox, made)


def test_who_is_no_longer_an_admin_user_reads_as_himself(sandbox, base):
    (base.path / "file").chmod(0o600)
    base.set({"admin users": "{nobody}"})
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert_open(sandbox, base.name, copy, to=[sandbox.nobody])
        base.set({"admin users": ""})
        assert_closed(sandbox, base.name, copy, to=[sandbox.nobody])


def test_a_file_that_is_vetoed_by_now_is_not_read_in_the_copy(sandbox, base):
    (base.path / "another").write_bytes(CONTENT)
    with shadow_copy_set(sandbox, base.name) as made:
        copy = made.exposed(base.name)
        assert_open(sandbox, base.name, copy, to=[sandbox.nobody])
        base.set({"veto files": "/file/"})
        assert_closed(sandbox, base.name, copy, to=[sandbox.nobody])
        with sandbox.connect(copy, user=sandbox.nobody) as tree:
            assert tree.list() == ["another"]


def test_a_script_that_closes_nothing_runs_for_the_base_share_only(sandbox, base):
    mark = sandbox.dir / "ran"
    base.set({"root preexec": f"/usr/bin/touch {mark}"})
    with shadow_copy_set(sandbox, base.name) as made:
        assert_open(sandbox, made.exposed(base.name), to=[sandbox.nobody])
        assert not mark.exists()


# ------------------------------------------------------------------------- recovery --

@pytest.mark.parametrize("case", WRITERS)
def test_who_may_not_write_to_the_base_share_does_not_recover_the_copy(sandbox, base, case):
    parameters, writers = WRITERS[case]
    base.set(parameters)
    users = {"admin": sandbox.admin, "nobody": sandbox.nobody}
    with sandbox.client() as client:
        made = exposed(client, sandbox, base.name, context=Context.BACKUP | Context.AUTO_RECOVERY)
        copy = made.exposed(base.name)
        assert_open(sandbox, copy, to=users.values())
        assert {name for name, user in users.items() if writes(sandbox, copy, user)} == set(writers)
        ok(client.recovery_complete(made.set_id))
        assert not any(writes(sandbox, copy, user) for user in users.values())
        delete(client, sandbox, made)


def test_a_base_share_that_is_read_only_by_now_is_not_written_through_the_copy(sandbox, base):
    with sandbox.client() as client:
        made = exposed(client, sandbox, base.name, context=Context.BACKUP | Context.AUTO_RECOVERY)
        copy = made.exposed(base.name)
        assert writes(sandbox, copy, sandbox.nobody)
        base.set({"read only": "yes", "write list": "{admin}"})
        assert not writes(sandbox, copy, sandbox.nobody)
        assert writes(sandbox, copy, sandbox.admin)
        ok(client.recovery_complete(made.set_id))
        delete(client, sandbox, made)


# ---------------------------------------------------------- shares that are several --

class Configuration:
    """smb.conf with other lines for a while."""

    def __init__(self, sandbox):
        self.path = pathlib.Path(sandbox.conf)
        self.before = self.path.read_text(encoding="utf-8")
        self.changes = 0

    def write(self, text):
        self.path.write_text(text, encoding="utf-8")
        self.changes += 10  # a second of its own for each: Samba looks at that only
        time = self.path.stat().st_mtime + self.changes
        os.utime(self.path, (time, time))

    def add(self, shares="", lines=()):
        text = self.before.replace("[global]\n", "[global]\n" + "".join(f"\t{line}\n" for line in lines), 1)
        self.write(text + shares)


@pytest.fixture
def configuration(sandbox):
    current = Configuration(sandbox)
    yield current
    current.write(current.before)


def section(name, *lines):
    return f"[{name}]\n" + "".join(f"\t{line}\n" for line in lines)


@pytest.mark.parametrize("case", DEPENDENT)
def test_a_share_that_is_another_for_each_client_has_no_shadow_copy(sandbox, configuration, case):
    lines, of_all, reason = DEPENDENT[case]
    path = sandbox.shares["share1"].path
    (sandbox.dir / "outer.conf").write_text("comment = x\ninclude = /nowhere/%U.conf\n")
    lines = [line.format(path=path, dir=sandbox.dir) for line in lines]
    usual = [f"path = {path}", "vfs objects = fss"]
    configuration.add(section("pattern", *usual, "include = /nowhere/%U.conf") + section("several", *usual, *lines)
                      + section("plain", *usual), of_all)
    log = Log(sandbox)
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("several")), HResult.NOT_SUPPORTED)
        set_id = start(client)
        refused(client.add(set_id, sandbox.unc("several")), HResult.NOT_SUPPORTED)
        if not of_all:
            ok(client.add(set_id, sandbox.unc("plain")))
        ok(client.abort(set_id))
    assert log.has(re.escape(reason))


class OwnFiles:
    """smb.conf with a share "several", and files of users that it includes in [global]."""

    def __init__(self, sandbox, configuration):
        self.sandbox = sandbox
        self.configuration = configuration
        self.directory = sandbox.dir / "by user"
        self.directory.mkdir()
        self.path = sandbox.shares["share1"].path / "several"
        self.path.mkdir(exist_ok=True)
        (self.path / "file").write_bytes(CONTENT)
        self.load()

    def load(self):
        self.configuration.add(section("several", f"path = {self.path}", "vfs objects = fss")
                               + section("global", f"include = {self.directory}/%U.conf"))

    def put(self, user, text):
        names = {"admin": self.sandbox.admin[0], "nobody": self.sandbox.nobody[0], "dir": self.sandbox.dir}
        (self.directory / f"{user[0]}.conf").write_text(text.format(**names))
        self.load()


@pytest.fixture
def own_files(sandbox, configuration):
    files = OwnFiles(sandbox, configuration)
    yield files
    shutil.rmtree(files.directory)


@pytest.mark.parametrize("case", {**OWN_FILES, **OWN_FILES_OF_ALL})
def test_a_share_that_a_users_own_file_changes_has_no_shadow_copy(sandbox, own_files, case):
    own_files.put(sandbox.nobody, {**OWN_FILES, **OWN_FILES_OF_ALL}[case])
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc("several")), HResult.NOT_SUPPORTED)
    assert sandbox.log_line("share several depends on who connects: include = .*/%U.conf")


def test_a_share_of_ones_own_file_has_copies_for_its_owner(sandbox, own_files):
    own_files.put(sandbox.admin, section("mine", f"path = {own_files.path}", "vfs objects = fss"))
    with shadow_copy_set(sandbox, "mine") as made:
        copy = made.exposed("mine")
        assert_open(sandbox, "mine", copy, to=[sandbox.admin])
        assert_closed(sandbox, "mine", copy, to=[sandbox.nobody])
        assert sandbox.log_line("is closed to .*: share mine does not exist for this client")
        own_files.put(sandbox.nobody, section("mine", f"path = {own_files.path}", "hide files = /x/"))
        assert_open(sandbox, "mine", to=[sandbox.nobody])
        assert_closed(sandbox, copy, to=[sandbox.nobody])
        assert sandbox.log_line("share mine is for this client another .*: hide files differs")


@pytest.mark.parametrize("case", OWN_FILES)
def test_who_gets_another_share_later_is_kept_out_of_the_copy(sandbox, own_files, case):
    with shadow_copy_set(sandbox, "several") as made:
        copy = made.exposed("several")
        assert_open(sandbox, "several", copy, to=[sandbox.admin, sandbox.nobody])
        own_files.put(sandbox.nobody, "\tlog level = 1\n")
        assert_open(sandbox, copy, to=[sandbox.nobody])
        own_files.put(sandbox.nobody, OWN_FILES[case])
        assert_open(sandbox, copy, to=[sandbox.admin])
        assert_closed(sandbox, copy, to=[sandbox.nobody])
        assert sandbox.log_line("is closed to .*: share several (is|lets) ")


def test_a_share_that_has_become_several_is_not_exposed_or_published_again(sandbox, configuration, fssctl):
    path = sandbox.shares["share1"].path
    usual = [f"path = {path}", "vfs objects = fss"]
    configuration.add(section("turns", *usual))
    with sandbox.client() as client:
        made = committed(client, sandbox, "turns")
        configuration.add(section("turns", *usual, "include = /nowhere/%U.conf"))
        refused(client.expose(made.set_id), HResult.NOT_SUPPORTED)
        configuration.add(section("turns", *usual))
        ok(client.expose(made.set_id))
        copy = ok(client.get_share_mapping(made.copy_ids["turns"], made.set_id, sandbox.unc("turns"))).mapping
        ok(client.recovery_complete(made.set_id))
    name = copy.shadow_copy_share_name
    before = sandbox.definition(name)
    sandbox.net("conf", "delshare", name)
    configuration.add(section("turns", *usual, "include = /nowhere/%U.conf"))
    fssctl.attempt("recover")
    assert name.lower() not in [share.lower() for share in sandbox.registry_shares()]
    configuration.add(section("turns", *usual))
    fssctl("recover")
    assert sandbox.definition(name) == before


def test_doctor_says_that_a_share_is_several(sandbox, configuration):
    configuration.add(section("several", f"path = {sandbox.shares['share1'].path}", "vfs objects = fss",
                              "include = /nowhere/%U.conf"))
    told = administration.Fssctl(sandbox).attempt("--json", "doctor", "several", "--no-test").json["findings"]
    (finding,) = [finding for finding in told if finding["check"] == "share-view"]
    assert finding["status"] == "error" and "include = /nowhere/%U.conf" in finding["text"]


# ------------------------------------------------------------ after fssctl recover --

@pytest.mark.parametrize("case", ["valid users", "share descriptor", "root preexec"])
def test_after_recover_the_same_users_are_kept_out(sandbox, base, fssctl, case):
    base.set(CASES[case].closed)
    with sandbox.client() as client:
        made = recovered(client, sandbox, base.name)
    copy = made.exposed(base.name)
    before = sandbox.definition(copy)
    sandbox.net("conf", "delshare", copy)
    fssctl("recover")
    assert sandbox.definition(copy) == before
    assert_open(sandbox, copy, to=[sandbox.admin])
    assert_closed(sandbox, copy, to=[sandbox.nobody])


# --------------------------------------------------------------- homes, user shares --

def test_a_home_directory_is_its_owners_only(sandbox, configuration):
    homes = sandbox.shares["share1"].path / "homes"
    (homes / sandbox.admin[0]).mkdir(parents=True)
    (homes / sandbox.admin[0] / "file").write_bytes(CONTENT)
    configuration.add(section("homes", f"path = {homes}/%S", "vfs objects = fss", "valid users = %S"))
    name = sandbox.admin[0]
    with shadow_copy_set(sandbox, name) as made:
        assert_open(sandbox, name, made.exposed(name), to=[sandbox.admin])
        assert_closed(sandbox, name, made.exposed(name), to=[sandbox.nobody])


def test_homes_by_user_have_no_shadow_copies(sandbox, configuration):
    configuration.add(section("homes", f"path = {sandbox.shares['share1'].path}/%U", "vfs objects = fss"))
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(sandbox.admin[0])), HResult.NOT_SUPPORTED)


@contextlib.contextmanager
def user_share(sandbox, configuration, permissions):
    directory = sandbox.dir / "usershares"
    directory.mkdir(mode=0o1770, exist_ok=True)
    directory.chmod(0o1770)
    path = sandbox.shares["share1"].path / "mine"
    path.mkdir(exist_ok=True)
    (path / "file").write_bytes(CONTENT)
    text = configuration.before.replace("usershare max shares = 0", f"usershare max shares = 9\n\tusershare path = {directory}\n"
                                        "\tusershare owner only = no\n\tvfs objects = fss", 1)
    assert text != configuration.before
    configuration.write(text)
    sandbox.net("usershare", "add", "mine", path, "", permissions)
    try:
        yield "mine"
    finally:
        sandbox.net("usershare", "delete", "mine")


def test_a_user_share_admits_whom_its_owner_admits(sandbox, configuration):
    with user_share(sandbox, configuration, f"{sandbox.sid(sandbox.admin)}:R") as name:
        with shadow_copy_set(sandbox, name) as made:
            assert_open(sandbox, name, made.exposed(name), to=[sandbox.admin])
            assert_closed(sandbox, name, made.exposed(name), to=[sandbox.nobody])


# ------------------------------------------------------------------- guarded shares --

def test_a_share_that_its_guard_closes_has_no_shadow_copy(sandbox, base):
    mounted = sandbox.dir / "mounted"
    base.set({"root preexec": f"/usr/bin/test -e {mounted}", "root preexec close": "yes"})
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(base.name)), HResult.NOT_SUPPORTED)
        set_id = start(client)
        refused(client.add(set_id, sandbox.unc(base.name)), HResult.NOT_SUPPORTED)
        assert sandbox.log_line(f"share {base.name} does not let .* connect: root preexec = /usr/bin/test")
        ok(client.abort(set_id))
        mounted.touch()
        made = added(client, sandbox, base.name)
        mounted.unlink()
        refused(client.commit(made.set_id), HResult.NOT_SUPPORTED)
        mounted.touch()
        ok(client.commit(made.set_id))
        ok(client.abort(made.set_id))
    mounted.unlink()
    told = administration.Fssctl(sandbox).attempt("--json", "doctor", base.name, "--no-test").json["findings"]
    (finding,) = [finding for finding in told if finding["check"] == "share-guard"]
    assert finding["status"] == "error" and "root preexec" in finding["text"]


def test_a_guard_that_does_not_end_closes_the_share_in_time(sandbox, base):
    base.set({"preexec": "/usr/bin/sleep 300", "preexec close": "yes"})
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(base.name)), HResult.NOT_SUPPORTED)
    processes = subprocess.run(["pgrep", "-f", "^/usr/bin/sleep 300"], capture_output=True, text=True, check=False)
    assert processes.stdout == ""
