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

# What a file server has before samba-fss comes, and the clients of the test.
SERVER = ("samba", "samba-common-bin", "samba-vfs-modules", "smbclient", "libpam-modules")
CACHE = pathlib.Path(os.environ.get("SAMBA_FSS_CACHE", "/var/cache/samba-fss"))
SECONDS = 900


def _output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _archives():
    """The files of apt's that name a Debian archive for packages."""
    rows = _output("apt-get", "indextargets", "--format", "$(CREATED_BY)|$(ORIGIN)|$(SOURCESENTRY)").splitlines()
    found = {row.split("|")[2].rpartition(":")[0] for row in rows if row.startswith("Packages|Debian|")}
    assert found, "apt on this machine knows no Debian archive"
    return sorted(found)


def _apt_options():
    """What this machine's apt is told about its archive that an apt elsewhere has to be told, too."""
    rows = _output("apt-config", "dump").splitlines()
    wanted = re.compile(r"Acquire::(Check-|https?::Proxy|Retries)")
    return [f"--aptopt={row.rstrip(';')}" for row in rows if wanted.match(row)]


def _needs(packages):
    """Names of the packages that some ask for, first alternatives only."""
    text = ", ".join(_output("dpkg-deb", "-f", package, field).strip()
                     for package in packages for field in ("Depends", "Recommends"))
    names = {re.split(r"[\s(|:]", word.strip())[0] for word in text.split(",")}
    return sorted(names - {""})


def tarball(packages):
    """Makes the root that packages can be installed in, where it is not kept already; returns its tarball."""
    version = _output("dpkg-query", "-W", "-f=${Version}", "samba")
    codename = re.search(r"^VERSION_CODENAME=(\S+)$", pathlib.Path("/etc/os-release").read_text(encoding="ascii"),
                         re.MULTILINE)[1]
    needs = _needs(packages)
    key = hashlib.sha256("\n".join([version, codename, *SERVER, *needs]).encode()).hexdigest()[:12]
    kept = CACHE / f"root-{codename}-{key}.tar"
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    new = kept.with_suffix(".new")
    download = f'chroot "$1" apt-get install --yes --download-only {" ".join(needs)}'
    subprocess.run(["mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar", "--quiet", *_apt_options(),
                    f"--include={','.join(SERVER)}", "--skip=cleanup/apt",
                    '--customize-hook=chroot "$1" apt-get clean', f"--customize-hook={download}",
                    codename, str(new), *_archives()],
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
