# SPDX-License-Identifier: GPL-3.0-or-later
"""fss:max concurrent sets: several clients at work at once."""

import pytest

import leftovers
from fsrvp import Context, HResult
from rules import rule
from shadow_copies import added, delete, exposed, ok, recovered, refused, start

SANDBOX = ["--shares", "2", "--global", "fss:max concurrent sets = 2"]


@pytest.fixture(params=["one address", "two addresses"])
def clients(request, connect):
    """Two clients, each with a connection of its own."""
    return connect(), connect(source_address="127.0.0.2" if request.param == "two addresses" else None)


@rule("3.1.4.3 step 2", "with fss:max concurrent sets = 2, two clients make sets of the same share at once",
      source="issue")
def test_two_clients_make_sets_at_once(sandbox, clients):
    made = [exposed(client, sandbox, "share1") for client in clients]
    for client, each in zip(clients, made):
        ok(client.recovery_complete(each.set_id))
        with sandbox.connect(each.exposed("share1")) as copy:
            copy.list()
    for client, each in zip(clients, made):
        delete(client, sandbox, each)
    leftovers.assert_none(sandbox)


@rule("3.1.4.2 step 3a", "one client more than fss:max concurrent sets is refused", source="issue")
def test_a_third_client_is_refused(clients, connect):
    for client in clients:
        start(client)
    refused(connect(source_address="127.0.0.3").set_context(0), HResult.SHADOW_COPY_SET_IN_PROGRESS)


@rule("3.1.4.2 step 3a", "a third client may begin when one of the others is done", source="issue")
def test_a_third_client_follows_the_first(sandbox, clients, connect):
    recovered(clients[0], sandbox, "share1")
    start(clients[1])
    start(connect(source_address="127.0.0.3"))


@rule("3.1.4.2 step 5", "each client has a context of its own", source="issue")
def test_each_client_has_its_own_context(sandbox, clients):
    ok(clients[0].set_context(Context.AUTO_RECOVERY))
    ok(clients[1].set_context(Context.BACKUP))
    writable = {}
    for client in clients:
        set_id = ok(client.start()).set_id
        ok(client.add(set_id, sandbox.unc("share1")))
        ok(client.commit(set_id))
        before = set(leftovers.exposed_shares(sandbox))
        ok(client.expose(set_id))
        name, = set(leftovers.exposed_shares(sandbox)) - before
        writable[client] = sandbox.definition(name)["read only"] == "no"
    assert [writable[client] for client in clients] == [True, False]


@rule("3.1.4.8", "an aborted set takes none of the other client's with it", source="issue")
def test_an_abort_leaves_the_other_clients_set(sandbox, clients):
    first, second = (added(client, sandbox, "share1") for client in clients)
    ok(clients[0].abort(first.set_id))
    ok(clients[1].commit(second.set_id))


@rule("3.1.4.2 step 3b", "a client that begins anew loses its own set only", source="issue")
def test_beginning_anew_leaves_the_other_clients_set(sandbox, clients, dialect):
    first, second = (added(client, sandbox, "share1") for client in clients)
    ok(clients[0].set_context(0))
    refused(clients[0].commit(first.set_id), dialect.unknown_set)
    ok(clients[1].commit(second.set_id))
