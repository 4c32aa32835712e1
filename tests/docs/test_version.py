# SPDX-License-Identifier: GPL-3.0-or-later
"""The version in meson.build is that of the packages and of the list of changes."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PLACES = {
    "debian/changelog": r"^samba-fss \(([^)-]+)",
    "packaging/samba-fss.spec": r"^Version:\s*(\S+)",
    "CHANGELOG.md": r"^## (\S+)",
}


def first(path, pattern):
    return re.search(pattern, (TOP / path).read_text(encoding="utf-8"), re.MULTILINE).group(1)


@pytest.mark.parametrize("path", PLACES)
def test_the_version_is_that_of_the_build(path):
    assert first(path, PLACES[path]) == first("meson.build", r"^\s*version: '([^']+)'")
