# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and stubs that no honest client sends: return codes, no fault, and the worker lives, MS-FSRVP 3.1.4."""

import struct

import pytest

import processes
import states
from calls import CALLS, NAMED
from fsrvp import HResult, RawName, RpcFault
from rules import rule
from shadow_copies import exposed, ok

SANDBOX = ["--shares", "2"]

PREFIX = "\\\\127.0.0.1\\"


def utf16(text):
    return text.encode("utf-16-le", "surrogatepass")


def terminated(text):
    return RawName(utf16(text + "\0"))


NAMES = {
    "empty": terminated(""),
    "nothing at all": RawName(b""),
    "no terminator": RawName(utf16(PREFIX + "nosuchshare")),
    "an embedded NUL": terminated(PREFIX + "share1\0evil"),
    "a NUL in the server": terminated("\\\\127.0.0.1\0.evil\\share1"),
    "only NULs": terminated("\0" * 100),
    "a lone high surrogate": terminated(PREFIX + "share\ud800"),
    "a lone low surrogate": terminated(PREFIX + "\udc00share"),
    "surrogates in the wrong order": terminated(PREFIX + "\udc00\ud800"),
    "a high surrogate at the end": RawName(utf16(PREFIX + "share") + b"\x00\xd8"),
    "dots": terminated(PREFIX + ".."),
    "dots in the path": terminated(PREFIX + "share1\\..\\..\\etc"),
    "dots as server": terminated("\\\\..\\share1"),
    "a dot": terminated(PREFIX + "."),
    "a slash": terminated(PREFIX + "share1/../../etc"),
    "a line feed": terminated(PREFIX + "share1\nfoo"),
    "control characters": terminated(PREFIX + "".join(map(chr, range(1, 32)))),
    "registry separators": terminated(PREFIX + "global\\share1"),
    "the global section": terminated(PREFIX + "global"),
    "printf directives": terminated(PREFIX + "%s%n%n%n%n%d"),
    "Samba's variables": terminated(PREFIX + "%U%m%$(HOME)%I"),
    "an unassigned character": terminated(PREFIX + "\uffff\ufffe"),
    "a long share": terminated(PREFIX + "n" * 1000),
    "a long server": terminated("\\\\" + "h" * 1000 + "\\nosuchshare"),
    "64 KiB": terminated(PREFIX + "n" * (32 * 1024)),
    "1 MiB": terminated(PREFIX + "n" * (512 * 1024)),
    "64 KiB of backslashes": terminated("\\" * (32 * 1024)),
    "64 KiB of other letters": terminated(PREFIX + "\U0001f600" * (16 * 1024)),
}


@pytest.fixture
def same_workers(sandbox, client):
    """The workers that are there at the beginning must be there at the end."""
    ok(client.get_supported_version())
    before = processes.workers(sandbox)
    assert before
    yield
    assert before <= processes.workers(sandbox), "a worker has died"
    ok(client.get_supported_version())


@rule("3.1.4", "a name that is no share's is an error's return code and no fault, on every method that takes one")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name(client, same_workers, name):
    for method in NAMED:
        assert CALLS[method](client, name).hresult not in (HResult.OK, HResult.OUT_OF_MEMORY), method


@rule("3.1.4", "such names are errors for an exposed set, too, and do it no harm")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_for_an_exposed_set(sandbox, client, same_workers, name):
    scene = states.scene(client, sandbox, "Exposed")
    assert client.add(scene.set_id, name).hresult != HResult.OK
    assert client.get_share_mapping(scene.copy_id, scene.set_id, name).hresult != HResult.OK
    assert client.delete_share_mapping(scene.set_id, scene.copy_id, name).hresult != HResult.OK
    ok(client.get_share_mapping(scene.copy_id, scene.set_id, scene.name))


@rule("2.2.1", "a name that is not terminated is read to its count, or is an error; it is never read further")
def test_a_name_without_terminator(sandbox, client, same_workers):
    answer = client.is_path_supported(RawName(utf16(sandbox.unc("share1"))))
    assert answer.hresult in (HResult.OK, HResult.INVALID_ARGUMENT)


@rule("3.1.4", "many hostile names in a row leave the server as it was")
def test_many_hostile_names(sandbox, client, same_workers):
    for _ in range(5):
        for name in NAMES.values():
            client.is_path_supported(name)
    exposed(client, sandbox, "share1")


BROKEN_NAMES = {
    "an offset": RawName(utf16("share\0"), offset=1),
    "more than the maximum": RawName(utf16("share\0"), maximum=1),
    "less than said": RawName(utf16("s\0"), maximum=100, actual=100),
    "4 Gi units": RawName(utf16("s\0"), maximum=0xFFFFFFFF, actual=0xFFFFFFFF),
    "2 Gi units": RawName(utf16("s\0"), maximum=0x80000000, actual=0x80000000),
    "an offset that wraps": RawName(utf16("s\0"), maximum=2, offset=0xFFFFFFFF, actual=2),
}


@rule("2.1", "a stub that is no NDR is a fault or an error, and the worker lives")
@pytest.mark.parametrize("name", BROKEN_NAMES.values(), ids=BROKEN_NAMES.keys())
@pytest.mark.parametrize("method", NAMED)
def test_a_name_that_is_no_ndr(sandbox, connect, same_workers, method, name):
    try:
        assert CALLS[method](connect(), name).hresult != HResult.OK
    except RpcFault:
        pass  # DCE/RPC asks for it


STUBS = {"nothing": b"", "one byte": b"\1", "zeros": bytes(200), "ones": b"\xff" * 200,
         "counts only": struct.pack("<III", 0xFFFFFFFF, 0, 0xFFFFFFFF)}


@rule("2.1", "arguments that are cut short or senseless are a fault or an error, and the worker lives")
@pytest.mark.parametrize("stub", STUBS.values(), ids=STUBS.keys())
@pytest.mark.parametrize("opnum", range(1, 13))
def test_a_senseless_stub(sandbox, connect, same_workers, opnum, stub):
    sandbox.ledger.addresses.add(None)  # SetContext and Start may take it
    try:
        answer = connect().call_raw(opnum, stub)
    except RpcFault:
        return
    assert opnum in (1, 2) or int.from_bytes(answer[-4:], "little") != HResult.OK
