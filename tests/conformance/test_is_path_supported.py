# SPDX-License-Identifier: GPL-3.0-or-later
"""IsPathSupported, MS-FSRVP 3.1.4.9, and OwnerMachineName."""

import socket

import pytest

import states
from fsrvp import HResult
from rules import rule
from shadow_copies import ok, refused

SANDBOX = ["--shares", "2", "--global", "netbios aliases = fssalias"]


@rule("3.1.4.9 step 3", "a share on btrfs is supported")
def test_a_share_on_btrfs(sandbox, client):
    assert ok(client.is_path_supported(sandbox.unc("share1"))).supported


@rule("3.1.4.9 step 1", "a share that does not exist is FSRVP_E_OBJECT_NOT_FOUND, and has no owner")
def test_an_unknown_share(sandbox, client):
    answer = client.is_path_supported(sandbox.unc("nosuchshare"))
    refused(answer, HResult.OBJECT_NOT_FOUND)
    assert not answer.outputs.supported and not answer.outputs.owner


@rule("3.1.4.9 step 2", "a store that no snapshot can be made of is FSRVP_E_NOT_SUPPORTED, never success with FALSE")
def test_a_share_on_another_file_system(sandbox, client, registry_share, tmp_path):
    answer = client.is_path_supported(sandbox.unc(registry_share("plain", tmp_path)))
    refused(answer, HResult.NOT_SUPPORTED)
    assert not answer.outputs.supported


@rule("3.1.4.9 step 2", "a share without the fss module is not supported", source="issue")
@pytest.mark.other_store
def test_a_share_without_the_module(sandbox, client, registry_share):
    registry_share("without")
    sandbox.net("conf", "delparm", "without", "vfs objects")
    refused(client.is_path_supported(sandbox.unc("without")), HResult.NOT_SUPPORTED)


@rule("3.1.4.9 step 2", "a share that is not available is as good as none")
def test_a_share_that_is_not_available(sandbox, client, registry_share):
    refused(client.is_path_supported(sandbox.unc(registry_share("closed", available="no"))), HResult.OBJECT_NOT_FOUND)


@rule("3.1.4.9 step 3", "the owner is this very machine: the physical host's name, where the client used an "
      "alias", source="windows")
def test_the_owner_of_an_alias(sandbox, client):
    owner = ok(client.is_path_supported("\\\\fssalias\\share1")).owner
    assert owner.lower() in (f"fss{sandbox.port}", socket.gethostname().lower(), socket.getfqdn().lower())


@rule("3.1.4.9 step 3", "the owner is given without leading backslashes")
def test_the_owner_is_a_bare_name(sandbox, client):
    owner = ok(client.is_path_supported(sandbox.unc("share1"))).owner
    assert owner and "\\" not in owner


@rule("3.1.4.9 step 3", "the owner is a name that the client can reach: the address that it used reaches it",
      source="issue")
def test_the_owner_of_an_address(sandbox, client):
    assert ok(client.is_path_supported("\\\\127.0.0.1\\share1")).owner == "127.0.0.1"


@rule("3.1.4.9 step 3", "shares in use by a set are supported as before, and asking changes no state")
@pytest.mark.parametrize("state", states.STATES)
def test_asking_changes_nothing(sandbox, client, state):
    scene = states.scene(client, sandbox, state)
    assert ok(client.is_path_supported(scene.name)).supported
    assert states.observed(scene) in (state, "NoContext" if state == "Gone" else state)


@rule("3.1.4.9 step 3", "fss:owner name is what clients are told", source="issue")
def test_a_configured_owner(make_sandbox):
    sandbox = make_sandbox("--global", "fss:owner name = node1.example.com")
    with sandbox.client() as client:
        assert ok(client.is_path_supported(sandbox.unc("share1"))).owner == "node1.example.com"
