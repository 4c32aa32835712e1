# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reboot of the machine leaves, MS-FSRVP 2.2.2.1.

The record is changed to be one of an earlier boot, which the agent's first
worker then finds.
"""

import pytest

import configuration
import leftovers
import processes
import records
import soon
from fsrvp import Context
from rules import rule
from shadow_copies import delete, ok, recovered

SANDBOX = ["--shares", "2", "--global", "log level = 3"]  # of its own, for the sake of the others
pytestmark = pytest.mark.other_store

NON_PERSISTENT = [Context.BACKUP, Context.FILE_SHARE_BACKUP, Context.AUTO_RECOVERY]
PERSISTENT = [Context.APP_ROLLBACK, Context.NAS_ROLLBACK, Context.APP_ROLLBACK | Context.NO_AUTO_RECOVERY]


def hexadecimal(value):
    return f"0x{int(value):08X}"


@pytest.fixture
def rebooted(sandbox, connect):
    """Makes a set, lets the machine have been started anew, and gives the set and a client."""
    def run(context):
        client = connect()
        made = recovered(client, sandbox, "share1", context=context)
        client.close()
        processes.kill_workers(sandbox)
        records.pretend_another_boot(sandbox, made.set_id)
        return made, processes.client_of_a_new_worker(connect)
    return run


@rule("2.2.2.1", "without ATTR_PERSISTENT a shadow copy is gone after a reboot of the machine, and the reason is "
      "logged")
@pytest.mark.parametrize("context", NON_PERSISTENT, ids=hexadecimal)
def test_what_is_not_persistent_is_removed(sandbox, rebooted, context):
    made, client = rebooted(context)
    soon.nothing_left(sandbox)
    assert not ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    assert sandbox.log_line(f"{made.set_id} .*removed.*not persistent")


@rule("2.2.2.1", "with ATTR_PERSISTENT a shadow copy survives a reboot of the machine")
@pytest.mark.parametrize("context", PERSISTENT, ids=hexadecimal)
def test_what_is_persistent_stays(sandbox, rebooted, context):
    made, client = rebooted(context)
    assert ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
    delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("2.2.2.1", "with fss:keep non-persistent = yes all shadow copies survive a reboot", source="issue")
def test_what_is_not_persistent_can_be_kept(sandbox, rebooted):
    with configuration.also(sandbox, "fss:keep non-persistent = yes"):
        made, client = rebooted(Context.BACKUP)
        assert ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
        delete(client, sandbox, made)
    leftovers.assert_none(sandbox)


@rule("2.2.2.1", "a new worker without a reboot touches no shadow copy, persistent or not", source="issue")
@pytest.mark.parametrize("context", [*NON_PERSISTENT, *PERSISTENT], ids=hexadecimal)
def test_a_new_worker_touches_nothing(sandbox, connect, context):
    client = connect()
    made = recovered(client, sandbox, "share1", context=context)
    client.close()
    processes.kill_workers(sandbox)
    client = processes.client_of_a_new_worker(connect)
    assert ok(client.is_path_shadow_copied(sandbox.unc("share1"))).present
    with sandbox.connect(made.exposed("share1")) as copy:
        copy.list()
