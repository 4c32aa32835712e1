# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of Previous Versions share, whoever makes the snapshots."""

import contextlib

import pytest

from fsrvp import SmbError, Versions, label_of
from harness import samba_minor

ACCESS_DENIED = 0xC0000022
NOT_FOUND = (0xC0000034, 0xC000003A)  # STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND
WRITE_PROTECTED = 0xC00000A2


def put(path, text, mode=0o644):
    path.write_text(text, encoding="ascii")
    path.chmod(mode)


@contextlib.contextmanager
def versions(sandbox, share="share1", user=None):
    """Previous versions as an ordinary user sees them."""
    with sandbox.connect(share, user or sandbox.nobody) as connected:
        yield Versions(connected)


@contextlib.contextmanager
def further_share(sandbox, name, path, **parameters):
    sandbox.add_registry_share(name, path, **{"fss:previous versions": "yes", **parameters})
    try:
        yield
    finally:
        sandbox.net("conf", "delshare", name)


def check_absolute_link(seen, path, when, content):
    """An absolute link into the share: Samba 4.22 follows it, from the version's root on; 4.17 refuses it."""
    if samba_minor() < 22:
        with pytest.raises(SmbError):
            seen.read(path, when)
    else:
        assert seen.read(path, when) == content


def label_of_copy(made, share="share1"):
    return label_of(made.mappings[share].creation_timestamp)


def refusal(function, *arguments):
    with pytest.raises(SmbError) as refused:
        function(*arguments)
    return refused.value.code
