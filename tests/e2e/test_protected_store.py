# SPDX-License-Identifier: GPL-3.0-or-later
"""An ordinary user who may write a share, and knows all there is to know, does not get at its snapshot store."""

import os
import struct

import pytest
from impacket import smb3structs as smb2

import attacks
from attacks import connection, refused
from harness import run
from shadow_copies import recovered
from smb_changes import CREATE, DELETE_ON_CLOSE, DIRECTORY, READ

# impacket signs SMB 3.1.1, and a request that it signs is none of DFS.
SANDBOX = ["--global", "server min protocol = NT1", "--global", "server max protocol = SMB3_02",
           "--global", "allow insecure wide links = yes", "--global", "host msdfs = yes",
           "--share", "vfs objects = fss streams_xattr"]

OPEN_OR_CREATE, SUPERSEDE, OVERWRITE_OR_CREATE = 3, 0, 5
BY_FILE_ID, BACKUP_INTENT = 0x2000, 0x4000
# Shares of the same directory, or the one around it; "wide" follows links to anywhere, "root" acts as root.
WAYS = {
    "share1": {},
    "wide": {"wide_links": "yes"},
    "dfs": {"msdfs_root": "yes"},
    "root": {"force_user": "root", "case_sensitive": "yes"},
    "above": {},
    "above_wide_root": {"wide_links": "yes", "force_user": "root"},
}


CONTENT = "what nobody may read there"


class Target:
    """A store with a shadow copy, and who knows its id."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.root = sandbox.shares["share1"].path
        for name, parameters in WAYS.items():
            if name != "share1":
                path = self.root.parent if name.startswith("above") else self.root
                sandbox.add_registry_share(name, path, **parameters)
        sandbox.add_registry_share("bare", self.root, vfs_objects="")
        (self.root / "secret").write_text(CONTENT)
        (self.root / "directory").mkdir(mode=0o777)
        (self.root / "directory").chmod(0o777)
        with sandbox.client() as client:
            made = recovered(client, sandbox, "share1")
        self.id = str(made.copy_ids["share1"]).upper()
        self.exposed = made.exposed("share1")
        self.store = self.root / ".fss"
        self.before = attacks.state_of(self.store)
        with connection(sandbox, "bare") as client:
            assert (".fss", "") in attacks.entries(client)  # it is one of eight and three, and has no other

    def text(self, pattern):
        return pattern.format(id=self.id, lower=self.id.lower(), root=self.root)

    def prefix(self, share):
        """What names on a share begin with; where links of DFS are, with server and share (MS-SMB2 2.2.13)."""
        if share == "dfs":
            return f"{self.sandbox.host}\\{share}\\"
        return "share1\\" if share.startswith("above") else ""

    def assert_unharmed(self):
        assert attacks.state_of(self.store) == self.before
        assert [name for name in os.listdir(self.root) if name.lower() == ".fss"] == [".fss"]
        attacks.assert_no_trouble(self.sandbox)


@pytest.fixture
def target(sandbox):
    if not hasattr(sandbox, "target"):
        sandbox.target = Target(sandbox)
    return sandbox.target


@pytest.fixture(params=WAYS)
def way(request, sandbox, target):
    """(client, prefix of names) on each of the shares."""
    with connection(sandbox, request.param) as client:
        yield client, target.prefix(request.param)
    target.assert_unharmed()


@pytest.fixture
def user(sandbox, target):
    """The user's connection to the share."""
    with connection(sandbox, "share1") as client:
        yield client
    target.assert_unharmed()


# ----------------------------------------------------------------- by its name --

