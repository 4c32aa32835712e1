# SPDX-License-Identifier: GPL-3.0-or-later
"""The host part of a UNC is compared with this server's names and never connected to, MS-FSRVP 5."""

import contextlib
import select
import socket

import pytest

from fsrvp import HResult
from rules import rule
from shadow_copies import exposed, ok, refused, start

SANDBOX = ["--shares", "2", "--global", "netbios aliases = fssalias otheralias",
           "--global", "fss:server names = backup.example.com, files"]

LISTENER = "127.0.0.9"
PORTS = (139, 445, 80)  # SMB, and WebDAV, which Windows turns to


def _names(sandbox):
    return {"netbios name": f"FSS{sandbox.port}", "alias": "fssalias", "another alias": "OTHERALIAS",
            "address": "127.0.0.1", "localhost": "localhost", "host name": socket.gethostname(),
            "fss:server names, DNS": "backup.example.com", "fss:server names, other": "FILES"}


KINDS = ("netbios name", "alias", "another alias", "address", "localhost", "host name",
         "fss:server names, DNS", "fss:server names, other")

FOREIGN = ("otherhost", "files.example.org", "192.0.2.1", LISTENER, "[::2]", "fss", "backup.example.com.evil.example",
           f"{LISTENER}@80", f"{LISTENER}@SSL@443", "127.0.0.1.example.com", "0x7f000001", "share1", "%h", "%L", "*")


@rule("3.1.4.4 step 1", "each of the server's own names is accepted", source="issue")
@pytest.mark.parametrize("kind", KINDS)
def test_an_own_name(sandbox, client, kind):
    name = f"\\\\{_names(sandbox)[kind]}\\share1"
    assert ok(client.is_path_supported(name)).supported
    assert not ok(client.is_path_shadow_copied(name)).present
    ok(client.add(start(client), name))


@rule("3.1.4.4 step 1", "the case of the server's name means nothing", source="issue")
@pytest.mark.parametrize("kind", KINDS)
def test_the_case_of_an_own_name(sandbox, client, kind):
    ok(client.is_path_supported(f"\\\\{_names(sandbox)[kind].swapcase()}\\share1"))


@rule("3.1.4.4", "shares named by different names of the server may be in one set (as a cluster's and a node's)",
      source="mstest")
def test_two_names_in_one_set(sandbox, client):
    set_id = start(client)
    ok(client.add(set_id, "\\\\fssalias\\share1"))
    ok(client.add(set_id, sandbox.unc("share2")))
    ok(client.commit(set_id))


@rule("3.1.4.4", "a share of another server is E_INVALIDARG, with an all-zero ShadowCopyId", source="mstest")
@pytest.mark.parametrize("host", FOREIGN)
def test_a_share_of_another_server(client, host):
    answer = client.add(start(client), f"\\\\{host}\\share1")
    refused(answer, HResult.INVALID_ARGUMENT)
    assert answer.outputs.copy_id.int == 0


@rule("3.1.4.9 step 1", "IsPathSupported and IsPathShadowCopied refuse a share of another server, and give no "
      "owner", source="issue")
@pytest.mark.parametrize("host", FOREIGN)
def test_asking_for_a_share_of_another_server(client, host):
    answer = client.is_path_supported(f"\\\\{host}\\share1")
    refused(answer, HResult.INVALID_ARGUMENT)
    assert not answer.outputs.supported and not answer.outputs.owner
    refused(client.is_path_shadow_copied(f"\\\\{host}\\share1"), HResult.INVALID_ARGUMENT)


@rule("3.1.4.4 step 1", "another server's share is refused alike whether a share of that name is here or not",
      source="issue")
@pytest.mark.parametrize("share", ["share1", "nosuchshare", "NETLOGON", "IPC$"])
def test_shares_of_another_server_are_refused_alike(client, share):
    name = f"\\\\192.0.2.1\\{share}"
    for answer in (client.is_path_supported(name), client.is_path_shadow_copied(name), client.add(start(client), name)):
        refused(answer, HResult.INVALID_ARGUMENT)


@rule("3.1.4.11 step 6", "a mapping is none of another server's share of that name", source="issue")
@pytest.mark.parametrize("host", ["192.0.2.1", "otherhost"])
def test_a_mapping_of_another_server(sandbox, client, host):
    made = exposed(client, sandbox, "share1")
    name, copy_id = f"\\\\{host}\\share1", made.copy_ids["share1"]
    refused(client.get_share_mapping(copy_id, made.set_id, name), HResult.INVALID_ARGUMENT)
    refused(client.delete_share_mapping(made.set_id, copy_id, name), HResult.INVALID_ARGUMENT, HResult.OBJECT_NOT_FOUND)


@contextlib.contextmanager
def listeners(*ports):
    with contextlib.ExitStack() as stack:
        sockets = []
        for port in ports:
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((LISTENER, port))
            listener.listen()
            sockets.append(listener)
        yield sockets


@rule("5", "no connection is made to the host that a UNC names", source="issue")
def test_no_connection_is_made(sandbox, client):
    made = exposed(client, sandbox, "share1")
    hosts = (LISTENER, f"{LISTENER}@80", f"{LISTENER}.")
    with listeners(*PORTS, sandbox.port) as sockets:
        for host in hosts:
            for name in (f"\\\\{host}\\NETLOGON", f"\\\\{host}\\share1\\"):
                client.is_path_supported(name)
                client.is_path_shadow_copied(name)
                client.add(made.set_id, name)
                client.get_share_mapping(made.copy_ids["share1"], made.set_id, name)
                client.delete_share_mapping(made.set_id, made.set_id, name)
        assert not select.select(sockets, [], [], 1)[0]
