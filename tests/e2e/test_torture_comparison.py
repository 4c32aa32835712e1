# SPDX-License-Identifier: GPL-3.0-or-later
"""A share with the module behaves as one without: Samba's own suites have the same results on both, test by test.

What fails on both is Samba's; `pytest -rP` on this file lists it.
"""

import pytest

import torture
from fsrvp import label_of
from harness import Sandbox, checked
from shadow_copies import delete, recovered

SUITE_SECONDS = 150
SUITES = ("smb2.create", "smb2.read", "smb2.dir", "smb2.rename", "smb2.streams", "smb2.acls", "smb2.timestamps")
SLOW = ("smb2.dir", "smb2.timestamps")
BELOW = "acl_xattr streams_xattr"
APPLE_ABOVE = "catia"
APPLE = "fruit streams_xattr acl_xattr"
APPLE_PARAMETERS = {"fruit:resource": "file", "fruit:metadata": "netatalk", "fruit:locking": "netatalk",
                    "fruit:encoding": "native", "fruit:veto_appledouble": "no"}
ONLY = ("with", "without")
STREAM = "bar"


class Pair:
    """Two shares that differ in the module only; each has a subvolume of its own."""

    def __init__(self, sandbox, name, below, above="", **parameters):
        """below, above: modules of both shares."""
        self.sandbox = sandbox
        self.names = {only: f"{name}-{only}" for only in ONLY}
        self.paths = {only: sandbox.volumes[0] / self.names[only] for only in ONLY}
        self.options = []
        self.outputs = []
        ours = sandbox.parameter("vfs objects")
        for only in ONLY:
            checked(["btrfs", "subvolume", "create", self.paths[only]])
            self.paths[only].chmod(0o777)
            modules = f"{above} {ours if only == 'with' else ''} {below}"
            sandbox.add_registry_share(self.names[only], self.paths[only], vfs_objects=modules, **parameters)

    def set_parameters(self, only, **parameters):
        for key, value in parameters.items():
            self.sandbox.net("conf", "setparm", self.names[only], key.replace("_", " "), value)

    def run_on(self, only):
        def run(test):
            options = [f"--option=torture:share2={self.names[only]}", f"--option=torture:localdir={self.paths[only]}",
                       *self.options]
            done = self.sandbox.smbtorture(test, options=options, user=self.sandbox.admin, seconds=SUITE_SECONDS,
                                           target=f"//{self.sandbox.host}/{self.names[only]}")
            self.outputs.append(str(done))
            return done
        return run

    def assert_same(self, suite):
        pairs = torture.compare(suite, self.run_on("with"), self.run_on("without"))
        for test, (ours, theirs) in sorted(pairs.items()):
            if (ours, theirs) != ("success", "success"):
                print(f"{suite}.{test}: {ours} with the module, {theirs} without")
        different = [test for test, (ours, theirs) in pairs.items() if ours != theirs]
        assert not different, "see below"
        assert ("success", "success") in pairs.values(), f"no test of {suite} can tell anything here"


@pytest.fixture(scope="module")
def sandbox(real_filesystem, base_options):
    sandbox = Sandbox.up(*base_options)
    yield sandbox
    sandbox.down()


@pytest.fixture(scope="module")
def plain(sandbox):
    return Pair(sandbox, "plain", BELOW)


@pytest.fixture(scope="module")
def versioned(sandbox):
    return Pair(sandbox, "versioned", BELOW, **{"fss:previous versions": "yes"})


@pytest.fixture(scope="module")
def apple(sandbox):
    return Pair(sandbox, "apple", APPLE, above=APPLE_ABOVE, **APPLE_PARAMETERS)


@pytest.mark.parametrize("suite", SUITES)
def test_the_module_changes_no_result_of(plain, suite):
    plain.assert_same(suite)


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite not in SLOW])
def test_previous_versions_change_no_result_of(versioned, suite):
    versioned.assert_same(suite)


def test_the_module_changes_no_result_of_vfs(apple):
    apple.assert_same("vfs")


@pytest.fixture(scope="module")
def timewarped(sandbox):
    """With: a shadow copy of the agent's. Without: a snapshot made by hand for Samba's shadow_copy2."""
    pair = Pair(sandbox, "timewarped", BELOW)
    snapshots = sandbox.volumes[0] / "by-hand"
    checked(["install", "-d", "-m", "0755", snapshots])
    pair.set_parameters("with", **{"fss:previous versions": "yes"})
    pair.set_parameters("without", **{"vfs_objects": f"shadow_copy2 {BELOW}", "shadow:snapdir": str(snapshots),
                                      "shadow:mountpoint": str(pair.paths["without"])})
    for only in ONLY:
        with sandbox.connect(pair.names[only]) as share:
            share.write("foo", b"old")
            share.write(f"foo:{STREAM}", b"old")
            share.mkdir("subdir")
            share.write("subdir/hardlink", b"old")
    with sandbox.client() as client:
        made = recovered(client, sandbox, pair.names["with"])
        label = label_of(made.mappings[pair.names["with"]].creation_timestamp)
        checked(["btrfs", "subvolume", "snapshot", "-r", pair.paths["without"], snapshots / label])
        pair.options = [f"--option=torture:{key}={value}" for key, value in (
            ("twrp_file", "foo"), ("twrp_stream", STREAM), ("twrp_stream_size", 3), ("twrp_snapshot", label))]
        yield pair
        delete(client, sandbox, made)
    checked(["btrfs", "subvolume", "delete", snapshots / label])


def test_twrp_succeeds_where_it_does_with_shadow_copy2_alone(timewarped):
    """And one more: on a read-only snapshot shadow_copy2 refuses to open a file for writing."""
    ours, theirs = (torture.results(timewarped.run_on(only)("smb2.twrp")) for only in ONLY)
    assert ours == {test: "success" for test in ("write", "stream", "openroot", "listdir")}, timewarped.outputs[0]
    assert {**theirs, "write": "success"} == ours, timewarped.outputs[1]
