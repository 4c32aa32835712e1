# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot store that lies inside a share under a name of the administrator's choice is protected like any other."""

import contextlib
import os

import pytest
from impacket import smb3structs as smb2
from impacket.smb3 import SessionError

import attacks
import leftovers
from attacks import connection, refused
from fsrvp import HResult
from harness import checked
from shadow_copies import delete, recovered
from smb_changes import CREATE, DELETE_ON_CLOSE, DIRECTORY, READ

SANDBOX = ["--global", "allow insecure wide links = yes", "--global", "mangled names = yes"]
OPEN_OR_CREATE = 3
CONTENT = "what nobody may read there"


class Chosen:
    """share1 with its store in parent/store, whose parent directory is the users'."""

    def __init__(self, sandbox):
        self.root = sandbox.shares["share1"].path
        self.parent = self.root / "parent"
        self.store = self.parent / "store of snapshots"
        (self.root / "secret").write_text(CONTENT)
        self.parent.mkdir()
        self.parent.chmod(0o777)
        (self.root / "link").symlink_to("parent/store of snapshots")
        checked(["install", "-d", "-m", "0711", self.store])
        with open(sandbox.conf, "a", encoding="utf-8") as conf:
            conf.write(f"\tfss:store directory = {self.store}\n")
        # Of the same directory, and without a word of the store.
        sandbox.add_registry_share("wide", self.root, wide_links="yes")
        sandbox.add_registry_share("inner", self.parent)
        with sandbox.client() as client:
            made = recovered(client, sandbox, "share1")
        self.id = str(made.copy_ids["share1"]).upper()
        self.exposed = made.exposed("share1")
        assert sandbox.definition(self.exposed)["path"] == f"{self.store}/{self.id}/snapshot"
        (self.root / "snapshot link").symlink_to(f"{self.store}/{self.id}/snapshot")
        sandbox.add_registry_share("bare", self.parent, vfs_objects="")
        with connection(sandbox, "bare") as client:
            self.short = dict(attacks.entries(client))[self.store.name]
        assert "~" in self.short
        self.before = attacks.state_of(self.store)

    def name(self, share, text):
        name = text.format(id=self.id, store=self.store.name, short=self.short)
        return name.removeprefix("parent\\") if share == "inner" else name


@pytest.fixture
def chosen(sandbox):
    if not hasattr(sandbox, "chosen"):
        sandbox.chosen = Chosen(sandbox)
    yield sandbox.chosen
    assert attacks.state_of(sandbox.chosen.store) == sandbox.chosen.before
    attacks.assert_no_trouble(sandbox)


@pytest.fixture(params=["share1", "wide", "inner"])
def share(request):
    return request.param


@pytest.mark.parametrize("text", [
    "parent\\{store}", "parent\\STORE OF SNAPSHOTS", "parent\\{store}\\{id}", "parent\\{store}\\{id}\\snapshot",
    "parent\\{store}\\{id}\\snapshot\\secret", "parent\\{short}", "parent\\{short}\\{id}\\snapshot\\secret",
    "parent\\{store}:stream", "parent\\{store}::$DATA"])
def test_it_is_not_opened(sandbox, chosen, share, text):
    with connection(sandbox, share) as client:
        for options in (0, DIRECTORY):
            refused(client.open, chosen.name(share, text), access=READ, options=options)


def test_it_is_not_listed(sandbox, chosen, share):
    with connection(sandbox, share) as client:
        directory = chosen.name(share, "parent\\")
        assert not {chosen.store.name, chosen.short} & attacks.names(client, directory=directory)
        for name in (chosen.store.name, chosen.short):
            refused(client.smb.listPath, share, f"{directory}{name}\\*")


@pytest.mark.parametrize("text", ["link", "link\\{id}", "snapshot link", "snapshot link\\secret"])
def test_no_link_leads_into_it(sandbox, chosen, text):
    for share in ("share1", "wide"):
        with connection(sandbox, share) as client:
            for options in (0, DIRECTORY):
                refused(client.open, chosen.name(share, text), access=READ, options=options)


