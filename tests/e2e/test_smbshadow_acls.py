# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow keeps owners and access rights of files, and restores them; seen with another client."""

import json
import pathlib

import pytest
from impacket import smb3structs as smb2
from impacket.ldap import ldaptypes

import leftovers
import previous
from fsrvp.versions import Versions
from harness import checked
from smbshadow import Smbshadow

SANDBOX = ["--shares", "1", "--volumes", "1", "--share", "vfs objects = acl_xattr fss"]
INCOMPLETE = 12  # smbshadow(1)

FULL, READ = 0x1F01FF, 0x120089
OBJECT_INHERIT, CONTAINER_INHERIT = 0x1, 0x2
ALLOW, DENY = 0, 1
EVERYBODY, CREATOR, NETWORK = "S-1-1-0", "S-1-3-0", "S-1-5-2"
PARTS = 0x7  # OWNER, GROUP, DACL; MS-SMB2 2.2.39
PROTECTED, PRESENT, SELF_RELATIVE = 0x1000, 0x4, 0x8000  # MS-DTYP 2.4.6


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)


def sid(text):
    result = ldaptypes.LDAP_SID()
    result.fromCanonical(text)
    return result


def ace(kind, who, mask, flags=0):
    body = (ldaptypes.ACCESS_ALLOWED_ACE if kind == ALLOW else ldaptypes.ACCESS_DENIED_ACE)()
    body["Mask"] = ldaptypes.ACCESS_MASK()
    body["Mask"]["Mask"] = mask
    body["Sid"] = sid(who)
    result = ldaptypes.ACE()
    result["AceType"], result["AceFlags"], result["Ace"] = kind, flags, body
    return result


def descriptor(owner, group, *aces):
    result = ldaptypes.SR_SECURITY_DESCRIPTOR()
    result["Revision"], result["Sbz1"], result["Control"] = b"\x01", b"\x00", PROTECTED | PRESENT | SELF_RELATIVE
    result["OwnerSid"], result["GroupSid"], result["Sacl"] = sid(owner), sid(group), b""
    dacl = ldaptypes.ACL()
    dacl["AclRevision"], dacl["Sbz1"], dacl["Sbz2"] = 2, 0, 0
    dacl.aces = list(aces)
    result["Dacl"] = dacl
    return result.getData()


def dacl(data):
    return ldaptypes.SR_SECURITY_DESCRIPTOR(data)["Dacl"].getData()


class Files:
    """Security descriptors as bytes."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def read(self, path):
        with previous.versions(self.sandbox, "share1", self.sandbox.admin) as files:
            return files.security(path)

    def write(self, path, data):
        access = smb2.WRITE_DAC | smb2.WRITE_OWNER
        with self.sandbox.connect("share1", self.sandbox.admin) as share, \
                Versions(share).opened(path, access=access) as file:
            share.server.setInfo(share.tree, file, data, infoType=smb2.SMB2_0_INFO_SECURITY, fileInfoClass=0,
                                 additionalInformation=PARTS)


@pytest.fixture(name="tree")
def _tree(sandbox):
    """Two files in a directory, each with rights of its own; yields their descriptors."""
    top = sandbox.shares["share1"].path
    (top / "vm").mkdir()
    for name in ("notes", "plain"):
        (top / "vm" / name).write_text(name, encoding="ascii")
    checked(["chown", "-R", f"{sandbox.admin[0]}:", top / "vm"])
    files, me = Files(sandbox), sandbox.sid(sandbox.admin)
    group = ldaptypes.SR_SECURITY_DESCRIPTOR(files.read("vm"))["GroupSid"].formatCanonical()
    files.write("vm", descriptor(me, group, ace(ALLOW, me, FULL, OBJECT_INHERIT | CONTAINER_INHERIT),
                                 ace(ALLOW, CREATOR, FULL, OBJECT_INHERIT | CONTAINER_INHERIT | 0x8)))
    files.write("vm/notes", descriptor(me, group, ace(DENY, NETWORK, 0x00010000), ace(ALLOW, me, FULL),
                                       ace(ALLOW, sandbox.sid(sandbox.nobody), READ), ace(ALLOW, EVERYBODY, 0x100000)))
    yield {path: files.read(path) for path in ("vm", "vm/notes", "vm/plain")}
    checked(["rm", "-rf", top / "vm"])


@pytest.fixture(name="copy")
def _copy(sandbox, shadow, tree, tmp_path):
    made = shadow.create(f"//{sandbox.host}/share1")["id"]
    shadow.ok("copy", made, tmp_path / "copy")
    shadow.ok("delete", made)
    leftovers.assert_none(sandbox)
    return tmp_path / "copy"


def destroy(sandbox, tree):
    """Other rights and no notes any more."""
    files = Files(sandbox)
    me = sandbox.sid(sandbox.admin)
    group = ldaptypes.SR_SECURITY_DESCRIPTOR(tree["vm"])["GroupSid"].formatCanonical()
    for path in tree:
        files.write(path, descriptor(me, group, ace(ALLOW, me, FULL), ace(ALLOW, EVERYBODY, FULL)))
        assert files.read(path) != tree[path]
    (sandbox.shares["share1"].path / "vm" / "notes").unlink()


def test_a_restore_puts_back_owners_rights_and_flags(sandbox, shadow, tree, copy):
    destroy(sandbox, tree)
    shadow.ok("restore", copy, f"//{sandbox.host}/share1")
    assert {path: Files(sandbox).read(path) for path in tree} == tree


def test_a_restore_leaves_rights_alone_where_it_is_told_to(sandbox, shadow, tree, copy):
    destroy(sandbox, tree)
    shadow.ok("restore", "--no-acls", copy, f"//{sandbox.host}/share1")
    assert (sandbox.shares["share1"].path / "vm" / "notes").read_text(encoding="ascii") == "notes"
    assert Files(sandbox).read("vm/notes") != tree["vm/notes"]


def test_the_manifest_has_them_as_sddl(sandbox, tree, copy):
    text = (pathlib.Path(copy) / ".smbshadow" / "manifest.jsonl").read_text(encoding="utf-8")
    texts = [json.loads(line)["text"] for line in text.splitlines() if "descriptor" in json.loads(line)]
    # FR, as newer Samba says it, is the same rights.
    entries = [f"(A;;{rights};;;{sandbox.sid(sandbox.nobody)})" for rights in ("0x00120089", "FR")]
    assert any("D:P" in each and any(entry in each for entry in entries) for each in texts), texts


def test_an_owner_that_cannot_be_set_is_told_and_one_that_need_not_be_is_not(sandbox, shadow, tree, copy):
    top = sandbox.shares["share1"].path
    manifest = copy / ".smbshadow" / "manifest.jsonl"
    mine = f"O:{sandbox.sid(sandbox.admin)}"
    text = manifest.read_text(encoding="utf-8")
    assert mine in text
    manifest.write_text(text.replace(mine, f"O:{sandbox.sid(sandbox.nobody)}"), encoding="utf-8")
    done = shadow("restore", copy, f"//{sandbox.host}/share1", "vm/notes")
    assert done.code == INCOMPLETE and "give 'vm/notes' its owner" in done.output, str(done)
    assert (top / "vm" / "notes").read_text(encoding="ascii") == "notes"
    assert dacl(Files(sandbox).read("vm/notes")) == dacl(tree["vm/notes"])
