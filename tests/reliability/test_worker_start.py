# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker reads of the store when it starts."""

import os

from fsrvp import HResult
from processes import workers
from restarts import restart_workers
from shadow_copies import ok, recovered


def _spoil_key(path, key):
    """Changes a letter of a record's key where it stands: no call asks for it, but the file is not sound."""
    content = path.read_bytes()
    assert key in content
    descriptor = os.open(path, os.O_WRONLY)
    try:
        at = content.find(key)
        while at >= 0:
            os.pwrite(descriptor, b"z", at + len(key) - 1)
            at = content.find(key, at + 1)
    finally:
        os.close(descriptor)


def test_the_whole_store_is_checked_by_the_first_worker_only(make_sandbox):
    sandbox = make_sandbox("--global", "rpcd_fss:num_workers = 2")
    with sandbox.client() as first:
        made = recovered(first, sandbox, "share1")
        assert len(workers(sandbox)) == 1
        _spoil_key(sandbox.dir / "state" / "fss.tdb", f"set/{str(made.set_id).upper()}".encode())
        with sandbox.client() as second:
            ok(second.set_context(0))
            assert len(workers(sandbox)) == 2
            ok(first.is_path_shadow_copied(sandbox.unc("share1")))
    assert not sandbox.log_line(r"fss\.tdb is damaged")
    restart_workers(sandbox)
    with sandbox.client() as client:
        assert client.set_context(0).hresult != HResult.OK
    assert sandbox.log_line(r"fss\.tdb is damaged")
