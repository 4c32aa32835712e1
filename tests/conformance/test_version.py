# SPDX-License-Identifier: GPL-3.0-or-later
"""GetSupportedVersion, MS-FSRVP 3.1.4.1."""

import pytest

import states
from rules import rule
from shadow_copies import ok

SANDBOX = ["--shares", "2"]


@rule("3.1.4.1", "the lowest and the highest version are FSRVP_RPC_VERSION_1")
def test_version_one_is_the_only_one(client):
    versions = ok(client.get_supported_version())
    assert (versions.minimum, versions.maximum) == (1, 1)


@rule("3.1.4.1", "needs no context and leaves none")
def test_asking_for_the_version_sets_no_context(client):
    ok(client.get_supported_version())
    assert states.observed(states.Scene(client, "", "")) == "NoContext"


@rule("2.1", "the interface is a8e0653c-2744-4389-a61d-7373df8b2292, version 1.0, on \\pipe\\FssagentRpc")
@pytest.mark.parametrize("connections", [1, 4])
def test_clients_bind_to_the_interface(connect, connections):
    for client in [connect() for _ in range(connections)]:
        ok(client.get_supported_version())
