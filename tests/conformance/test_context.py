# SPDX-License-Identifier: GPL-3.0-or-later
"""Context values, MS-FSRVP 2.2.2.1, 2.2.2.2 and 3.1.4.2 step 1."""

import itertools

import pytest

from fsrvp import Context, HResult
from rules import rule
from shadow_copies import exposed, ok, refused, start

SANDBOX = ["--shares", "2"]

BASES = (Context.BACKUP, Context.FILE_SHARE_BACKUP, Context.NAS_ROLLBACK, Context.APP_ROLLBACK)
RECOVERIES = (Context(0), Context.AUTO_RECOVERY, Context.NO_AUTO_RECOVERY)
LEGAL = [int(base | recovery) for base, recovery in itertools.product(BASES, RECOVERIES)]
KNOWN_BITS = (0x1, 0x2, 0x8, 0x10, 0x400000)
COMBINATIONS = sorted({sum(bits) for count in range(len(KNOWN_BITS) + 1)
                       for bits in itertools.combinations(KNOWN_BITS, count)} - set(LEGAL))
FOREIGN_BITS = [1 << bit for bit in range(32) if 1 << bit not in (*KNOWN_BITS, Context.FILE_SHARE)]


def hexadecimal(value):
    return f"0x{value:08X}"


@rule("2.2.2.2", "each of the 12 legal contexts is accepted, and a set can be started in it")
@pytest.mark.parametrize("context", LEGAL, ids=hexadecimal)
def test_a_legal_context(client, context):
    start(client, context)


@rule("2.2.2.1", "ATTR_FILE_SHARE, which VSS gives to shadow copies of shares, is tolerated", source="windows")
@pytest.mark.parametrize("context", LEGAL, ids=hexadecimal)
def test_a_legal_context_with_the_file_share_bit(client, context):
    start(client, context | Context.FILE_SHARE)


@rule("3.1.4.2 step 1", "any other combination of the attributes is FSRVP_E_UNSUPPORTED_CONTEXT")
@pytest.mark.parametrize("context", COMBINATIONS, ids=hexadecimal)
def test_an_illegal_combination(client, context):
    refused(client.set_context(context), HResult.UNSUPPORTED_CONTEXT)


@rule("2.2.2.2", "AUTO_RECOVERY and NO_AUTO_RECOVERY exclude each other")
@pytest.mark.parametrize("base", BASES, ids=hexadecimal)
def test_both_kinds_of_recovery(client, base):
    refused(client.set_context(base | Context.AUTO_RECOVERY | Context.NO_AUTO_RECOVERY), HResult.UNSUPPORTED_CONTEXT)


@rule("3.1.4.2 step 1", "an attribute that is not defined is FSRVP_E_UNSUPPORTED_CONTEXT, alone and with any "
      "legal context")
@pytest.mark.parametrize("bit", FOREIGN_BITS, ids=hexadecimal)
def test_an_undefined_attribute(client, bit):
    for context in (0, *LEGAL):
        refused(client.set_context(context | bit), HResult.UNSUPPORTED_CONTEXT)


@rule("3.1.4.2 step 1", "all attributes at once are FSRVP_E_UNSUPPORTED_CONTEXT")
def test_all_bits(client):
    refused(client.set_context(0xFFFFFFFF), HResult.UNSUPPORTED_CONTEXT)


@rule("3.1.4.2 step 1", "an illegal context sets none")
def test_an_illegal_context_is_no_context(client):
    refused(client.set_context(0x1), HResult.UNSUPPORTED_CONTEXT)
    refused(client.start(), HResult.BAD_STATE)


@rule("3.1.4.2 step 1", "an illegal context is refused before the set under way is removed")
def test_an_illegal_context_does_no_harm_to_a_set(sandbox, client):
    made = exposed(client, sandbox, "share1")
    refused(client.set_context(0x1), HResult.UNSUPPORTED_CONTEXT)
    ok(client.recovery_complete(made.set_id))


@rule("3.1.4.2 step 5", "the context that was set last counts")
def test_a_context_replaces_the_one_before(sandbox, client):
    ok(client.set_context(Context.AUTO_RECOVERY))
    made = exposed(client, sandbox, "share1", context=Context.BACKUP)
    assert sandbox.definition(made.exposed("share1"))["read only"] == "yes"
