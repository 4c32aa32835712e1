#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes libraries to link against in the place of Samba's private ones, without symbol versions.

usage: stubs.py OUTPUT-DIRECTORY LIBRARY… -- COMPILER…

The version of a private symbol names Samba's version, and often the distribution's revision of
it (SAMBA_4.22.11_DEBIAN_4.22.11_DFSG_0_DEB13U1_PRIVATE_SAMBA): what is linked against it runs
with no other. A stub has the soname and the symbols of its library and no code; what is linked
against it asks for the symbols' names only. Which Samba it may run with is checked when it
starts: fss_version.h.
"""

import pathlib
import re
import subprocess
import sys

SECTIONS = {"FUNC": ".text", "IFUNC": ".text", "OBJECT": ".data", "TLS": ".tdata,\"awT\",@progbits"}
TYPES = {"FUNC": "function", "IFUNC": "function", "OBJECT": "object", "TLS": "tls_object"}
# As in: 12: 0000000000001130 42 FUNC GLOBAL DEFAULT 13 name@@VERSION
SYMBOL = re.compile(r"\s*\d+:\s+[0-9a-f]+\s+(\w+)\s+(\w+)\s+(?:GLOBAL|WEAK|UNIQUE)\s+DEFAULT\s+(\w+)\s+(\w[\w.$]*)")


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True, capture_output=True, text=True).stdout


def soname(library):
    return re.search(r"\(SONAME\).*\[(.*)\]", readelf("--dynamic", library))[1]


def assembly(library):
    """Defines what the library exports. Objects have their size: a program may keep a copy of one.

    Absolute are the names of its versions.
    """
    yield '.section .note.GNU-stack,"",%progbits'
    for line in readelf("--dyn-syms", library).splitlines():
        symbol = SYMBOL.match(line)
        if not symbol or symbol[3] in ("UND", "ABS") or symbol[2] not in TYPES:
            continue
        size, kind, name = int(symbol[1], 0), symbol[2], symbol[4]
        yield f".section {SECTIONS[kind]}\n.balign 32\n.globl {name}\n.type {name}, %{TYPES[kind]}"
        yield f".size {name}, {size}\n{name}: .skip {max(size, 1) if kind in ('OBJECT', 'TLS') else 1}"


def make(library, directory, compiler):
    stub = directory / stub_name(library)
    source = stub.with_suffix(".s")
    source.write_text("\n".join(assembly(library)) + "\n", encoding="ascii")
    subprocess.run([*compiler, "-shared", "-nostdlib", f"-Wl,-soname,{soname(library)}", "-o", stub, source], check=True)


def stub_name(library):
    """Not the soname: no program is started with a stub, wherever it looks."""
    return re.sub(r"\.so.*", ".stub.so", pathlib.Path(library).name)


def main():
    separator = sys.argv.index("--")
    for library in sys.argv[2:separator]:
        make(library, pathlib.Path(sys.argv[1]), sys.argv[separator + 1:])


if __name__ == "__main__":
    main()
