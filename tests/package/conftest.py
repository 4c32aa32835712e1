# SPDX-License-Identifier: GPL-3.0-or-later
"""The built packages, and a fresh root to install them in."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import base
import prerequisites
from root import Root

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD_SECONDS = 900
NEXT = "+next"
# As debian/rules builds it but for the compiler's diligence: what is tested here is the package.
QUICK = {"DEB_BUILD_OPTIONS": "noopt noautodbgsym", "DEB_CFLAGS_STRIP": "-g", "DEB_CXXFLAGS_STRIP": "-g"}


class Packages:
    """One build: its .deb files by package, and its .changes."""

    def __init__(self, directory):
        self.changes, = directory.glob("*.changes")
        self.files = {path.name.partition("_")[0]: path for path in directory.glob("*.deb")}

    def __getitem__(self, name):
        return self.files[name]

    def copy_to(self, directory):
        directory.mkdir()
        kept = [*self.files.values(), self.changes, *self.changes.parent.glob("*.buildinfo")]
        for path in kept:
            shutil.copy(path, directory)
        return Packages(directory)


def _build(output, *options):
    command = [str(TOP / "scripts" / "package"), "--no-setup", "--output", str(output), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False,
                          env={**os.environ, **QUICK, "PATH": "/usr/bin:/usr/sbin:/bin:/sbin"})
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return Packages(output)


def pytest_addoption(parser):
    parser.addoption("--packages", type=pathlib.Path,
                     help="packages that were built before: DIR/this, and DIR/next of a higher version")


@pytest.fixture(scope="session")
def directory():
    """For this run; users of the root pass through it."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="samba-fss-package."))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def builds(directory, request):
    """This version, and a higher one."""
    if kept := request.config.getoption("--packages"):
        return Packages(kept / "this"), Packages(kept / "next")
    output = directory / "build"
    this = _build(output).copy_to(directory / "this")
    following = _build(output, "--no-clean", "--version-suffix", NEXT).copy_to(directory / "next")
    return this, following


@pytest.fixture(scope="session")
def packages(builds):
    """What is built from this tree."""
    return builds[0]


@pytest.fixture(scope="session")
def root(directory, packages):
    """A fresh server, in the state that the guide expects."""
    reason = prerequisites.missing()
    if reason and os.environ.get("CI"):
        pytest.fail(f"in CI no test may be skipped, but {reason}")
    if reason:
        pytest.skip(f"{prerequisites.MARK}: {reason}")
    root = Root(base.tarball([packages["samba-fss"], packages["smbshadow"]]), directory)
    yield root
    root.close()
