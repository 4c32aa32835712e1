# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes of the Samba in a root another build of it: texts in its files are replaced by others of the same length.

Names of symbol versions are compared byte by byte when a program is started, and Samba's
libraries and programs are changed alike: so they fit together, and nothing else that names
the former versions fits them. Their hashes stay, which the loader compares as well; they are
the same on both sides.
"""

import os
import re

# smbd may run while its file is replaced.
NEW = ".new"


class Samba:
    """The distribution's Samba in a root."""

    def __init__(self, root):
        self.root = root
        packages = root.must("dpkg-query -W -f='${source:Package} ${Package}\\n'").splitlines()
        names = [line.split()[1] for line in packages if line.startswith("samba ")]
        listed = root.must(f"dpkg-query -L {' '.join(names)} | sort -u").splitlines()
        self.files = [path for path in map(root.file, listed)
                      if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"]
        self.version = re.fullmatch(r"Version (\S+)\n", root.must("smbd --version"))[1]
        self.upstream = self.version.partition("-")[0]

    def symbol_versions(self):
        """What the private symbols' versions are called: one name, with the upstream version in it."""
        found = set()
        for path in self.files:
            found.update(re.findall(rb"SAMBA_\d+\.\d+\.\d+\w*", path.read_bytes()))
        return {name.decode() for name in found}

    def replace(self, *texts):
        """Replaces texts, as (before, after), in all files."""
        count = 0
        for path in self.files:
            content = path.read_bytes()
            changed = content
            for before, after in texts:
                assert len(before) == len(after)
                changed = changed.replace(before.encode(), after.encode())
            if changed != content:
                new = path.with_name(path.name + NEW)
                new.write_bytes(changed)
                new.chmod(path.stat().st_mode & 0o7777)
                os.replace(new, path)
                count += 1
        assert count, texts
        self.root.must("ldconfig")
        self.root.must("service smbd restart")
        self.root.wait("smbclient -L 127.0.0.1 -U $USER")
