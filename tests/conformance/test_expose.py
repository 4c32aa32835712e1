# SPDX-License-Identifier: GPL-3.0-or-later
"""ExposeShadowCopySet, MS-FSRVP 3.1.4.6."""

import pytest

import leftovers
import states
from fsrvp import HResult, SmbError
from harness import checked
from rules import rule
from shadow_copies import committed, exposed, ok, refused

SANDBOX = ["--shares", "2"]


@rule("3.1.4.6 step 1", "an unknown set is FSRVP_E_SHADOWCOPYSET_ID_MISMATCH, E_INVALIDARG in the text of 2012")
def test_an_unknown_set(client, dialect):
    refused(client.expose(states.NOBODYS), dialect.unknown_set)


@rule("3.1.4.6 step 2", "a set that is exposed cannot be exposed again")
def test_expose_twice(sandbox, client):
    made = exposed(client, sandbox, "share1")
    refused(client.expose(made.set_id), HResult.BAD_STATE)


@rule("3.1.4.6 step 4", "every share of the set is published, and none before")
def test_all_shares_are_published(sandbox, client):
    made = committed(client, sandbox, "share1", "share2")
    assert not leftovers.exposed_shares(sandbox)
    ok(client.expose(made.set_id))
    assert len(leftovers.exposed_shares(sandbox)) == 2


@rule("3.1.4.6 step 4", "a client finds the content of the base share on the exposed one")
def test_the_content_is_there(sandbox, client):
    with sandbox.connect("share1") as share:
        share.write("content", b"kept")
    made = exposed(client, sandbox, "share1")
    with sandbox.connect("share1") as share:
        share.remove("content")
    with sandbox.connect(made.exposed("share1")) as copy:
        assert copy.read("content") == b"kept"


@rule("3.1.4.6 step 4", "permissions on the exposed share are those of the base share, as they are at Expose")
def test_permissions_are_the_base_shares(sandbox, client):
    made = committed(client, sandbox, "share1")
    checked(["sharesec", "-s", sandbox.conf, "share1", "-a", f"{sandbox.sid(sandbox.nobody)}:DENIED/0/FULL"])
    try:
        ok(client.expose(made.set_id))
    finally:
        checked(["sharesec", "-s", sandbox.conf, "share1", "-D"])
    name, = leftovers.exposed_shares(sandbox)
    with sandbox.connect(name) as copy:
        copy.list()
    with pytest.raises(SmbError), sandbox.connect(name, user=sandbox.nobody):
        pass


@rule("3.1.4.6", "browsing clients are not shown the exposed shares", source="issue")
def test_exposed_shares_are_not_listed(sandbox, client):
    made = exposed(client, sandbox, "share1")
    assert made.exposed("share1") not in sandbox.listed_shares()


@rule("3.1.4.6 step 6", "what is not done in TimeOutInMilliseconds is FSRVP_E_WAIT_TIMEOUT 0x102")
def test_no_time_at_all(sandbox, client):
    made = committed(client, sandbox, "share1", "share2")
    refused(client.expose(made.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)


@rule("3.1.4.6 step 6", "a set that was not exposed in time is Committed still, and none of its shares is "
      "published", source="issue")
def test_a_timeout_publishes_nothing(sandbox, client):
    made = committed(client, sandbox, "share1", "share2")
    refused(client.expose(made.set_id, milliseconds=0), HResult.WAIT_TIMEOUT)
    assert not leftovers.exposed_shares(sandbox)
    ok(client.expose(made.set_id))
    assert len(leftovers.exposed_shares(sandbox)) == 2


@rule("3.1.4.6 step 8", "where one share cannot be published the set stays Committed, and no share is published",
      source="issue")
def test_all_or_none_is_published(sandbox, client, registry_share):
    name = registry_share("vanishing")
    made = committed(client, sandbox, "share2", name)
    sandbox.net("conf", "delshare", name)
    assert client.expose(made.set_id).hresult not in (HResult.OK, HResult.BAD_STATE)
    assert not leftovers.exposed_shares(sandbox)
    registry_share(name)
    ok(client.expose(made.set_id))


@rule("3.1.4", "a zero ShadowCopySetId is E_INVALIDARG")
def test_a_zero_set_id(client):
    refused(client.expose("00000000-0000-0000-0000-000000000000"), HResult.INVALID_ARGUMENT)
