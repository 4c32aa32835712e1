# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own test suite for FSRVP, smbtorture rpc.fsrvp, test by test.

One run of all of them would not do: enum_created, where it fails, leaves the
file that sc_share_io begins by deleting open in the suite's process.
"""

import dataclasses
import pathlib
import re
import time

import pytest

import leftovers
from harness import Sandbox, checked

# seq_timeout sleeps this long, five times; no other test may take as long.
SEQUENCE_SECONDS = 3
SANDBOX = ["--global", f"fss: sequence timeout = {SEQUENCE_SECONDS}"]
TEST_SECONDS = 60

SHARE = "fsrvp_share"  # the suite's
TESTS = ("share_sd", "sc_share_io", "bad_id", "sc_set_abort", "create_simple", "set_ctx", "get_version",
         "is_path_supported", "seq_timeout")
BINDINGS = ("sign", "seal")


@dataclasses.dataclass
class Suite:
    sandbox: Sandbox
    share_path: pathlib.Path
    binding: str
    user: tuple

    def run(self, test):
        return self.sandbox.smbtorture(f"rpc.fsrvp.fsrvp.{test}", f"--option=fss:sequence timeout={SEQUENCE_SECONDS}",
                                       user=self.user, binding=self.binding, seconds=TEST_SECONDS)


def add_suites_share(sandbox):
    path = sandbox.volumes[0] / SHARE
    checked(["btrfs", "subvolume", "create", path])
    path.chmod(0o777)
    with_btrfs = sandbox.parameter("vfs objects") == "btrfs"
    sandbox.add_registry_share(SHARE, path, **({"btrfs:_manipulate_snapshots": "yes"} if with_btrfs else {}))
    return path


@pytest.fixture(scope="module", params=BINDINGS)
def suite(request, real_filesystem, base_options):
    sandbox = Sandbox.up(*base_options, *SANDBOX)
    try:
        # share_sd sets a share's security descriptor, which Samba lets no one
        # but root do in a worker that has not opened share_info.tdb yet.
        yield Suite(sandbox, add_suites_share(sandbox), request.param, sandbox.add_user("root"))
    finally:
        sandbox.down()


def test_every_test_of_the_suite_is_known_here(real_filesystem):
    listed = re.findall(r"^rpc\.fsrvp\.fsrvp\.(\w+)$", checked(["smbtorture", "--list"]), re.MULTILINE)
    assert sorted(listed) == sorted((*TESTS, "enum_created"))


@pytest.mark.parametrize("test", TESTS)
def test_smbtorture(suite, test):
    done = suite.run(test)
    assert done.ok and f"success: fsrvp.{test}\n" in done.output, f"{done}\n{suite.sandbox.log()}"


def test_smbtorture_enum_created_fails_for_want_of_previous_versions_only(suite):
    """Shadow copies are not listed as Previous Versions, as on Windows: nothing else may fail."""
    done = suite.run("enum_created")
    assert not done.ok, "shadow copies are Previous Versions now: expect all ten to pass"
    assert re.search(r"fsrvp\.c:\d+: .*(num snaps|enum ioctl)", done.output), str(done)


def test_the_suite_leaves_nothing_behind(suite):
    time.sleep(SEQUENCE_SECONDS + 1)  # what was not brought to an end expires
    leftovers.assert_none(suite.sandbox, expected_subvolumes=[suite.share_path])
