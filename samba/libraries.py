#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds Samba's libraries by name: distributions ship no development links for the private ones.

usage: libraries.py PRIVATE-DIRECTORY PUBLIC-DIRECTORY NAME…

Prints one path for each name. NAME? is one that not every version has.
"""

import pathlib
import re
import sys

# One that every Samba has as a private library: its file tells how they are called here.
EXAMPLE = "smbd-base"


def private_suffix(directory):
    """As "-samba4" or "-private-samba": what stands between a private library's name and ".so"."""
    for path in directory.glob(f"lib{EXAMPLE}-*.so*"):
        return re.fullmatch(rf"lib{EXAMPLE}(-.*?)\.so.*", path.name)[1]
    sys.exit(f"there is no lib{EXAMPLE} in {directory}")


def newest(paths):
    """The development link, where there is one, or the highest version; None: there is none."""
    found = [path for path in paths if re.search(r"\.so(\.\d+)*$", path.name)]
    return min(found, key=lambda path: (not path.name.endswith(".so"),
                                        [-int(number) for number in re.findall(r"\.(\d+)", path.name)]), default=None)


def find(name, private, public, suffix):
    # A name that ends in the suffix has it once.
    full = name if name.endswith(suffix) else name + suffix
    return (newest(public.glob(f"lib{name}.so*")) or newest(private.glob(f"lib{full}.so*"))
            or newest(private.glob(f"lib{name}.so*")))


def main():
    private, public = (pathlib.Path(argument) for argument in sys.argv[1:3])
    suffix = private_suffix(private)
    for argument in sys.argv[3:]:
        name = argument.rstrip("?")
        path = find(name, private, public, suffix)
        if path:
            print(path)
        elif name == argument:
            sys.exit(f"Samba's library {name} is neither in {private} nor in {public}")


if __name__ == "__main__":
    main()
