# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what exposed shares take over leaves out nothing that Samba has."""

import pathlib
import re

import pytest

from exposed_table import documented, rows, tool
from harness import ROOT, checked, samba_minor


@pytest.fixture(scope="session")
def build_dir(request):
    return pathlib.Path(request.config.getoption("--build-dir") or ROOT / "build").resolve()


@pytest.fixture(scope="session")
def minor():
    return samba_minor()


def share_parameters():
    """Samba's share parameters; those that are another's synonym with it."""
    listed = checked(["testparm", "-s", "--show-all-parameters", "/dev/null"])
    section = listed.partition("[local]\n")[2].partition("[global]")[0]
    parameters = {}
    for line in section.splitlines():
        name, _, rest = line.partition("=")
        synonym = re.search(r"synonym of (.*)\)", rest)
        parameters[name] = synonym[1] if synonym else name
    parameters.pop("-valid")  # smbd's own mark
    return parameters


def test_the_table_has_just_the_share_parameters_of_this_samba(build_dir, minor):
    canonical = set(share_parameters().values())
    assert len(canonical) > 100
    assert canonical == set(rows(tool(build_dir), "option", minor))


def test_every_synonym_is_known(build_dir):
    parameters = share_parameters()
    found = tool(build_dir, *parameters).splitlines()
    assert dict(zip(parameters, found)) == parameters


def test_every_installed_module_is_in_the_table(build_dir, minor):
    (directory,) = pathlib.Path("/usr/lib").glob("*/samba/vfs")
    installed = {path.stem for path in directory.glob("*.so")}
    assert "acl_xattr" in installed
    assert installed <= set(rows(tool(build_dir), "module", minor))


def test_the_documentation_has_the_table(build_dir):
    assert documented() == tool(build_dir).strip("\n")
