# SPDX-License-Identifier: GPL-3.0-or-later
"""Share names: their spellings, and the name of the exposed share, MS-FSRVP 3.1.4.6 and product note 9."""

import pytest

from fsrvp import HResult
from rules import rule
from shadow_copies import exposed, ok, refused, start

SANDBOX = ["--shares", "2"]


@pytest.fixture
def expose(sandbox, client):
    """Exposes one share by whatever UNC, and gives its mapping."""
    def run(name):
        set_id = start(client)
        copy_id = ok(client.add(set_id, name)).copy_id
        ok(client.commit(set_id))
        ok(client.expose(set_id))
        return ok(client.get_share_mapping(copy_id, set_id, name)).mapping
    return run


def assert_served(sandbox, mapping, share):
    """The exposed share is named after this one and has its content."""
    name = f"{share}@{{{mapping.copy_id}}}"
    assert mapping.shadow_copy_share_name.lower() in (name.lower(), name.lower() + "$")
    with sandbox.connect(mapping.shadow_copy_share_name) as copy:
        assert "marker" in copy.list()


@pytest.fixture
def named(sandbox, registry_share):
    """Adds a share with a directory of its own, which has a file in it."""
    def add(name, **parameters):
        path = sandbox.shares["share1"].path / "named"
        path.mkdir(exist_ok=True)
        path.chmod(0o777)
        (path / "marker").write_text("")
        return registry_share(name, path, **parameters)
    return add


# ------------------------------------------------------------------- spelling a UNC --

@rule("3.1.4.4 step 1", "the share is found whatever the case of its name, and with or without trailing backslash")
@pytest.mark.parametrize("name", ["\\\\127.0.0.1\\share1", "\\\\127.0.0.1\\SHARE1", "\\\\127.0.0.1\\share1\\",
                                  "\\\\127.0.0.1\\Share1\\"])
def test_spellings_of_a_name(client, name):
    assert ok(client.is_path_supported(name)).supported
    ok(client.add(start(client), name))


@rule("3.1.4.4 step 1", "what follows the share is cut off: the share is what a shadow copy is made of",
      source="windows")
@pytest.mark.parametrize("rest", ["\\below", "\\below\\deeper", "\\below\\"])
def test_a_path_below_the_share(sandbox, named, expose, rest):
    assert_served(sandbox, expose(sandbox.unc(named("whole")) + rest), "whole")


@rule("3.1.4", "what is no UNC is E_INVALIDARG, or names no share")
@pytest.mark.parametrize("name", ["share1", "\\share1", "\\\\127.0.0.1", "\\\\127.0.0.1\\", "\\\\\\share1", "\\\\",
                                  "//127.0.0.1/share1", "\\\\127.0.0.1/share1", "\\\\127.0.0.1\\\\share1",
                                  "\\\\?\\UNC\\127.0.0.1\\share1", "C:\\share1", " \\\\127.0.0.1\\share1"])
def test_what_is_no_unc(client, name):
    for answer in (client.is_path_supported(name), client.is_path_shadow_copied(name),
                   client.add(start(client), name)):
        refused(answer, HResult.INVALID_ARGUMENT, HResult.OBJECT_NOT_FOUND)


# ------------------------------------------------------------- names of exposed shares --

@rule("3.1.4.6 step 4", "the exposed share's name begins with the base share's, as the server spells it")
@pytest.mark.parametrize("share", ["share1", "SHARE1", "ShArE1"])
def test_the_servers_spelling_names_the_exposed_share(sandbox, expose, share):
    mapping = expose(sandbox.unc(share))
    assert mapping.shadow_copy_share_name.startswith("share1@{")


@rule("3.1.4.6", "a hidden share named with trailing backslash gets a hidden exposed share (product note 9)",
      source="windows")
def test_a_hidden_share_with_backslash(sandbox, named, expose):
    mapping = expose(sandbox.unc(named("hidden$"), backslash=True))
    assert mapping.shadow_copy_share_name.lower() == f"hidden$@{{{mapping.copy_id}}}$"
    assert_served(sandbox, mapping, "hidden$")


