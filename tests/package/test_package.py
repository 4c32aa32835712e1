# SPDX-License-Identifier: GPL-3.0-or-later
"""samba-fss from its package to its purge, on a fresh server.

One story: each test goes on where the one before has ended.
"""

import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from guide import FIRST_COPY, Guide
from server import HOME, Server, ShadowCopy

TOP = pathlib.Path(__file__).resolve().parents[2]
DISTRIBUTIONS_AGENT = "/usr/libexec/samba/rpcd_fsrvp"
DIVERTED = "/usr/libexec/samba/distrib-rpcd_fsrvp"
# samba-dcerpcd makes it for whatever agent there is.
SAMBAS = {"/run/samba/ncalrpc/np/fssagentrpc"}
LEFT = "/var/backups/samba-fss.snapshots"
SCRIPTS = "/var/lib/dpkg/info/samba-fss"


@pytest.fixture(scope="module")
def guide():
    return Guide()


@pytest.fixture(scope="module")
def server(root, guide, packages):
    server = Server(root, guide)
    server.prepare()
    server.before = root.listing()
    server.agent_before = digest(root, DISTRIBUTIONS_AGENT)
    shutil.copy(packages["samba-fss"], root.path)
    return server


def digest(root, path):
    return hashlib.sha256(root.file(path).read_bytes()).hexdigest()


@contextlib.contextmanager
def systemd(root):
    """Has the root look like one with systemd; yields, filled in when it is over, what systemctl was told."""
    told = []
    systemctl = root.file("/usr/bin/systemctl")
    assert not systemctl.exists(), "the test's root is one without"
    systemctl.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >>/tmp/told\n')
    systemctl.chmod(0o755)
    root.must("mkdir -p /run/systemd/system")
    yield told
    root.must("rmdir /run/systemd/system /run/systemd")
    systemctl.unlink()
    told += root.must("cat /tmp/told && rm /tmp/told").splitlines()


def made(server):
    """A shadow copy that its client has finished, made as the guide does."""
    copy = ShadowCopy(server.follow("create"))
    server.follow("recover", **copy.environment)
    return copy


# ------------------------------------------------------------- before it is installed --

def test_it_depends_on_the_minor_version_it_was_built_with_and_lets_updates_in(packages):
    installed = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "samba"], check=True, capture_output=True,
                               text=True).stdout
    depends = subprocess.run(["dpkg-deb", "-f", packages["samba-fss"], "Depends"], check=True, capture_output=True,
                             text=True).stdout
    (least,), (end,) = re.findall(r"samba \(>= (\S+)\)", depends), re.findall(r"samba \(<< (\S+)\)", depends)
    upstream = re.match(r"(?:\d+:)?([\d.]+)", installed)[1]
    major, minor, release = upstream.split(".")
    update = f"{major}.{minor}.{int(release) + 1}"
    following = f"{major}.{int(minor) + 1}.0"

    def allowed(version):
        return all(subprocess.run(["dpkg", "--compare-versions", version, *relation], check=False).returncode == 0
                   for relation in (("ge", least), ("lt", end)))

    assert allowed(installed)
    assert allowed(f"2:{upstream}+dfsg-0+deb12u99")
    assert allowed(f"2:{update}+dfsg-0+deb12u1")
    assert not allowed(f"2:{following}+dfsg-0+deb12u1")
    assert not allowed(f"2:{major}.{minor}.{int(release) - 1}+dfsg-0+deb12u99")


