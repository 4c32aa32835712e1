# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow's sets over two servers, and on the distribution's own agent."""

import contextlib
import os
import signal

import pytest

import leftovers
from smbshadow import Smbshadow, children_of_smbd, finish, nothing_left, same_password, soon

NOT_FOUND = 5


def server(make_sandbox, *options):
    return make_sandbox("--shares", "2", "--volumes", "2", *options)


@pytest.fixture(name="servers")
def _servers(make_sandbox):
    """This build's agent on one address, and the same on another."""
    first = server(make_sandbox)
    second = server(make_sandbox, "--address", "127.0.0.2", "--port", str(first.port))
    same_password(first, second)
    return first, second


@pytest.fixture(name="shadow")
def _shadow(servers, request, tmp_path):
    return Smbshadow(servers[0], request.config.getoption("--build-dir"), tmp_path)


def on_both(servers):
    return [f"//{servers[0].host}/share1", f"//{servers[0].host}/share2", f"//{servers[1].host}/share1"]


def assert_nothing(servers):
    for each in servers:
        leftovers.assert_none(each)


def check_made_and_deleted(servers, shadow, tmp_path):
    made = shadow.create(*on_both(servers))
    first, second, third = made["copies"]
    assert first["serverSetId"] == second["serverSetId"] != third["serverSetId"]
    assert servers[0].smbclient(first["exposedName"], "ls").ok
    assert servers[1].smbclient(third["exposedName"], "ls").ok
    shadow.ok("copy", made["id"], tmp_path / "copy")
    assert [(tmp_path / "copy" / place / ".smbshadow").is_dir() for place in (
        f"{servers[0].host}/share1", "share2", f"{servers[1].host}/share1")] == [True] * 3
    shadow.ok("delete", made["id"])
    assert_nothing(servers)


def test_a_set_over_two_servers(servers, shadow, tmp_path):
    """One sequence for all: sandboxes take time."""
    check_made_and_deleted(servers, shadow, tmp_path)
    check_one_server_refuses(servers, shadow)
    check_one_server_stands_still(servers, shadow, tmp_path)
    check_one_server_is_gone(servers, shadow)


def check_one_server_refuses(servers, shadow):
    done = shadow("create", *on_both(servers), f"//{servers[1].host}/nosuch")
    assert done.code == NOT_FOUND and servers[1].host in done.output, str(done)
    assert_nothing(servers)
    assert shadow.listed() == []


def check_one_server_stands_still(servers, shadow, tmp_path):
    """Its Commit is not answered: the other's is taken back."""
    frozen, thawed = tmp_path / "frozen", tmp_path / "thawed"
    before = set(children_of_smbd(servers[1]))
    process = shadow.start("create", "--frozen", "4", "--freeze", f"touch {frozen}; sleep 2",
                           "--thaw", f"touch {thawed}", *on_both(servers))
    assert soon(frozen.exists)
    stopped = [pid for pid in children_of_smbd(servers[1]) if pid not in before]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        done = finish(process)
        assert done.code != 0 and thawed.exists(), str(done)
        leftovers.assert_none(servers[0])
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    nothing_left(servers[1])
    for each in shadow.listed():
        shadow.ok("delete", each["id"])


def check_one_server_is_gone(servers, shadow):
    """Deleting does what can be done, says what cannot, and can be repeated."""
    made = shadow.create(*on_both(servers))
    stopped = [servers[1].pids["smbd"], *children_of_smbd(servers[1])]
    for pid in stopped:
        with contextlib.suppress(ProcessLookupError):  # the first one's end may end the others
            os.kill(pid, signal.SIGKILL)
    done = shadow("delete", made["id"])
    assert done.code == 12 and servers[1].host in done.output, str(done)
    assert [copy["host"] for copy in shadow.listed()[0]["copies"]] == [servers[1].host]
    leftovers.assert_none(servers[0])
    servers[1].exchange("--no-wait")  # what it waits with has the password of before
    assert soon(lambda: shadow("check", f"//{servers[1].host}/share1").ok)
    shadow.ok("delete", made["id"])
    assert_nothing(servers)


def test_the_distributions_own_agent(make_sandbox, request, tmp_path):
    sandbox = server(make_sandbox, "--agent", "stock")
    shadow = Smbshadow(sandbox, request.config.getoption("--build-dir"), tmp_path)
    (sandbox.shares["share1"].path / "file").write_text("before", encoding="utf-8")
    shares = [f"//{sandbox.host}/share1", f"//{sandbox.host}/share2"]

    made = shadow.create("--persistent", *shares)
    (sandbox.shares["share1"].path / "file").write_text("after", encoding="utf-8")
    assert "before" in sandbox.smbclient(made["copies"][0]["exposedName"], "get file -").output
    shadow.ok("delete", made["id"])

    recovering = shadow.create("--auto-recovery", *shares)
    shadow.ok("complete", recovering["id"])
    shadow.ok("delete", recovering["id"])

    # Its Abort does nothing once the snapshots are made.
    failing = shadow("create", "--freeze", "true", "--thaw", "exit 1", *shares)
    assert failing.code == 10 and "LEFT BEHIND" not in failing.output, str(failing)
    unfinished = shadow.create("--auto-recovery", *shares)
    shadow.ok("delete", unfinished["id"])
    assert shadow("create", *shares, f"//{sandbox.host}/nosuch").code == NOT_FOUND
    assert shadow.listed() == []
    leftovers.assert_none(sandbox)