@rule("3.1.4.6", "a hidden share named without trailing backslash gets no $ at the end (product note 9)",
      source="windows")
def test_a_hidden_share_without_backslash(sandbox, named, expose):
    mapping = expose(sandbox.unc(named("hidden$")))
    assert mapping.shadow_copy_share_name.lower() == f"hidden$@{{{mapping.copy_id}}}"
    assert_served(sandbox, mapping, "hidden$")


@rule("3.1.4.6", "a share that is not hidden gets no $, with or without backslash (product note 9)", source="windows")
@pytest.mark.parametrize("backslash", [False, True])
def test_a_share_that_is_not_hidden(sandbox, expose, backslash):
    assert expose(sandbox.unc("share1", backslash)).shadow_copy_share_name.endswith("}")


@rule("3.1.4.6", "names that are not ASCII are names like others", source="issue")
@pytest.mark.parametrize("name", ["Büro-Äpfel", "Отдел", "部門データ", "data 2024", "a.b-c_d(e)", "share'&~!#"])
def test_a_name_that_is_not_ascii(sandbox, named, expose, name):
    assert_served(sandbox, expose(sandbox.unc(named(name))), name)


@rule("3.1.4.4 step 1", "letters that are not ASCII are alike in capitals and in small", source="issue")
@pytest.mark.parametrize("name, spelling", [("Büro-Äpfel", "BÜRO-äPFEL"), ("Отдел", "ОТДЕЛ")])
def test_the_case_of_a_name_that_is_not_ascii(sandbox, client, named, name, spelling):
    made = exposed(client, sandbox, named(name))
    assert ok(client.get_share_mapping(made.copy_ids[name], made.set_id, sandbox.unc(spelling))).mapping
    refused(client.add(made.set_id, sandbox.unc(spelling)), HResult.BAD_STATE)
    ok(client.delete_share_mapping(made.set_id, made.copy_ids[name], sandbox.unc(spelling)))


@rule("3.1.4.6", "a share's name of 80 characters, the most that Windows allows, is exposed", source="issue")
@pytest.mark.parametrize("name", ["n" * 80, "ä" * 80], ids=["ascii", "other"])
def test_a_name_of_80_characters(sandbox, named, expose, name):
    assert_served(sandbox, expose(sandbox.unc(named(name))), name)


# ---------------------------------------------------------------- shares of a kind --

@rule("3.1.4.4 step 3", "a share whose path is another for each client is not supported", source="issue")
def test_variables_in_the_path(sandbox, client, registry_share):
    path = sandbox.shares["share1"].path / "users"
    (path / sandbox.admin[0]).mkdir(parents=True, exist_ok=True)
    name = registry_share("users", path / "%U")
    set_id = start(client)
    refused(client.add(set_id, sandbox.unc(name)), HResult.NOT_SUPPORTED)
    refused(client.is_path_supported(sandbox.unc(name)), HResult.NOT_SUPPORTED)
    ok(client.abort(set_id))


@rule("3.1.4.4 step 1", "a home directory's share is found by the user's name", source="issue")
def test_a_home_directory(sandbox, registry_share, expose):
    path = sandbox.shares["share1"].path / "homes"
    own = path / sandbox.admin[0]
    own.mkdir(parents=True, exist_ok=True)
    (own / "marker").write_text("")
    registry_share("homes", path / "%S")
    assert_served(sandbox, expose(sandbox.unc(sandbox.admin[0])), sandbox.admin[0])


@rule("3.1.4.4 step 1", "homes itself is a pattern for shares, not one that has data", source="issue")
def test_homes_itself(sandbox, client, registry_share):
    registry_share("homes", sandbox.shares["share1"].path / "%S")
    answer = client.is_path_supported(sandbox.unc("homes"))
    refused(answer, HResult.OBJECT_NOT_FOUND, HResult.NOT_SUPPORTED)
