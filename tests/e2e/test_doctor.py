# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl doctor names what is wrong with a set-up, and what it says mends it.

Each case spoils a server in one way, has doctor look at it, does word for word what
its JSON says, and has doctor look again.
"""

import contextlib
import json
import re
import shutil

import pytest

import leftovers
from doctoring import Copy, Installed, Patient
from harness import checked

SANDBOX = ["--shares", "2"]


@pytest.fixture
def patient(sandbox, request):
    """The running server; afterwards its smb.conf is as it was."""
    patient = Patient(sandbox, request.config.getoption("--build-dir"))
    yield patient
    patient.conf.restore()


@pytest.fixture
def copy(sandbox, request):
    return Copy(sandbox, request.config.getoption("--build-dir"))


@pytest.fixture
def installed(sandbox, request):
    patient = Installed(sandbox, request.config.getoption("--build-dir"))
    yield patient
    patient.end()


def healthy(report):
    assert report.code == 0 and not report.wrong(), report.text


def mends(patient, check, share=None, status="error", tell=None):
    """Doctor names this and nothing else, does not call it well, and mends it."""
    report = patient.examine()
    assert report.wrong() == {(check, share)}, report.text
    assert report.code == (1 if status == "error" else 0), report.text
    for finding in report.find(check, share):
        assert finding["status"] == status
        assert tell is None or re.search(tell, finding["text"]), finding["text"]
        patient.mend(finding)
    healthy(patient.examine())


def works(patient, share="share1"):
    """A backup client makes, reads and deletes a shadow copy."""
    report = patient.trial(share)
    assert report.statuses("trial") == {"ok"}, report.text
    leftovers.assert_none(patient.sandbox)
    return report


# ---------------------------------------------------------------- in good order --

def test_a_server_in_order_is_called_so(patient):
    report = patient.doctor()
    healthy(report)
    assert report.statuses("trial") == {"ok", "info"}  # and says that the network was not tried
    leftovers.assert_none(patient.sandbox)


def test_the_trial_over_smb_is_a_backup_clients(patient):
    works(patient)


def test_an_account_without_the_right_is_told_how_to_get_it(patient):
    report = patient.doctor("share1", "-U", "%".join(patient.sandbox.nobody))
    assert report.code == 1
    (finding,) = report.find("trial", "share1")
    assert "0x80070005" in finding["text"], report.text
    patient.mend(finding)
    report = patient.doctor("share1", "-U", "%".join(patient.sandbox.nobody))
    patient.sandbox.net("sam", "rights", "revoke", patient.sandbox.nobody[0], "SeBackupPrivilege")
    assert report.statuses("trial") == {"ok"}, report.text


def test_text_for_people_has_the_same_words(patient):
    patient.conf.change("global", "registry shares = no")
    done = patient.fss("doctor", "--no-test", "--quiet")
    assert done.returncode == 1
    assert re.search(r"^error +registry-shares ", done.stdout, re.MULTILINE), done.stdout
    assert f"in {patient.conf.path}, section [global], write: registry shares = yes" in done.stdout
    assert "ok" not in {line.split()[0] for line in done.stdout.splitlines()}


def test_a_configuration_that_cannot_be_read_is_a_finding(patient):
    patient.conf.path.unlink()
    report = patient.examine()
    assert report.code == 1 and report.wrong() == {("configuration", None)}


# ---------------------------------------------------------------------- [global] --

@pytest.mark.parametrize("line, check, status", [
    ("registry shares = no", "registry-shares", "error"),
    ("nt pipe support = no", "pipe-support", "error"),
    ("server max protocol = NT1", "smb-protocol", "error"),
    ("server max protocol = SMB2_10", "smb-protocol", "warning"),
    ("ntlm auth = disabled", "authentication", "error"),
    ("fss:owner name = files.example.com", "owner-name", "error"),
    ("fss:max concurrent set = 2", "options", "warning"),
    ("fss:error codes = modern", "options", "warning"),
])
def test_a_line_of_the_global_section(patient, line, check, status):
    patient.conf.change("global", line)
    mends(patient, check, status=status)
    if status == "error":
        works(patient)


def test_nobody_who_may_use_it(patient):
    patient.sandbox.net("groupmap", "delete", "sid=S-1-5-32-551")
    try:
        mends(patient, "permitted-accounts", status="warning")
        works(patient)
    finally:
        patient.sandbox.net("sam", "rights", "revoke", patient.sandbox.admin[0], "SeBackupPrivilege")
        patient.sandbox.net("groupmap", "add", "sid=S-1-5-32-551", f"unixgroup={patient.sandbox.admin[0]}",
                            "ntgroup=Backup Operators", "type=builtin")


# -------------------------------------------------------------- a share's section --

@pytest.mark.parametrize("line, check, status, tell", [
    ("vfs objects = io_uring fss", "module-order", "error", "io_uring must stand behind fss"),
    ("vfs objects = fss xattr_tdb", "module-data", "error", "xattr_tdb"),
    ("fss:netsed = include", "options", "warning", "fss:nested is meant"),
    ("fss:max shadow copies = none", "options", "warning", "not understood"),
    ("fss:hold timeout = 5", "options", "warning", "for .global. only"),
    ("fss:provider = snapper", "provider", "error", "snapper"),
    ("fss:min free = 100G", "free-space", "error", "MiB free"),
    ("fss:store directory = snapshots", "store", "error", "absolute"),
    ("available = no", "share-exists", "error", "switched off"),
])
def test_a_line_of_a_share(patient, line, check, status, tell):
    patient.conf.change("share1", line)
    report = patient.doctor("--no-test", "share1")
    assert report.wrong() == {(check, "share1")}, report.text
    (finding,) = report.find(check, "share1")
    assert finding["status"] == status and re.search(tell, finding["text"]), finding["text"]
    patient.mend(finding)
    report = works(patient) if status == "error" else patient.doctor("--no-test", "share1")
    healthy(report)


def test_a_share_without_the_module(patient):
    patient.conf.change("share1", "vfs objects = acl_xattr")
    patient.conf.change("share2", "vfs objects =")
    report = patient.doctor("--no-test", "share2")
    (finding,) = report.find("share-takes-part", "share2")
    patient.mend(finding)
    healthy(works(patient, "share2"))


GLOBAL_MODULES = "vfs objects = catia streams_xattr"
LINE_THAT_DROPS = "vfs objects = fss"


def _own_line(patient):
    patient.conf.change("share2", LINE_THAT_DROPS)


def _by_copy(patient):
    """The list comes with the parameters of another share, whose section stands before."""
    patient.conf.change("share2", "", removes="vfs objects")
    patient.conf.change("share2", "copy = share1")


@pytest.mark.parametrize("drop", [_own_line, _by_copy])
def test_a_list_of_a_share_that_replaces_that_of_all_shares(patient, drop):
    patient.conf.change("global", GLOBAL_MODULES)
    drop(patient)
    report = patient.doctor("--no-test", "share2")
    (finding,) = report.find("module-list", "share2")
    assert finding["status"] == "warning" and "catia streams_xattr" in finding["text"]
    patient.mend(finding)
    healthy(works(patient, "share2"))
    assert "vfs objects = catia fss streams_xattr" in patient.conf.path.read_text(encoding="utf-8")


def test_such_a_list_of_a_share_in_the_registry(patient):
    patient.sandbox.add_registry_share("listed", patient.sandbox.shares["share1"].path)
    patient.conf.change("global", GLOBAL_MODULES)
    try:
        report = patient.doctor("--no-test", "listed")
        (finding,) = report.find("module-list", "listed")
        patient.mend(finding)
        healthy(works(patient, "listed"))
    finally:
        patient.sandbox.net("conf", "delshare", "listed")


def test_such_a_list_of_the_template_for_shares_of_users(patient):
    directory = patient.sandbox.dir / "usershares"
    directory.mkdir()
    directory.chmod(0o1770)
    patient.conf.change("global", GLOBAL_MODULES)
    patient.conf.change("global", f"usershare path = {directory}")
    patient.conf.change("global", "usershare max shares = 10")
    patient.conf.change("global", "usershare template share = share2")
    try:
        # As `net usershare add` writes it, which asks the server at port 445 for SIDs.
        (directory / "users").write_text(
            f"#VERSION 2\npath={patient.sandbox.shares['share1'].path}\ncomment=\n"
            "usershare_acl=S-1-1-0:F\nguest_ok=n\nsharename=users\n", encoding="ascii")
        report = patient.doctor("--no-test", "users")
        (finding,) = report.find("module-list", "users")
        assert [remedy["section"] for remedy in finding["remedies"]] == ["share2"]
        patient.mend(finding)
        healthy(patient.doctor("--no-test", "users"))
    finally:
        shutil.rmtree(directory)


def test_a_share_that_drops_fss_of_all_shares_is_named_without_being_asked_for(patient):
    patient.conf.change("global", "vfs objects = fss streams_xattr")
    patient.conf.change("share1", "", removes="vfs objects")
    patient.conf.change("share2", "vfs objects = streams_xattr")
    mends(patient, "module-list", "share2", status="warning", tell="fss")


def test_no_share_at_all(patient):
    for share in patient.sandbox.shares:
        patient.conf.change(share, "vfs objects =")
    assert patient.examine().wrong() == {("share-takes-part", None)}


def test_a_share_that_is_not_there(patient):
    report = patient.doctor("--no-test", "shore1")
    (finding,) = report.find("share-exists", "shore1")
    assert "share1 share2" in finding["text"]


# ------------------------------------------------------------- directory, volume --

def test_a_directory_that_is_missing(patient):
    path = patient.sandbox.shares["share1"].path / "deep" / "down"
    patient.conf.change("share1", f"path = {path}")
    mends(patient, "share-path", "share1")


def test_a_share_on_another_file_system_is_moved(patient):
    elsewhere = patient.sandbox.dir / "tmpfs"
    elsewhere.mkdir()
    checked(["mount", "-t", "tmpfs", "-o", "mode=0777", "tmpfs", elsewhere])
    (elsewhere / "file").write_text("content")
    patient.sandbox.add_registry_share("elsewhere", elsewhere)
    volume = patient.sandbox.volumes[0] / "elsewhere"
    try:
        mends(patient, "file-system", "elsewhere", tell="not on btrfs")
        assert (volume / "file").read_text() == "content"
        assert patient.trial("elsewhere").statuses("trial") == {"ok"}
    finally:
        patient.sandbox.net("conf", "delshare", "elsewhere")
        checked(["umount", elsewhere])
        elsewhere.rmdir()
        if volume.exists():
            checked(["btrfs", "subvolume", "delete", volume])


@contextlib.contextmanager
def subvolume(path):
    checked(["btrfs", "subvolume", "create", path])
    try:
        yield
    finally:
        checked(["btrfs", "subvolume", "delete", path])


def test_a_nested_subvolume(patient):
    with subvolume(patient.sandbox.shares["share1"].path / "inner"):
        mends(patient, "nested", "share1", tell="is a subvolume below")


def test_a_mount_below_a_share(patient):
    point = patient.sandbox.shares["share1"].path / "mounted"
    point.mkdir()
    checked(["mount", "-t", "tmpfs", "tmpfs", point])
    try:
        mends(patient, "nested", "share1", tell="is mounted below")
    finally:
        checked(["umount", point])
        point.rmdir()


def test_a_volume_that_is_mounted_read_only(patient):
    volume = patient.sandbox.volumes[0]
    checked(["mount", "-o", "remount,ro", volume])
    try:
        report = patient.doctor("--no-test", "share1")
        (finding,) = report.find("store", "share1")
        patient.mend(finding)
        healthy(patient.examine())
    finally:
        checked(["mount", "-o", "remount,rw", volume])


# --------------------------------------------------------------- snapshot store --

@pytest.fixture
def store(patient):
    """The default store of share1, made too early; it goes."""
    path = patient.sandbox.shares["share1"].path / ".fss"
    path.mkdir(mode=0o711)
    yield path
    if path.exists():
        path.rmdir()


def test_a_store_that_belongs_to_a_user(patient, store):
    checked(["chown", patient.sandbox.nobody[0], store])
    mends(patient, "store", "share1", tell="not to root")


def test_a_store_that_others_may_write_to(patient, store):
    store.chmod(0o777)
    mends(patient, "store", "share1", tell="written to by others")


def test_a_store_with_two_faults(patient, store):
    checked(["chown", patient.sandbox.nobody[0], store])
    store.chmod(0o777)
    mends(patient, "store", "share1")


def test_a_file_in_the_stores_place(patient):
    path = patient.sandbox.shares["share1"].path / ".fss"
    path.write_text("in the way")
    mends(patient, "store", "share1")
    assert path.with_name(".fss.other").read_text() == "in the way"
    path.with_name(".fss.other").unlink()
    works(patient)


def test_an_immutable_root(patient):
    root = patient.sandbox.shares["share1"].path
    checked(["chattr", "+i", root])
    try:
        mends(patient, "store", "share1")
    finally:
        checked(["chattr", "-i", root])


@pytest.fixture
def beside(patient):
    """A place on the volume, outside of its shares."""
    path = patient.sandbox.volumes[0] / "beside"
    path.mkdir()
    yield path
    checked(["rm", "-r", path])


def test_a_chosen_store_that_is_missing(patient, beside):
    patient.conf.change("share1", f"fss:store directory = {beside}/store")
    mends(patient, "store", "share1", tell="store")
    works(patient)


def test_a_chosen_store_that_is_reached_through_a_link(patient, beside):
    checked(["install", "-d", "-m", "0711", beside / "real"])
    (beside / "link").symlink_to("real")
    patient.conf.change("share1", f"fss:store directory = {beside}/link")
    mends(patient, "store", "share1", tell="link")
    works(patient)


def test_a_chosen_store_on_another_file_system(patient):
    elsewhere = patient.sandbox.dir / "elsewhere"
    checked(["install", "-d", "-m", "0711", elsewhere])
    patient.conf.change("share1", f"fss:store directory = {elsewhere}")
    mends(patient, "store", "share1", tell="not on the volume's file system")
    works(patient)


# ---------------------------------------------------------- what the agent holds --

@pytest.fixture
def made(patient):
    """A shadow copy of share1; it goes."""
    done = patient.fss("--json", "create", "share1")
    assert done.returncode == 0, done.stderr
    identity = json.loads(done.stdout)["set"]["id"]
    yield identity
    patient.fss("delete", "--yes", identity)
    leftovers.assert_none(patient.sandbox)


def snapshots(patient):
    return sorted((patient.sandbox.shares["share1"].path / ".fss").glob("*/snapshot"))


def test_a_snapshot_that_was_deleted_by_hand(patient, made):
    (snapshot,) = snapshots(patient)
    checked(["btrfs", "subvolume", "delete", snapshot])
    mends(patient, "sets", tell=made)


def test_a_share_that_was_deleted_by_hand(patient, made):
    (exposed,) = leftovers.exposed_shares(patient.sandbox)
    patient.sandbox.net("conf", "delshare", exposed)
    mends(patient, "sets", tell=made)
    assert leftovers.exposed_shares(patient.sandbox) == [exposed]


def test_a_snapshot_that_nobody_knows(patient, made):
    known, = snapshots(patient)
    stray = known.parent.with_name("01234567-89AB-4CDE-8F01-23456789ABCD")
    stray.mkdir(mode=0o711)
    checked(["btrfs", "subvolume", "snapshot", "-r", patient.sandbox.shares["share1"].path, stray / "snapshot"])
    mends(patient, "leftovers", "share1", status="warning", tell=stray.name)
    assert snapshots(patient) == [known]


def test_as_many_shadow_copies_as_are_allowed(patient, made):
    patient.conf.change("share1", "fss:max shadow copies = 1")
    mends(patient, "copy-limit", "share1", tell="1 of at most 1")


# ------------------------------------------------------------------------- state --

def test_a_database_that_others_can_read(copy):
    (copy.directory / "state" / "fss.tdb").chmod(0o644)
    mends(copy, "state-database", tell="others than root")


def test_a_database_that_is_damaged(copy):
    database = copy.directory / "state" / "fss.tdb"
    with open(database, "r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 4096)
    report = copy.examine()
    (finding,) = report.find("state-database")
    assert "damaged" in finding["text"]
    copy.mend(finding)
    healthy(copy.examine())


def test_a_state_directory_that_others_can_change(copy):
    (copy.directory / "state").chmod(0o777)
    mends(copy, "state-directory")


def test_a_lock_directory_on_a_read_only_file_system(copy):
    lock = copy.directory / "lock"
    checked(["mount", "--bind", lock, lock])
    checked(["mount", "-o", "remount,bind,ro", lock])
    try:
        report = copy.examine()
        (finding,) = report.find("lock-directory")
        copy.mend(finding)
        healthy(copy.examine())
    finally:
        checked(["umount", lock])


# ---------------------------------------------------------------------- programs --

def test_helpers_that_may_not_be_started(installed):
    installed.conf.change("global", "rpc start on demand helpers = no")
    mends(installed, "samba-dcerpcd")


def test_the_distributions_agent_in_front(installed):
    name = installed.directory / "programs" / "distrib.rpcd_fsrvp"
    name.rename(name.with_name("rpcd_fsrvp"))
    mends(installed, "rpcd-shadowed", tell="rpcd_fsrvp")
    assert not name.with_name("rpcd_fsrvp").exists()


def test_a_worker_that_is_not_installed(installed):
    (installed.directory / "programs" / "rpcd_fss").unlink()
    mends(installed, "rpcd-installed")


def test_a_worker_that_is_not_executable(installed):
    (installed.directory / "programs" / "rpcd_fss").chmod(0o644)
    mends(installed, "rpcd-executable")


def test_a_worker_that_is_no_program(installed):
    (installed.directory / "programs" / "rpcd_fss").write_text("#!/bin/false\n")
    mends(installed, "rpcd-answers")


def test_a_module_that_is_not_installed(installed):
    (installed.directory / "modules" / "fss.so").unlink()
    mends(installed, "module-loads")


def test_a_module_that_does_not_load(installed):
    (installed.directory / "modules" / "fss.so").write_bytes(b"\x7fELF and no more")
    mends(installed, "module-loads")
