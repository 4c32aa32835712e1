# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update of Samba does to the packages: nothing by another revision of the distribution's, and
nothing unsaid by another upstream version.

One story: each test goes on where the one before has ended.
"""

import re
import shutil

import pytest

import base
from guide import Guide
from revision import Samba
from root import Root
from server import Server, ShadowCopy

REFUSAL = r"was built for Samba {} but Samba {}\S* is"
# What smbd's libraries lie in; a file below it stands for an update of them.
UPDATE = """
mkdir -p /tmp/update/DEBIAN /tmp/update{directory}
printf 'Package: samba-update\\nVersion: {version}\\nArchitecture: all\\nMaintainer: a test\\nDescription: none\\n' \
    >/tmp/update/DEBIAN/control
touch /tmp/update{directory}/updated
dpkg-deb --build /tmp/update /tmp/update.deb >/dev/null
dpkg --install /tmp/update.deb
"""


@pytest.fixture(scope="module")
def root(directory, packages):
    """A fresh server, another one than of other stories."""
    own = directory / "update"
    own.mkdir(mode=0o755)
    root = Root(base.tarball([packages["samba-fss"], packages["smbshadow"]]), own)
    yield root
    root.close()


@pytest.fixture(scope="module")
def server(root, packages):
    """With samba-fss and smbshadow, set up as the guide says."""
    server = Server(root, Guide())
    server.prepare()
    for package in ("samba-fss", "smbshadow"):
        shutil.copy(packages[package], root.path)
    server.follow("install")
    server.follow("install-client")
    server.follow("operators")
    server.configure("configure")
    server.follow("reload")
    return server


@pytest.fixture(scope="module")
def samba(server):
    return Samba(server.root)


@pytest.fixture(scope="module")
def other(samba):
    """An upstream version that samba-fss was not built for."""
    return samba.upstream[:-1] + str((int(samba.upstream[-1]) + 1) % 10)


def update(root, version="1"):
    """Has a package bring a file beside Samba's libraries, as an update does; returns what dpkg prints."""
    library, = root.must("ls -d /usr/lib/*/samba/vfs").split()
    return root.must(UPDATE.format(directory=library.removesuffix("/vfs"), version=version))


def shadow_copy_can_be_made(server):
    copy = ShadowCopy(server.follow("create"))
    assert server.reachable(copy.exposed)
    server.follow("recover", **copy.environment)
    server.follow("delete", **copy.environment)
    assert not server.snapshots()


# -------------------------------------------------------------------- another revision --

def test_with_another_revision_of_samba_nothing_changes(server, root, samba):
    shutil.copy(root.file("/usr/bin/smbclient"), root.file("/usr/bin/smbclient.before"))
    versions = samba.symbol_versions()
    assert versions and all(samba.upstream in name for name in versions), versions
    samba.replace(*((name, re.sub("DEBIAN", "UPDATE", name)) for name in versions))

    before = root.run("/usr/bin/smbclient.before --version")
    assert not before.ok and "not found" in before.output, "a program that asks for versions does not start"
    said = update(root)
    assert "triggers for samba-fss" in said and "built for" not in said
    shadow_copy_can_be_made(server)
    assert root.must("smbshadow --version")
    root.must("smbshadow check //127.0.0.1/data -U $USER")
    assert "0 error(s)" in root.run("fssctl doctor data -U $USER").output
    root.must("samba-fss-rebuild --check")


# -------------------------------------------------------------- another upstream version --

def test_the_update_itself_says_that_the_package_was_built_for_another_version(root, samba, other):
    samba.replace((f"{samba.upstream}-", f"{other}-"), (f"SAMBA_{samba.upstream}_", f"SAMBA_{other}_"))
    output = update(root, "2")
    assert f"built for Samba {samba.upstream}" in output and f"Samba {other} is installed" in output
    assert "samba-fss-rebuild" in output and "vfs objects = fss" in output
    assert f"smbshadow: this was built for Samba {samba.upstream}, but {other}" in output


@pytest.mark.parametrize("command", [
    "/usr/libexec/samba/rpcd_fss --list-interfaces",
    "/usr/libexec/samba/fss_snap_helper /etc/samba/smb.conf /tmp/log check data /srv/data 3>/dev/null",
    "fssctl list",
])
def test_programs_refuse_it_and_name_both_versions(root, samba, other, command):
    done = root.run(command)
    assert not done.ok or "fss_snap_helper" in command, str(done)
    assert re.search(REFUSAL.format(re.escape(samba.upstream), re.escape(other)), done.output), str(done)
    assert "samba-fss-rebuild" in done.output


def test_smbshadow_refuses_it_whatever_it_is_asked(root, samba, other):
    done = root.run("smbshadow check //127.0.0.1/data -U $USER")
    assert done.code == 1 and samba.upstream in done.output and other in done.output, str(done)


def test_the_module_is_refused_and_its_shares_alone(server, root, samba, other):
    assert not server.reachable("data")
    assert server.reachable("other")
    log = root.must("cat /var/log/samba/log.*")
    assert re.search("vfs_fss " + REFUSAL.format(re.escape(samba.upstream), re.escape(other)), log)


def test_doctor_finds_it_and_what_to_do(root, samba, other):
    done = root.run("fssctl doctor")
    assert done.code == 1 and "samba-version" in done.output, str(done)
    assert samba.upstream in done.output and other in done.output
    assert "/usr/sbin/samba-fss-rebuild" in done.output


def test_a_rebuild_that_fails_keeps_the_package(root):
    version = root.must("dpkg-query -W samba-fss")
    done = root.run("samba-fss-rebuild", seconds=600)
    assert not done.ok and "the packages that were installed are kept" in done.output, str(done)
    assert root.must("dpkg-query -W samba-fss") == version
    assert root.must("dpkg --audit") == ""


def test_a_rebuild_installs_what_it_has_built(server, root, samba, other, builds):
    """The packages are built before; with a network and an hour it would build them."""
    samba.replace((f"{other}-", f"{samba.upstream}-"), (f"SAMBA_{other}_", f"SAMBA_{samba.upstream}_"))
    for package in ("samba-fss", "smbshadow"):
        shutil.copy(builds[1][package], root.file("/tmp"))
    root.must("mkdir -p /tmp/fake && cd /tmp/fake && tar -xzf /usr/src/samba-fss/samba-fss.tar.gz")
    package = root.file("/tmp/fake/samba-fss/scripts/package")
    assert package.stat().st_mode & 0o111 and root.file("/tmp/fake/samba-fss/debian/rules").exists()
    package.write_text('#!/bin/sh\necho "$@" >/tmp/asked\nmkdir -p "$2"\ncp /tmp/*.deb "$2"\nrm "$2/update.deb"\n')
    root.must("tar -C /tmp/fake -czf /usr/src/samba-fss/samba-fss.tar.gz samba-fss")

    assert "nothing to do" in root.must("samba-fss-rebuild")
    root.must("samba-fss-rebuild --force")
    asked = root.must("cat /tmp/asked").split()
    assert asked[0] == "--output" and asked[2:] == ["--version-suffix", f"+samba{samba.upstream}"]
    for package in ("samba-fss", "smbshadow"):
        assert root.must(f"dpkg-query -W -f='${{Version}}' {package}").endswith("+next")
    assert not root.file("/run/samba-fss.refused").exists()
    shadow_copy_can_be_made(server)
