# SPDX-License-Identifier: GPL-3.0-or-later
"""Where this machine's apt has its Debian from, and the same for another release."""

import dataclasses
import pathlib
import re
import subprocess

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# These have no suites beside them.
ALONE = ("sid", "unstable", "experimental")


def _output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclasses.dataclass(frozen=True)
class Archive:
    """One suite of a Debian archive that apt has packages from."""

    file: str  # of apt's, that names it
    url: str
    suite: str  # by codename, as "bookworm-updates"


def archives():
    """The Debian archives of this machine."""
    form = "$(CREATED_BY)|$(ORIGIN)|$(SOURCESENTRY)|$(REPO_URI)|$(CODENAME)"
    rows = [row.split("|") for row in _output("apt-get", "indextargets", "--format", form).splitlines()]
    found = {Archive(row[2].rpartition(":")[0], row[3], row[4]) for row in rows if row[:2] == ["Packages", "Debian"]}
    if not found:
        raise LookupError("apt on this machine knows no Debian archive; try: apt-get update")
    return sorted(found, key=dataclasses.astuple)


def options():
    """What this machine's apt is told about its archive that an apt elsewhere has to be told, too."""
    rows = _output("apt-config", "dump").splitlines()
    wanted = re.compile(r"Acquire::(Check-|https?::Proxy|Retries)")
    return [row.rstrip(";") for row in rows if wanted.match(row)]


def codename():
    """Of the Debian that this machine runs."""
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return re.search(r"^VERSION_CODENAME=(\S+)$", release, re.MULTILINE)[1]


def sources(release, backports=False):
    """What apt of another release is to be told: the archives of this machine, with that release's suites."""
    here = codename()
    suites = {}
    for archive in archives():
        base, dash, rest = archive.suite.partition("-")
        if base == here and rest != "backports" and not (dash and release in ALONE):
            suites.setdefault(archive.url, []).append(f"{release}{dash}{rest}")
            if backports and not dash:
                suites[archive.url].append(f"{release}-backports")
    signed = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
    return "\n".join(f"Types: deb\nURIs: {url}\nSuites: {' '.join(names)}\nComponents: main\n{signed}"
                     for url, names in suites.items())
