# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packages' descriptions say of the source, for Debian and for RPM."""

import fnmatch
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SPEC = (TOP / "packaging" / "samba-fss.spec").read_text(encoding="utf-8")
# Where Debian has what RPM's macros stand for.
MACROS = {"_bindir": "usr/bin", "_sbindir": "usr/sbin", "_datadir": "usr/share", "_mandir": "usr/share/man",
          "_unitdir": "lib/systemd/system", "samba_moduledir": "usr/lib/*/samba/vfs",
          "samba_libexecdir": "usr/libexec/samba"}
# Rebuilds Debian packages.
DEBIAN_ONLY = {"usr/sbin/samba-fss-rebuild", "usr/share/man/man8/samba-fss-rebuild.8",
               "usr/src/samba-fss/samba-fss.tar.gz"}
# Of the compiler, or for tests, which packages are built without.
NO_LIBRARY = {"threads", "gtest_main", "gmock"}


def libraries():
    """The pkg-config names that the build looks for."""
    found = set()
    for directory in ("core", "snapper_backend", "samba", "rpc_plugin", "snap_helper", "vfs_module", "fssctl",
                      "requester"):
        for file in (TOP / directory).rglob("meson.build"):
            found.update(re.findall(r"\bdependency\('([^']+)'", file.read_text(encoding="utf-8")))
    assert len(found) > len(NO_LIBRARY)
    return sorted(found - NO_LIBRARY)


def debian_files(package):
    """The patterns of debian/PACKAGE.install, as files where they are this tree's."""
    for pattern in (TOP / "debian" / f"{package}.install").read_text(encoding="utf-8").split():
        if pattern == "lib/systemd/system/*":
            units = (TOP / "packaging" / "systemd").iterdir()
            yield from (f"lib/systemd/system/{unit.name}" for unit in units)
        else:
            yield pattern


def rpm_files(package):
    """What the spec's %files names, as Debian would; documents are apart."""
    heading = "%files\n" if package == "samba-fss" else f"%files -n {package}\n"
    for line in SPEC.split(heading)[1].split("\n\n")[0].splitlines():
        if not line.startswith(("%license", "%doc")):
            yield re.sub(r"%\{(\w+)\}", lambda macro: MACROS[macro[1]], line).removesuffix("*")


@pytest.mark.parametrize("package", ["samba-fss", "smbshadow"])
def test_the_rpm_has_the_files_that_the_debian_package_has(package):
    assert sorted(rpm_files(package)) == sorted(set(debian_files(package)) - DEBIAN_ONLY)


@pytest.mark.parametrize("library", libraries())
def test_a_library_that_the_build_looks_for_is_among_the_build_dependencies(library):
    directory = subprocess.run(["pkg-config", "--variable=pcfiledir", library], check=True, capture_output=True,
                               text=True).stdout.strip()
    owner = subprocess.run(["dpkg-query", "--search", f"{directory}/{library}.pc"], check=True, capture_output=True,
                           text=True).stdout.partition(":")[0]
    control = (TOP / "debian" / "control").read_text(encoding="utf-8")
    needed = re.search(r"^Build-Depends: (.*?)^\S", control, re.MULTILINE | re.DOTALL)[1]
    assert owner in re.findall(r"[a-z0-9.+-]+-dev", needed)
    assert f"BuildRequires:  pkgconfig({library})\n" in SPEC


def test_documents_are_in_one_package_each():
    """debian/samba-fss.docs has all pages but those of smbshadow, which its own package has."""
    patterns = {package: (TOP / "debian" / f"{package}.docs").read_text(encoding="utf-8").split()
                for package in ("samba-fss", "smbshadow")}
    for page in sorted((TOP / "docs").glob("*.md")):
        name = f"docs/{page.name}"
        owners = [package for package, wanted in patterns.items()
                  if any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted)]
        assert owners == ["smbshadow" if page.name.startswith("smbshadow") else "samba-fss"], name
