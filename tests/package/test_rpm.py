# SPDX-License-Identifier: GPL-3.0-or-later
"""The RPM's spec, built on Debian: with its paths, and with macros that stand for Fedora's and openSUSE's."""

import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SPEC = TOP / "packaging" / "samba-fss.spec"
SECONDS = 900
EVR = re.compile(r"(?:(\d+):)?(\d+)\.(\d+)\.(\d+)")


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def samba():
    """Epoch, major, minor and patch of the Samba that is installed."""
    return EVR.match(output("dpkg-query", "-W", "-f=${Version}", "samba")).groups("0")


@pytest.fixture(scope="module")
def definitions(directory, samba):
    epoch, *version = samba
    libraries = pathlib.Path("/usr/lib") / output("gcc", "-print-multiarch").strip()
    values = {"_topdir": directory / "rpm", "_libdir": libraries,
              "_unitdir": "/lib/systemd/system", "samba_epoch": epoch, "samba_version": ".".join(version),
              "samba_source": os.environ["SAMBA_SOURCE"]}
    return [f"--define={name} {value}" for name, value in values.items()]


@pytest.fixture(scope="module")
def rpms(directory, definitions):
    """The packages that rpmbuild makes of this tree, by name."""
    top = directory / "rpm"
    (top / "SOURCES").mkdir(parents=True)
    listed = output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=TOP) \
        if (TOP / ".git").exists() else None
    version = re.search(r"^Version: +(\S+)", SPEC.read_text(encoding="utf-8"), re.MULTILINE)[1]
    named = ["--null", "--files-from=-"] if listed else ["--exclude=./build*", "."]
    subprocess.run(["tar", "--transform", f"s,^\\(\\./\\)\\?,samba-fss-{version}/,", "-czf",
                    top / "SOURCES" / f"samba-fss-{version}.tar.gz", *named],
                   cwd=TOP, input=listed, text=True, check=True, timeout=SECONDS)
    ccache = TOP / "scripts" / "build" / "ccache"
    output("rpmbuild", "-bb", "--nodeps", f"--load={TOP}/tests/package/rpm.macros", *definitions, SPEC,
           env={**os.environ, "CC": f"{ccache} gcc", "CXX": f"{ccache} g++", "PATH": "/usr/bin:/usr/sbin:/bin:/sbin"})
    built = (top / "RPMS").rglob("*.rpm")
    return {path.name.rpartition("-0.")[0]: path for path in built}


def test_both_packages_are_built_for_the_samba_that_is_installed(rpms):
    assert set(rpms) == {"samba-fss", "smbshadow"}


@pytest.mark.parametrize("package, needed", [("samba-fss", "samba"), ("smbshadow", "samba-client-libs")])
def test_a_package_asks_for_samba_within_the_minor_version(rpms, samba, package, needed):
    epoch, major, minor, patch = samba
    required = output("rpm", "-qp", "--requires", rpms[package]).splitlines()
    assert (f"({needed} >= {epoch}:{major}.{minor}.{patch} with {needed} < {epoch}:{major}.{int(minor) + 1})"
            in required), required


@pytest.mark.parametrize("package", ["samba-fss", "smbshadow"])
def test_no_version_of_a_symbol_of_samba_is_asked_for(rpms, package):
    """An update of Samba to another revision would be kept back."""
    libraries = [line for line in output("rpm", "-qp", "--requires", rpms[package]).splitlines() if ".so" in line]
    assert any(re.match(r"lib(?:smb|samba)\S+\.so", line) for line in libraries), libraries
    assert not [line for line in libraries if re.search(r"\(SAMBA_\w*(?:PRIVATE|DEBIAN)|\(SAMBA_\d", line)]


@pytest.mark.parametrize("package", ["samba-fss", "smbshadow"])
def test_scripts_are_such_that_a_shell_reads(rpms, package):
    for query in ("--scripts", "--triggers", "--filetriggers"):
        text = output("rpm", "-qp", query, rpms[package])
        script = "".join("\n" if re.match(r"\w+ (?:scriptlet|program|\()|trigger\w+ scriptlet|transfiletrigger", line)
                         else f"{line}\n" for line in text.splitlines())
        done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{script}"
