#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that programs ask for no version of a private symbol of Samba's: see stubs.py.

usage: linked.py FILE…
"""

import re
import subprocess
import sys


def main():
    wrong = False
    for file in sys.argv[1:]:
        needs = subprocess.run(["readelf", "--wide", "--version-info", file], check=True, capture_output=True,
                               text=True).stdout
        for version in sorted(set(re.findall(r"Name: (SAMBA_\d+\.\d+\S*)", needs))):
            print(f"{file} needs {version}, and works with this very build of Samba only", file=sys.stderr)
            wrong = True
    sys.exit(wrong)


if __name__ == "__main__":
    main()
