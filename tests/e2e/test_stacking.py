# SPDX-License-Identifier: GPL-3.0-or-later
"""The module among others, above and below it: works, or is refused with the order that is right (docs/stacking.md)."""

import pytest

import attacks
import leftovers
from attacks import connection
from attempts import Attempt
from fsrvp import SmbError
from gates import hold
from shadow_copies import delete, recovered
from smb_changes import CREATE, DELETE_ON_CLOSE, OPEN, Rename

OPEN_OR_CREATE = 3
ANYWHERE = ("acl_xattr", "streams_xattr", "fruit streams_xattr", "full_audit", "recycle", "shadow_copy2")
WORKING = [*(f"{modules} fss" for modules in ANYWHERE), *(f"fss {modules}" for modules in ANYWHERE),
           "fruit fss streams_xattr", "catia fss", "fss aio_pthread", "fss io_uring", "fss btrfs",
           "catia fruit fss streams_xattr", "full_audit acl_xattr recycle fss streams_xattr io_uring"]
REFUSED = {
    "fss catia": "catia fss",
    "io_uring fss": "fss io_uring",
    "aio_pthread fss": "fss aio_pthread",
    "aio_fork fss": "fss aio_fork",
    "btrfs fss": "fss btrfs",
    "acl_xattr io_uring fss catia streams_xattr": "acl_xattr catia fss io_uring streams_xattr",
}


def make_share(sandbox, modules):
    """A share with these modules in a directory of its own; its name and directory."""
    name = modules.replace(" ", "-")
    path = sandbox.shares["share1"].path / name
    if not path.exists():
        path.mkdir()
        path.chmod(0o777)
        sandbox.add_registry_share(name, path, vfs_objects=modules, **{"fruit:metadata": "stream"})
    return name, path


def use(client):
    """Reads, writes, renames and removes."""
    kept = client.open("kept", disposition=OPEN_OR_CREATE)
    client.write(kept, b"old content")
    assert client.read(kept, 100) == b"old content"
    stream = client.open("kept:stream", disposition=OPEN_OR_CREATE)
    client.write(stream, b"old stream")
    assert client.read(stream, 100) == b"old stream"
    client.close(stream)
    client.close(kept)
    moved = client.open("moved", disposition=CREATE)
    client.set_file_info(moved, Rename.level, attacks.rename_to("removed"))
    client.close(moved)
    client.close(client.open("removed", options=DELETE_ON_CLOSE))
    assert not {"moved", "removed"} & attacks.names(client)


@pytest.mark.parametrize("modules", WORKING)
def test_the_stack_works(sandbox, modules):
    name, path = make_share(sandbox, modules)
    streams = "streams_xattr" in modules
    with connection(sandbox, name) as user:
        if streams:
            use(user)
        kept = user.open("kept", disposition=OPEN_OR_CREATE)
        user.write(kept, b"old content")
        with hold(sandbox, path):
            write = Attempt(user.write, kept, b"new content")
            assert write.waits(), "it passes by the write gate"
        write.end()
        user.write(kept, b"old content")
        with sandbox.client() as client:
            made = recovered(client, sandbox, name)
            user.write(kept, b"new content")
            with connection(sandbox, made.exposed(name)) as copy:
                assert copy.read(copy.open("kept", 0x80000000), 100) == b"old content"
                if streams:
                    assert copy.read(copy.open("kept:stream", 0x80000000), 100) == b"old stream"
                attacks.refused(copy.open, "new", disposition=CREATE)
            delete(client, sandbox, made)
        assert user.read(kept, 100) == b"new content"
    attacks.assert_no_trouble(sandbox)
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("modules", ["shadow_copy2 fss", "fss shadow_copy2", "catia fss", "recycle fss", "fss recycle"])
def test_the_store_is_protected_in_the_stack(sandbox, modules):
    name = f"root-{modules.replace(' ', '-')}"
    sandbox.add_registry_share(name, sandbox.shares["share1"].path, vfs_objects=modules, read_only="no",
                               **{"recycle:repository": ".fss/recycled", "shadow:snapdir": ".fss"})
    with sandbox.client() as client:
        made = recovered(client, sandbox, "share1")
        with connection(sandbox, name) as user:
            assert ".fss" not in attacks.names(user)
            for path in (".fss", f".fss\\{str(made.copy_ids['share1']).upper()}\\snapshot"):
                attacks.refused(user.open, path, access=0x80000000)
            user.close(user.open("removed", disposition=CREATE, options=DELETE_ON_CLOSE))
        store = sandbox.shares["share1"].path / ".fss"
        assert [entry.name.upper() for entry in store.iterdir()] == [str(made.copy_ids["share1"]).upper()]
        delete(client, sandbox, made)
    attacks.assert_no_trouble(sandbox)
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("modules", REFUSED)
def test_an_order_that_cannot_work_is_refused_and_the_right_one_named(sandbox, modules):
    name, _ = make_share(sandbox, modules)
    with pytest.raises(SmbError):
        with sandbox.connect(name):
            pass
    assert sandbox.log_line(rf"share {name}: .* write: vfs objects = {REFUSED[modules]}$"), sandbox.log()[-2000:]


@pytest.mark.parametrize("modules", REFUSED.values())
def test_the_order_that_is_named_works(sandbox, modules):
    name, _ = make_share(sandbox, modules.replace("aio_fork", "").strip())
    with connection(sandbox, name) as user:
        user.write(user.open("file", disposition=OPEN_OR_CREATE), b"content")
        assert user.read(user.open("file", disposition=OPEN), 100) == b"content"
