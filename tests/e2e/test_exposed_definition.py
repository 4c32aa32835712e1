# SPDX-License-Identifier: GPL-3.0-or-later
"""What an exposed share does of what its base share and [global] say, and what it does not."""

import os
import re

import pytest

from fsrvp import HResult, SmbError
from fsrvp.connection import smb_connection
from shadow_copies import refused, shadow_copy_set
from smb_changes import OPEN, Client
from smb_reading import GENERIC_READ

SANDBOX = ["--global", "root preexec = /bin/true", "--global", "preexec close = yes",
           "--global", "write list = fss-nobody",
           "--global", "wide links = yes", "--global", "smb1 unix extensions = no"]
OPEN_OR_CREATE = 3
REFUSED = (0xC0000022, 0xC00000A2)  # STATUS_ACCESS_DENIED, STATUS_MEDIA_WRITE_PROTECTED


@pytest.fixture
def base(sandbox):
    """Makes a registry share on share1's directory; takes it away again."""
    made = []

    def make(name, **parameters):
        sandbox.add_registry_share(name, sandbox.shares["share1"].path, **parameters)
        made.append(name)
        return name

    yield make
    for name in made:
        sandbox.net("conf", "delshare", name)


def test_what_global_runs_for_all_shares_does_not_run(sandbox):
    with shadow_copy_set(sandbox, "share1") as made:
        definition = sandbox.definition(made.exposed("share1"))
        assert definition["root preexec"] == "" and definition["preexec close"] == "no"
        assert definition["write list"] == "" and definition["wide links"] == "no"


def test_what_the_base_share_runs_runs_for_it_only(sandbox, base):
    directory = sandbox.dir / "ran"
    directory.mkdir(mode=0o1777, exist_ok=True)
    directory.chmod(0o1777)
    touch = f"/usr/bin/touch '{directory}/%s %%S'"
    name = base("running", **{"preexec": touch % "preexec", "root preexec": touch % "root preexec",
                              "postexec": touch % "postexec", "root postexec": touch % "root postexec"})
    with sandbox.connect(name) as share:
        share.list()
    assert (directory / "root preexec running").exists() and (directory / "preexec running").exists()
    before = set(os.listdir(directory))
    with shadow_copy_set(sandbox, name) as made:
        with sandbox.connect(made.exposed(name)) as copy:
            copy.list()
    assert {entry for entry in set(os.listdir(directory)) - before if "@" in entry} == set()


def test_nobody_can_write_whatever_the_lists_say(sandbox, base):
    (sandbox.shares["share1"].path / "file").write_bytes(b"old")
    name = base("lists", **{"write list": "fss-nobody fss-admin", "admin users": "fss-admin", "force user": "root"})
    with shadow_copy_set(sandbox, name) as made:
        for user in (sandbox.admin, sandbox.nobody):
            with sandbox.connect(made.exposed(name), user=user) as copy:
                for change in (lambda: copy.write("file", b"new"), lambda: copy.write("another", b"new"),
                               lambda: copy.remove("file"), lambda: copy.mkdir("directory")):
                    with pytest.raises(SmbError) as refusal:
                        change()
                    assert refusal.value.code in REFUSED
                assert copy.read("file") == b"old"


def test_an_admin_user_reads_every_file(sandbox, base):
    secret = sandbox.shares["share1"].path / "secret"
    secret.write_bytes(b"of root")
    secret.chmod(0o600)
    name = base("secrets", **{"admin users": "fss-admin"})
    with shadow_copy_set(sandbox, name) as made:
        with sandbox.connect(made.exposed(name)) as copy:
            assert copy.read("secret") == b"of root"
        with sandbox.connect(made.exposed(name), user=sandbox.nobody) as copy, pytest.raises(SmbError):
            copy.read("secret")


def test_modules_that_read_are_kept_in_order_and_the_others_dropped(sandbox, base):
    name = base("modules", **{"vfs objects": "full_audit recycle catia fss aio_pthread acl_xattr:x streams_xattr"})
    with shadow_copy_set(sandbox, name) as made:
        assert sandbox.definition(made.exposed(name))["vfs objects"] == (
            "full_audit catia fss aio_pthread acl_xattr:x streams_xattr")
        with sandbox.connect(made.exposed(name)) as copy:
            copy.list()


@pytest.mark.parametrize("module", ["full_audit", "extd_audit", "audit"])
def test_what_is_watched_in_the_base_share_is_watched_in_the_copy(sandbox, base, module):
    (sandbox.shares["share1"].path / "file").write_bytes(b"old")
    name = base(module, **{"vfs objects": f"{module} fss", "full_audit:success": "openat", "full_audit:syslog": "no",
                           "full_audit:prefix": "%u|%S"})
    with shadow_copy_set(sandbox, name) as made:
        copy = made.exposed(name)
        assert sandbox.definition(copy)["vfs objects"] == f"{module} fss"
        with sandbox.connect(copy) as share:
            assert share.read("file") == b"old"
        if module == "full_audit":  # the others write to syslog only; %S is the base share's name
            assert sandbox.log_line(re.escape(f"{sandbox.admin[0]}|{name}|openat"))


