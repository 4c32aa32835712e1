# SPDX-License-Identifier: GPL-3.0-or-later
"""vfs_module/operations.def against Samba's list of VFS operations, and against the module's code."""

import json
import pathlib
import re

import pytest

from harness import ROOT, checked

MODULE = ROOT / "vfs_module"


@pytest.fixture(scope="module")
def samba_source(request):
    build = request.config.getoption("--build-dir") or ROOT / "build"
    options = json.loads(checked(["meson", "introspect", "--buildoptions", build]))
    return pathlib.Path(next(option["value"] for option in options if option["name"] == "samba_source"))


def table():
    """(GATED, HOOKED or PASSED, operation, when it is there) in order."""
    rows = re.findall(r"^(GATED|HOOKED|PASSED)\((\w+), (\w+)", (MODULE / "operations.def").read_text(encoding="utf-8"),
                      re.MULTILINE)
    return [(kind, name, when) for kind, when, name in rows]


def is_there(when, minor):
    """Whether Samba 4.minor has an operation, by what the table says."""
    if when == "ALWAYS":
        return True
    word, limit = re.fullmatch(r"(SINCE|BEFORE)_4_(\d+)", when).groups()
    return (minor >= int(limit)) == (word == "SINCE")


def functions():
    """The bodies of the module's functions, by operation."""
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted(MODULE.glob("*.c")))
    return dict(re.findall(r"^[^\n;]*\bfss_vfs_(\w+)\([^;{]*\)\n\{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL))


def test_nothing_but_compat_asks_which_samba_it_is():
    asking = re.compile(r"^\s*#\s*(?:el)?if\b.*(SAMBA|SMB_VFS_INTERFACE)", re.MULTILINE)
    files = [file for folder in ("core", "fssctl", "requester", "rpc_plugin", "samba", "snap_helper", "vfs_module")
             for file in (ROOT / folder).rglob("*.[ch]*") if "compat" not in file.parts]
    assert len(files) > 200
    assert [] == [str(file) for file in files if asking.search(file.read_text(encoding="utf-8"))]


def test_the_table_names_just_the_operations_that_samba_has(samba_source):
    version = (samba_source / "bin" / "default" / "version.h").read_text(encoding="utf-8")
    minor = int(re.search(r"#define SAMBA_VERSION_MINOR (\d+)", version)[1])
    header = (samba_source / "source3" / "include" / "vfs.h").read_text(encoding="utf-8")
    pointers = header.partition("struct vfs_fn_pointers {")[2].partition("\n};")[0]
    assert [name for _, name, when in table() if is_there(when, minor)] == re.findall(r"\(\*(\w+)_fn\)\(", pointers)


@pytest.mark.parametrize("operation", [name for kind, name, _ in table() if kind == "GATED"])
def test_a_gated_operation_passes_the_gate_around_the_next_module(operation):
    body = functions()[operation]
    if operation == "pwrite_send":
        assert "fss_gate_enter_pending(gate)" in body and "fss_pwrite_start(state)" in body
        return
    calls = re.findall(rf"fss_enter|fss_leave|(?<=VFS_|FSS_)NEXT_{operation.upper()}\b", body)
    assert calls[-3:] == ["fss_enter", f"NEXT_{operation.upper()}", "fss_leave"]


@pytest.mark.parametrize("operation", [name for kind, name, _ in table() if kind != "GATED"])
def test_no_other_operation_passes_it(operation):
    assert "fss_enter" not in functions().get(operation, "")
