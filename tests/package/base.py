# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal Debian with the distribution's Samba, as a tarball that is kept.

What samba-fss depends on lies in the root's package cache, so that apt-get
installs the package without a network, and as a fresh server would.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from release_lib import archive  # noqa: E402

# What a file server has before samba-fss comes, and the clients of the test.
SERVER = ("samba", "samba-common-bin", "samba-vfs-modules", "smbclient", "libpam-modules")
CACHE = pathlib.Path(os.environ.get("SAMBA_FSS_CACHE", "/var/cache/samba-fss"))
SECONDS = 900


def _output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _needs(packages):
    """Names of the packages that some ask for, first alternatives only."""
    text = ", ".join(_output("dpkg-deb", "-f", package, field).strip()
                     for package in packages for field in ("Depends", "Recommends"))
    names = {re.split(r"[\s(|:]", word.strip())[0] for word in text.split(",")}
    return sorted(names - {""})


def tarball(packages):
    """Makes the root that packages can be installed in, where it is not kept already; returns its tarball."""
    version = _output("dpkg-query", "-W", "-f=${Version}", "samba")
    codename = archive.codename()
    needs = _needs(packages)
    key = hashlib.sha256("\n".join([version, codename, *SERVER, *needs]).encode()).hexdigest()[:12]
    kept = CACHE / f"root-{codename}-{key}.tar"
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    new = kept.with_suffix(".new")
    download = f'chroot "$1" apt-get install --yes --download-only {" ".join(needs)}'
    options = [f"--aptopt={option}" for option in archive.options()]
    subprocess.run(["mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar", "--quiet", *options,
                    f"--include={','.join(SERVER)}", "--skip=cleanup/apt",
                    '--customize-hook=chroot "$1" apt-get clean', f"--customize-hook={download}",
                    codename, str(new), *sorted({each.file for each in archive.archives()})],
                   check=True, timeout=SECONDS, env={**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": _temporary()})
    for earlier in CACHE.glob(f"root-{codename}-*.tar"):
        earlier.unlink()
    shutil.move(new, kept)
    return kept


def _temporary():
    """mmdebstrap wants a directory that _apt can enter, and devices be made in."""
    path = CACHE / "tmp"
    path.mkdir(exist_ok=True)
    path.chmod(0o755)
    return str(path)