def test_files_that_nobody_can_write_are_not_hidden(sandbox, base):
    (sandbox.shares["share1"].path / "file").write_bytes(b"old")
    name = base("hiding", **{"hide unwriteable files": "yes", "hide new files timeout": "3600"})
    os.utime(sandbox.shares["share1"].path / "file")
    with shadow_copy_set(sandbox, name) as made, sandbox.connect(made.exposed(name)) as copy:
        assert "file" in copy.list()


def test_files_do_not_all_read_as_read_only(sandbox, base):
    (sandbox.shares["share1"].path / "plain").write_bytes(b"old")
    name = base("mapping", **{"map readonly": "permissions", "store dos attributes": "no"})

    def is_read_only(share):
        connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
        (entry,) = connection.listPath(share, "plain")
        connection.close()
        return bool(entry.get_attributes() & 1)

    (sandbox.shares["share1"].path / "plain").chmod(0o666)
    assert not is_read_only(name)
    with shadow_copy_set(sandbox, name) as made:
        assert not is_read_only(made.exposed(name))


def test_a_link_out_of_the_share_does_not_lead_to_what_is_there_now(sandbox):
    outside = sandbox.shares["share1"].volume / "outside"
    outside.write_bytes(b"now")
    link = sandbox.shares["share1"].path / "link"
    link.symlink_to(outside)
    try:
        with sandbox.connect("share1") as share:
            assert share.read("link") == b"now"
        with shadow_copy_set(sandbox, "share1") as made, sandbox.connect(made.exposed("share1")) as copy:
            with pytest.raises(SmbError):
                copy.read("link")
    finally:
        link.unlink()


@pytest.mark.parametrize("module", ["acl_tdb", "xattr_tdb"])
def test_a_share_whose_metadata_no_snapshot_holds_is_not_supported(sandbox, base, module):
    name = base(f"with_{module}", **{"vfs objects": f"fss {module}"})
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(name)), HResult.NOT_SUPPORTED)
    assert sandbox.log_line(f"take {module} out of its vfs objects")


def with_stream(sandbox, name, content):
    """Writes a stream of a file through a share."""
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
    client = Client(connection, name)
    for file in ("streamed", "streamed:one"):
        client.close(client.open(file, disposition=OPEN_OR_CREATE))
    client.write(client.open("streamed:one"), content)
    connection.close()


@pytest.mark.parametrize("objects", ["streams_depot fss", "fss streams_depot", "fss fileid streams_depot"])
@pytest.mark.parametrize("depot", [None, "below/the share"])
def test_streams_in_a_depot_read_as_they_were(sandbox, base, objects, depot):
    where = {"streams_depot:directory": sandbox.shares["share1"].path / depot} if depot else {}
    if depot:
        where["streams_depot:directory"].parent.mkdir(mode=0o777, exist_ok=True)
        where["streams_depot:directory"].parent.chmod(0o777)
    name = base("depot", **{"vfs objects": objects, **where})
    with_stream(sandbox, name, b"old")
    with shadow_copy_set(sandbox, name) as made:
        with_stream(sandbox, name, b"new")
        with sandbox.connect(made.exposed(name)) as copy:
            assert copy.read("streamed:one") == b"old"


def test_a_file_of_the_copy_is_not_locked_with_that_of_the_base_share(sandbox, base):
    name = base("locking", **{"vfs objects": "fss streams_depot"})
    with_stream(sandbox, name, b"old")
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.admin)
    client = Client(connection, name)
    # Nobody else may open it meanwhile.
    client.smb.create(client.tree, "streamed", GENERIC_READ, 0, 0, OPEN, 0)
    with sandbox.connect(name, user=sandbox.nobody) as share, pytest.raises(SmbError):
        share.read("streamed")
    with shadow_copy_set(sandbox, name) as made, sandbox.connect(made.exposed(name)) as copy:
        assert copy.read("streamed:one") == b"old"
    connection.close()


def test_a_share_whose_depot_lies_elsewhere_is_not_supported(sandbox, base):
    name = base("elsewhere", **{"vfs objects": "fss streams_depot", "streams_depot:directory": sandbox.dir / "depot"})
    with sandbox.client() as client:
        refused(client.is_path_supported(sandbox.unc(name)), HResult.NOT_SUPPORTED)
    assert sandbox.log_line("set streams_depot:directory to a directory below")
