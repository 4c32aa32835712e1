# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that connects to shares again and again costs its smbd nothing that stays."""

import os
import re
import time

import pytest
from impacket.smbconnection import SessionError

from fsrvp.connection import smb_connection
from harness import checked
from shadow_copies import shadow_copy_set

SANDBOX = ["--share", "fss:store directory = /nonexistent/store"]
SETTLED, CYCLES = 100, 1000
# Seconds after which smbd's processes have read their configuration again for the sake of a share that came or
# went: what that costs is Samba's, and once for each change.
ANNOUNCED = 2


def serving(sandbox):
    """The pid of the user's smbd."""
    output = checked(["smbstatus", "-s", sandbox.conf, "--processes"])
    pids = re.findall(rf"^(\d+) +{sandbox.nobody[0]} ", output, re.MULTILINE)
    assert len(pids) == 1, output
    return pids[0]


def pools(sandbox, pid):
    """Talloc memory: bytes, blocks, and the whole report."""
    output = checked(["smbcontrol", "-s", sandbox.conf, pid, "pool-usage"])
    total = re.search(r"full talloc report on .* \(total +(\d+) bytes in +(\d+) blocks\)", output)
    assert total, output[:500]
    return int(total[1]), int(total[2]), output


def descriptors(pid):
    return sorted(os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd"))


def cycle(connection, share, times):
    for number in range(times):
        tree = connection.connectTree(share)
        if number % 10 == 0:
            connection.listPath(share, "*")
        connection.disconnectTree(tree)


def refused_cycle(connection, share, times):
    for _ in range(times):
        with pytest.raises(SessionError):
            connection.connectTree(share)


@pytest.fixture(params=["share", "exposed"])
def share(request, sandbox):
    base = sandbox.shares["share1"].path
    for number in range(3):
        (base / f"file{number}").write_text("content")
    if request.param == "share":
        yield "share1"
        return
    checked(["sed", "-i", "/fss:store directory/d", sandbox.conf])
    with shadow_copy_set(sandbox, "share1") as made:
        yield made.exposed("share1")


def assert_nothing_is_left(sandbox, share, run_cycles):
    time.sleep(ANNOUNCED)
    connection = smb_connection(sandbox.host, sandbox.port, *sandbox.nobody)
    try:
        run_cycles(connection, share, SETTLED)
        pid = serving(sandbox)
        pools(sandbox, pid)  # its own answer settles, too
        files, (size, blocks, report) = descriptors(pid), pools(sandbox, pid)
        run_cycles(connection, share, CYCLES - SETTLED)
        files_after, (size_after, blocks_after, report_after) = descriptors(pid), pools(sandbox, pid)
    finally:
        connection.close()
    assert files_after == files
    assert (size_after, blocks_after) == (size, blocks), difference(report, report_after)


def test_a_thousand_tree_connects_leave_nothing(sandbox, share):
    assert_nothing_is_left(sandbox, share, cycle)


def test_a_thousand_refused_tree_connects_leave_nothing(sandbox):
    sandbox.add_registry_share("misplaced", sandbox.shares["share1"].path, vfs_objects="fss catia")
    assert_nothing_is_left(sandbox, "misplaced", refused_cycle)


def difference(before, after):
    """The lines that one report of talloc has more often than the other."""
    def lines(report):
        counts = {}
        for line in re.sub(r"0x[0-9a-f]+", "", report).splitlines():
            counts[line] = counts.get(line, 0) + 1
        return counts
    old, new = lines(before), lines(after)
    return "\n".join(f"{new[line] - old.get(line, 0):+5} {line}" for line in new if new[line] != old.get(line, 0))