@pytest.mark.parametrize("options", [0, DIRECTORY], ids=["file", "directory"])
def test_nothing_is_made_in_its_place_or_in_it(sandbox, chosen, share, options):
    with connection(sandbox, share) as client:
        for text in ("parent\\{store}", "parent\\{store}\\new", "parent\\{store}\\{id}\\new"):
            refused(client.open, chosen.name(share, text), disposition=OPEN_OR_CREATE, options=options)
        refused(client.open, chosen.name(share, "parent\\{store}"), access=0x10000, options=options | DELETE_ON_CLOSE)


def test_nothing_is_moved_into_it_or_over_it(sandbox, chosen):
    with connection(sandbox, "share1") as client:
        for text in ("parent\\{store}", "parent\\{store}\\new"):
            for level in (smb2.SMB2_FILE_RENAME_INFO, smb2.SMB2_FILE_LINK_INFO):
                file = client.open("mine", disposition=OPEN_OR_CREATE)
                refused(client.set_file_info, file, level, attacks.rename_to(chosen.name("share1", text)))
                client.close(file)


@pytest.mark.parametrize("way", ["share1", "wide"])
def test_the_directory_around_it_is_not_moved_or_deleted(sandbox, chosen, way):
    with connection(sandbox, way) as client:
        file = client.open("parent", options=DIRECTORY, access=0xC0010000)
        refused(client.set_file_info, file, smb2.SMB2_FILE_RENAME_INFO, attacks.rename_to("moved"))
        client.close(file)
        file = client.open("parent", options=DIRECTORY, access=0x10000)
        with contextlib.suppress(SessionError):  # it may be refused now or at the end
            client.set_file_info(file, smb2.SMB2_FILE_DISPOSITION_INFO, b"\1")
        with contextlib.suppress(SessionError):
            client.close(file)
    assert chosen.store.is_dir()


def test_a_directory_of_that_name_elsewhere_is_free(sandbox, chosen):
    with connection(sandbox, "share1") as client:
        name = chosen.store.name
        client.close(client.open(name, disposition=CREATE, options=DIRECTORY))
        client.close(client.open(f"{name}\\file", disposition=CREATE))
        assert name in attacks.names(client)


def test_the_exposed_share_reads_and_shows_nothing_of_the_store(sandbox, chosen):
    with connection(sandbox, chosen.exposed) as client:
        assert client.read(client.open("secret", READ), 100) == CONTENT.encode()
        assert chosen.store.name not in attacks.names(client, directory="parent\\")
        for name in ("parent\\{store}", "link", "snapshot link", ".."):
            refused(client.open, chosen.name("share1", name), access=READ)


def test_a_store_behind_a_link_is_refused(make_sandbox):
    sandbox = make_sandbox()
    root = sandbox.shares["share1"].path
    (root / "real").mkdir()
    checked(["install", "-d", "-m", "0711", root / "real" / "store"])
    done = attacks.as_user(sandbox.nobody[0], "ln", "-s", "real", root / "link")
    assert done.returncode == 0, done.stderr
    with open(sandbox.conf, "a", encoding="utf-8") as conf:
        conf.write(f"\tfss:store directory = {root}/link/store\n")
    with sandbox.client() as client:
        answer = client.is_path_supported(sandbox.unc("share1"))
        assert answer.hresult == HResult.NOT_SUPPORTED or not answer.outputs.supported
    assert sandbox.log_line("reached through a link")
    assert not os.listdir(root / "real" / "store")


def test_a_share_whose_root_has_default_acls_takes_shadow_copies(make_sandbox):
    """Else the store would inherit that users may write to it, and be refused as unsound."""
    sandbox = make_sandbox()
    root = sandbox.shares["share1"].path
    checked(["setfacl", "-d", "-m", f"u:{sandbox.nobody[0]}:rwx,g::rwx,o::rwx", root])
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        for path in (root / ".fss", root / ".fss" / str(made.copy_ids["share1"]).upper()):
            assert path.stat().st_mode & 0o7777 == 0o700
            assert "default:" not in checked(["getfacl", "-p", path])
        done = attacks.as_user(sandbox.nobody[0], "touch", root / ".fss" / "new")
        assert done.returncode != 0
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)