@pytest.mark.parametrize("version", [None, "4.17.11"])
def test_a_build_without_the_right_source_of_samba_says_what_to_do(tmp_path, version):
    if version:
        header = tmp_path / "bin" / "default" / "version.h"
        header.parent.mkdir(parents=True)
        header.write_text(f'#define SAMBA_VERSION_OFFICIAL_STRING "{version}"\n')
    done = subprocess.run(["make", "-f", "debian/rules", "override_dh_auto_configure", f"SAMBA_SOURCE={tmp_path}"],
                          cwd=TOP, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert str(tmp_path) in done.stderr and "scripts/package" in done.stderr


def test_lintian_finds_nothing(packages):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", packages.changes],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and not done.stdout.strip(), done.stdout + done.stderr


def test_the_way_to_the_first_copy_is_six_commands_and_three_lines_at_most(guide):
    blocks = [guide.blocks[name] for name in FIRST_COPY]
    assert list(guide.blocks)[1:1 + len(FIRST_COPY)] == list(FIRST_COPY), "in the guide's order"
    commands = sum(len(guide.commands(name)) for name in FIRST_COPY if guide.languages[name] == "sh")
    lines = sum(len(guide.configuration(name)) for name in FIRST_COPY if guide.languages[name] == "ini")
    assert 0 < commands <= 6 and 0 < lines <= 3, blocks
    assert not [block for block in blocks if "&&" in block or ";" in block], "one command is one command"


# --------------------------------------------------------------------- the first day --

def test_the_guide_leads_from_the_package_to_a_shadow_copy(server, root):
    server.smbclient("data", "put /etc/hostname kept")
    server.follow("install")
    server.follow("operators")
    server.configure("configure")
    server.follow("reload")
    copy = ShadowCopy(server.follow("create"))
    assert len(server.snapshots()) == 1

    server.follow("recover", **copy.environment)
    assert "kept" in server.follow("read", **copy.environment)
    server.smbclient("data", "rm kept")
    assert "kept" in server.follow("read", **copy.environment)
    assert "NT_STATUS" in server.smbclient(copy.exposed, "mkdir forbidden").output

    server.follow("delete", **copy.environment)
    assert not server.snapshots()
    assert not server.reachable(copy.exposed)


def test_the_caller_is_no_root(root):
    assert root.must("id -u $USER").strip() != "0"
    assert root.must("id -Gn $USER").split() == ["anna", "backup-operators"]


def test_somebody_else_is_refused(server, root):
    root.must("useradd --no-create-home berta")
    root.must("printf 'x-%s\\nx-%s\\n' 1 1 | pdbedit -a -t -u berta")
    done = root.run("rpcclient 'ncacn_np:127.0.0.1[sign]' -U berta%x-1 -c 'fss_create_expose backup ro data'")
    assert "0x80070005" in done.output and not server.snapshots(), str(done)


def test_the_distributions_agent_is_where_samba_dcerpcd_does_not_look(server, root):
    assert digest(root, DIVERTED) == server.agent_before
    assert not root.file(DISTRIBUTIONS_AGENT).exists()
    assert root.must(f"dpkg-divert --truename {DISTRIBUTIONS_AGENT}").strip() == DIVERTED
    assert root.must("ls /usr/libexec/samba").split().count("rpcd_fss") == 1


@pytest.mark.parametrize("page", ["samba-fss.7", "vfs_fss.8", "rpcd_fss.8", "fssctl.8"])
def test_the_manuals_are_installed(root, page):
    # minimal Debians leave them out (dpkg's path-exclude), so the package is asked
    assert f"/{page}.gz" in root.must("dpkg-query -L samba-fss")


def test_fssctl_is_installed_and_sees_what_clients_make(server, root):
    copy = made(server)
    assert copy.copy.lower() in root.must("fssctl --json list").lower()
    root.must(f"fssctl delete {copy.copy} --yes")
    assert not server.snapshots()


def test_doctor_finds_nothing_wrong_on_a_server_that_the_guide_has_made(server, root):
    report = root.must("fssctl doctor data -U $USER")
    assert "0 error(s), 0 warning(s)" in report
    assert "a shadow copy was made, read and deleted over SMB" in report
    assert not server.snapshots()


def test_the_timer_is_enabled_and_the_socket_left_to_the_administrator(root):
    wanted = root.must("cd /etc/systemd/system && ls *.wants").split()
    assert "samba-fss-prune.timer" in wanted
    assert "fssctl.socket" not in wanted


# ------------------------------------------------------------------ the client's package --

def test_smbshadow_is_installed_beside_it(server, root, packages):
    shutil.copy(packages["smbshadow"], root.path)
    server.follow("install-client")
    files = root.must("dpkg-query -L smbshadow").split()
    assert {"/usr/share/man/man1/smbshadow.1.gz", "/usr/share/bash-completion/completions/smbshadow"} <= set(files)


def test_a_backup_operator_backs_a_share_up_and_restores_it(server, root):
    content = "that which is kept\n"
    server.smbclient("data", "put /etc/debian_version other")
    root.must(f"printf '{content}' >/srv/data/kept && chown $USER: /srv/data/kept")
    backup = re.fullmatch(rf"backup ({HOME}/backups/\S+Z)", server.follow_as_user("backup").splitlines()[-1])[1]
    assert root.file(f"{backup}/kept").read_text() == content
    assert root.file(f"{backup}/other").exists()
    assert not server.snapshots()
    assert json.loads(root.must("fssctl --json list"))["sets"] == []

    root.must("rm /srv/data/kept /srv/data/other")
    server.follow_as_user("restore", BACKUP=backup)
    assert root.must("cat /srv/data/kept") == content
    assert root.must("ls /srv/data").split() == ["kept"], "of the two files the named one"
    root.must("rm /srv/data/kept")


def test_smbshadow_leaves_nothing(server, root):
    root.must("smbshadow backup //127.0.0.1/data /tmp/backups -U $USER")
    assert root.file("/var/lib/smbshadow/catalog.json").exists(), "root's own record"
    root.must("apt-get purge --yes smbshadow")
    # What a user has is the user's.
    root.must(f"rm -r /tmp/backups {HOME}/backups {HOME}/.local")
    assert root.run(f"ls -A {HOME}").output == ""
    left = root.named("smbshadow")
    assert [path for path in left if not path.startswith("/smbshadow_")] == []


# ------------------------------------------------------------------------- upgrading --

def test_an_upgrade_keeps_shadow_copies_and_clients(server, root, builds):
    copy = made(server)
    smbd = server.smbd()
    shutil.copy(builds[1]["samba-fss"], root.path / "next.deb")
    root.must("apt-get install --yes /next.deb")
    assert root.must("dpkg-query -W -f='${Version}' samba-fss").endswith("+next")
    assert server.smbd() == smbd
    assert server.reachable(copy.exposed)
    assert not root.file(DISTRIBUTIONS_AGENT).exists()
    server.follow("delete", **copy.environment)
    assert not server.snapshots()


def test_after_an_upgrade_workers_of_before_end_as_the_guide_says(server, root):
    server.follow("renew")
    root.wait("! pidof rpcd_fss")
    copy = made(server)
    server.follow("delete", **copy.environment)


def test_an_upgrade_that_was_interrupted_goes_on(server, root):
    root.must(f"{SCRIPTS}.preinst upgrade 0.1.0 && {SCRIPTS}.postinst configure 0.1.0")
    assert digest(root, DIVERTED) == server.agent_before and not root.file(DISTRIBUTIONS_AGENT).exists()
    server.follow("delete", **made(server).environment)


# -------------------------------------------------------------------------- removing --

def test_a_removal_that_fails_has_withdrawn_nothing_in_the_end(server, root):
    copy = made(server)
    prerm = root.file(f"{SCRIPTS}.prerm")
    script = prerm.read_text()
    prerm.write_text(f"{script}\nexit 1\n")
    assert not root.run("apt-get remove --yes samba-fss").ok
    prerm.write_text(script)
    assert server.reachable(copy.exposed) and not root.run(f"test -e {LEFT}").ok
    server.follow("delete", **copy.environment)


def test_removal_withdraws_exposed_shares_and_keeps_their_snapshots(server, root):
    server.kept = made(server)
    smbd = server.smbd()
    with systemd(root) as told:
        output = root.must("apt-get remove --yes samba-fss")
    assert {"stop fssctl.socket fssctl.service", "stop samba-fss-prune.timer"} <= set(told)
    assert LEFT in output and "data" in output
    assert root.must(f"cat {LEFT}").split() == server.snapshots()
    assert len(server.snapshots()) == 1
    assert server.kept.exposed not in root.must("net conf listshares")
    assert "fss" not in root.must("net conf list")
    assert root.run("pidof rpcd_fss").code != 0
    assert server.smbd() == smbd and server.reachable("other")
    # Once more, as after an interruption.
    root.must(f"{SCRIPTS}.postrm remove")
    assert digest(root, DISTRIBUTIONS_AGENT) == server.agent_before and not root.file(DIVERTED).exists()


def test_a_share_that_still_names_the_module_is_closed_and_not_unprotected(server):
    assert not server.reachable("data")


def test_an_installation_takes_it_all_up_again(server, root):
    root.must("apt-get install --yes /next.deb")
    assert not root.run(f"test -e {LEFT}").ok
    assert server.reachable("data")
    assert server.reachable(server.kept.exposed)
    server.follow("delete", **server.kept.environment)
    assert not server.snapshots()


# --------------------------------------------------------------------------- purging --

def test_purge_lists_snapshots_and_leaves_them(server, root):
    made(server)
    snapshots = server.snapshots()
    root.must("apt-get purge --yes samba-fss")
    assert server.snapshots() == snapshots
    assert root.must(f"cat {LEFT}").split() == snapshots

    root.must("apt-get install --yes /next.deb")
    assert root.must(f"cat {LEFT}").split() == snapshots, "there are no records of them"
    assert f"btrfs subvolume delete -c {snapshots[0]}" in root.run("fssctl doctor data").output
    root.must("apt-get purge --yes samba-fss")
    assert root.must(f"cat {LEFT}").split() == snapshots == server.snapshots()
    server.follow("forget")
    assert not server.snapshots() and not root.run(f"test -e {LEFT}").ok
    assert root.must("ls -A /srv/data") == "", "and no store"


def test_nothing_is_left(server, root, packages):
    root.must("apt-get autoremove --purge --yes")
    assert set(root.named("fss")) - SAMBAS - {f"/{path.name}" for path in packages.files.values()} == set()
    assert server.before - root.listing() == set()
    # What the test itself has put there, and tools that change accounts keep.
    own = re.compile(r"[^/]+\.deb|etc/(group|gshadow|passwd|shadow|subuid|subgid)-")
    assert not [path for path in root.listing() - server.before if not own.fullmatch(path)]
    assert not root.must("dpkg-divert --list samba-fss").strip()


def test_the_distributions_agent_works_again(server, root):
    assert digest(root, DISTRIBUTIONS_AGENT) == server.agent_before
    server.change(lambda text: text.replace("vfs objects = fss", "vfs objects = btrfs\n"
                                            "btrfs: manipulate snapshots = yes"))
    root.must("smbcontrol smbd reload-config")
    copy = ShadowCopy(server.follow("create"))
    assert root.must("pidof rpcd_fsrvp")
    assert server.reachable(copy.exposed)
    server.follow("delete", **copy.environment)