SPELLINGS = {
    "name": ".fss", "capitals": ".FSS", "mixed": ".fSs", "data_stream": ".fss::$DATA",
    "stream": ".fss:stream", "stream_of_type": ".fss:stream:$DATA", "directory_stream": ".fss::$INDEX_ALLOCATION",
    "copy": ".fss\\{id}", "copy_lower": ".fss\\{lower}", "snapshot": ".fss\\{id}\\snapshot",
    "file": ".fss\\{id}\\snapshot\\secret", "file_capitals": ".FSS\\{lower}\\SNAPSHOT\\SECRET",
    "stream_of_file": ".fss\\{id}\\snapshot\\secret:x",
    "token": "@GMT-2024.01.01-00.00.00\\.fss", "token_inside": ".fss\\@GMT-2024.01.01-00.00.00\\{id}",
    "detour": "directory\\..\\.fss\\{id}\\snapshot\\secret", "exposed": ".fss\\{id}\\snapshot\\.fss",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_it_is_not_opened(way, target, spelling):
    client, prefix = way
    name = prefix + target.text(spelling)
    for access in (READ, 0x80, 0x02000000):  # read, read attributes, what is allowed
        for options in (0, DIRECTORY, BACKUP_INTENT):
            refused(client.open, name, access=access, options=options)
            refused(attacks.open_at, client, name, access=access, options=options)


PATTERNS = {"all": "*", "its_name": ".fss", "capitals": ".FSS", "start": ".f*",
            "question_marks": "????"}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_it_is_not_listed(way, target, pattern):
    client, prefix = way
    listed = {name.lower() for name in attacks.names(client, target.text(pattern), prefix)}
    assert ".fss" not in listed


@pytest.mark.parametrize("pattern", [".fss\\*", ".FSS\\*", ".fss\\{id}\\*", ".fss\\{id}\\snapshot\\*"])
def test_what_is_in_it_is_not_listed(way, target, pattern):
    client, prefix = way
    refused(client.smb.listPath, client.share, prefix + target.text(pattern))


@pytest.mark.parametrize("name", [".fss", ".FSS", ".fss\\new", ".fss\\{id}\\new", ".fss\\{id}\\snapshot\\new"])
@pytest.mark.parametrize("disposition", [CREATE, OPEN_OR_CREATE, SUPERSEDE, OVERWRITE_OR_CREATE])
@pytest.mark.parametrize("options", [0, DIRECTORY], ids=["file", "directory"])
def test_nothing_is_made_in_its_place_or_in_it(user, target, name, disposition, options):
    if options == DIRECTORY and disposition in (SUPERSEDE, OVERWRITE_OR_CREATE):
        disposition = OPEN_OR_CREATE  # directories know no other
    refused(user.open, target.text(name), disposition=disposition, options=options)


@pytest.mark.parametrize("name", [".fss", ".fss\\{id}", ".fss\\{id}\\snapshot", ".fss\\{id}\\snapshot\\secret"])
def test_it_is_not_deleted(user, target, name):
    for options in (DELETE_ON_CLOSE, DELETE_ON_CLOSE | DIRECTORY):
        refused(user.open, target.text(name), access=0x10000, options=options)


@pytest.mark.parametrize("level", [smb2.SMB2_FILE_RENAME_INFO, smb2.SMB2_FILE_LINK_INFO], ids=["rename", "link"])
@pytest.mark.parametrize("name", [".fss", ".FSS", ".fss\\new", ".fss\\{id}\\snapshot\\secret"])
def test_nothing_is_moved_or_linked_there(user, target, level, name):
    for options, source in ((0, "mine"), (DIRECTORY, "mine too")):
        file = user.open(source, disposition=OPEN_OR_CREATE, options=options)
        refused(user.set_file_info, file, level, attacks.rename_to(target.text(name)))
        user.close(file)


def test_it_is_not_opened_by_its_file_id(user, target):
    for path in (target.store, target.store / target.id, target.store / target.id / "snapshot" / "secret"):
        number = struct.pack("<Q", path.stat().st_ino).decode("utf-16le", "surrogatepass")
        refused(user.open, number, access=READ, options=BY_FILE_ID)


def test_extended_attributes_do_not_lead_there(sandbox, user, target):
    output = sandbox.smbclient("share1", "setea .fss MINE value", user=sandbox.nobody).output
    assert "NT_STATUS_OBJECT_NAME_NOT_FOUND" in output


# ------------------------------------------------------------------ through links --

LINKS = {
    "relative": (".fss", ""), "absolute": ("{root}/.fss", ""), "to_copy": (".fss/{id}", ""),
    "to_snapshot": ("{root}/.fss/{id}/snapshot", ""), "to_file": (".fss/{id}/snapshot/secret", ""),
    "file_below": ("{root}/.fss/{id}/snapshot", "\\secret"),
    "through_the_root": (".", "\\.fss\\{id}\\snapshot\\secret"),
    "up_and_down": ("../share1/.fss/{id}", "\\snapshot\\secret"), "of_a_link": ("link relative", "\\{id}"),
    "through_proc": ("/proc/self/cwd/.fss/{id}/snapshot", "\\secret"), "capitals": (".FSS/{id}", ""),
}


@pytest.fixture
def make_link(sandbox, target):
    """make_link(text) as an ordinary user with a shell would."""
    made = []

    def make(name, text):
        path = target.root / name
        if not path.is_symlink():
            done = attacks.as_user(sandbox.nobody[0], "ln", "-s", "--", text, path)
            assert done.returncode == 0, done.stderr
            made.append(path)
    yield make
    for path in made:
        path.unlink()


@pytest.mark.parametrize("text,below", LINKS.values(), ids=LINKS)
def test_no_link_leads_into_it(way, target, make_link, text, below):
    client, prefix = way
    make_link("link relative", ".fss")
    make_link("link", target.text(text))
    name = f"{prefix}link{target.text(below)}"
    for options in (0, DIRECTORY, BACKUP_INTENT):
        refused(client.open, name, access=READ, options=options)
        refused(attacks.open_at, client, name, options=options)
    for disposition in (CREATE, OPEN_OR_CREATE, SUPERSEDE, OVERWRITE_OR_CREATE):
        refused(client.open, f"{name}\\new", disposition=disposition)
    refused(client.smb.listPath, client.share, f"{name}\\*")
    assert not {"snapshot", target.id} & attacks.names(client, directory=prefix)


POSIX = {
    "list": "ls .fss/*", "list_copy": "ls .fss/{id}/*", "get": "get {inside} -", "stat": "stat .fss",
    "stat_inside": "stat {inside}", "open": "posix_open {inside} 0", "readlink": "readlink {inside}",
    "chmod": "chmod 777 {inside}", "mkdir": "posix_mkdir .fss 755", "unlink": "posix_unlink {inside}",
    "hardlink": "hardlink {inside} linked", "getfacl": "getfacl .fss", "link": "get made/{id}/snapshot/secret -",
    "list_link": "ls made/*", "absolute_link": "get made_too/secret -",
}


@pytest.fixture
def posix(sandbox, target):
    """posix(share, command, ...): over SMB1 with UNIX extensions; what smbclient says."""
    def run_commands(share, *commands):
        login = ["-s", sandbox.conf, "-p", sandbox.port, "-U", "%".join(sandbox.nobody), "-m", "NT1"]
        return run(["smbclient", *login, "--option=client min protocol=NT1", f"//{sandbox.host}/{share}", "-c",
                    ";".join(("posix", *commands))]).output
    yield run_commands
    for name in ("made", "made_too"):
        (target.root / name).unlink(missing_ok=True)
    assert not (target.root / "linked").exists()
    target.assert_unharmed()


@pytest.mark.parametrize("command", POSIX.values(), ids=POSIX)
def test_smb1_with_unix_extensions_does_not_reach_it(posix, target, command):
    share = "wide" if "made" in command else "share1"
    inside = f".fss/{target.id}/snapshot/secret"
    output = posix(share, "symlink .fss made", f"symlink {target.store}/{target.id}/snapshot made_too",
                   command.format(id=target.id, inside=inside))
    assert "UNIX extensions" in output or "CIFS extensions" in output, output
    assert (target.root / "made_too").is_symlink(), output
    assert "NT_STATUS_" in output or "ERR" in output, output
    assert CONTENT not in output


# ------------------------------------------------------------ from an exposed share --

@pytest.mark.parametrize("name", ["..", "..\\..", ".fss", "..\\snapshot\\secret", "..\\..\\{id}"])
def test_an_exposed_share_shows_nothing_around_it(sandbox, target, name):
    with connection(sandbox, target.exposed) as client:
        assert client.connection.listPath(target.exposed, "secret")
        refused(client.open, target.text(name), access=READ)
    target.assert_unharmed()


# --------------------------------------------------- without the module, and a shell --

def test_a_share_without_the_module_lists_and_changes_nothing_in_it(sandbox, target):
    with connection(sandbox, "bare") as client:
        for pattern in (".fss\\*", f".fss\\{target.id}\\*"):
            refused(client.smb.listPath, "bare", pattern)
        for name in (".fss\\new", f".fss\\{target.id}\\new", f".fss\\{target.id}\\snapshot\\new"):
            refused(client.open, name, disposition=CREATE)
        refused(client.open, f".fss\\{target.id}", access=0x10000, options=DELETE_ON_CLOSE)
        for name in ("", "\\secret"):
            refused(client.open, f".fss\\{target.id}\\snapshot{name}", access=READ)
    target.assert_unharmed()


@pytest.mark.parametrize("command", [
    ["ls", "{store}"], ["ls", "{store}/{id}"], ["ls", "{store}/{id}/snapshot"],
    ["cat", "{store}/{id}/snapshot/secret"], ["btrfs", "subvolume", "show", "{store}/{id}/snapshot"], ["touch", "{store}/new"], ["mkdir", "{store}/{id}/new"],
    ["touch", "{store}/{id}/snapshot/new"], ["chmod", "777", "{store}"], ["rmdir", "{store}/{id}/snapshot"],
    ["btrfs", "subvolume", "list", "-o", "{store}"], ["btrfs", "subvolume", "delete", "{store}/{id}/snapshot"],
    ["btrfs", "property", "set", "{store}/{id}/snapshot", "ro", "false"],
    ["btrfs", "subvolume", "snapshot", "{store}/{id}/snapshot", "{root}/mine"],
], ids=lambda command: " ".join(command[:3]).replace("{", "").replace("}", ""))
def test_a_user_with_a_shell_lists_and_changes_nothing_in_it(sandbox, target, command):
    words = [word.format(store=target.store, id=target.id, root=target.root) for word in command]
    done = attacks.as_user(sandbox.nobody[0], "env", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", *words)
    assert done.returncode != 0, done.stdout
    target.assert_unharmed()
