# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own test suite for FSRVP, smbtorture rpc.fsrvp: with Previous Versions all of it succeeds."""

import dataclasses
import itertools
import pathlib
import re
import time
import uuid

import pytest

import leftovers
import snapper_admin as snapperd
import torture
from harness import GUID, Sandbox, checked

# seq_timeout sleeps this long, five times; no other test may take as long.
SEQUENCE_SECONDS = 3
SANDBOX = ["--global", f"fss: sequence timeout = {SEQUENCE_SECONDS}"]
TEST_SECONDS = 60
SUITE_SECONDS = 150

SUITE = "rpc.fsrvp"
SHARE = "fsrvp_share"  # the suite's
TESTS = ("share_sd", "enum_created", "sc_share_io", "bad_id", "sc_set_abort", "create_simple", "set_ctx",
         "get_version", "is_path_supported", "seq_timeout")
LISTING = "enum_created"  # wants shadow copies to be Previous Versions, which Windows' are not
BINDINGS = ("sign", "seal")


@dataclasses.dataclass
class Suite:
    sandbox: Sandbox
    share_path: pathlib.Path
    binding: str
    user: tuple

    def run(self, test, seconds=TEST_SECONDS):
        return self.sandbox.smbtorture(test, options=[f"--option=fss:sequence timeout={SEQUENCE_SECONDS}"],
                                       user=self.user, target=f"ncacn_np:{self.sandbox.host}[{self.binding}]",
                                       seconds=seconds)

    def show_previous_versions(self, shown):
        self.sandbox.net("conf", "setparm", SHARE, "fss:previous versions", "yes" if shown else "no")


def add_suites_share(sandbox):
    path = sandbox.volumes[0] / SHARE
    checked(["btrfs", "subvolume", "create", path])
    path.chmod(0o777)
    with_btrfs = sandbox.parameter("vfs objects") == "btrfs"
    sandbox.add_registry_share(SHARE, path, **({"btrfs: manipulate snapshots": "yes"} if with_btrfs else {}))
    if sandbox.description["provider"] == "snapper":
        snapperd.create_config(sandbox, SHARE, path)
        sandbox.net("conf", "setparm", SHARE, "fss:provider", "snapper")
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


def delete_what_it_leaves(suite):
    """enum_created deletes none of its two shadow copies."""
    sandbox = suite.sandbox
    copies = [re.search(GUID, share)[0] for share in leftovers.exposed_shares(sandbox)]
    records = [record.rpartition("set/")[2] for record in leftovers.records(sandbox) if "set/" in record]
    sets = [re.search(GUID, record)[0] for record in records]
    with sandbox.client() as client:
        for set_id, copy_id in itertools.product(sets, copies):  # which is whose is not known
            client.delete_share_mapping(uuid.UUID(set_id), uuid.UUID(copy_id), sandbox.unc(SHARE))
    leftovers.assert_none(sandbox, expected_subvolumes=[suite.share_path])


@pytest.fixture
def with_previous_versions(suite):
    suite.show_previous_versions(True)
    yield suite
    suite.show_previous_versions(False)


def test_every_test_of_the_suite_is_known_here(real_filesystem):
    assert sorted(torture.tests_of(SUITE)) == sorted(f"{SUITE}.fsrvp.{test}" for test in TESTS)


def test_the_whole_suite_succeeds_in_one_process(with_previous_versions):
    done = with_previous_versions.run(SUITE, seconds=SUITE_SECONDS)
    assert torture.results(done) == {f"fsrvp.{test}": "success" for test in TESTS}, \
        f"{done}\n{with_previous_versions.sandbox.log()}"
    assert done.ok, str(done)
    delete_what_it_leaves(with_previous_versions)


@pytest.mark.parametrize("test", [test for test in TESTS if test != LISTING])
def test_without_previous_versions(suite, test):
    done = suite.run(f"{SUITE}.fsrvp.{test}")
    assert done.ok and f"success: fsrvp.{test}\n" in done.output, f"{done}\n{suite.sandbox.log()}"


def test_the_listing_by_itself_with_previous_versions(with_previous_versions):
    done = with_previous_versions.run(f"{SUITE}.fsrvp.{LISTING}")
    assert done.ok and f"success: fsrvp.{LISTING}\n" in done.output, f"{done}\n{with_previous_versions.sandbox.log()}"
    delete_what_it_leaves(with_previous_versions)


def test_the_listing_without_previous_versions_fails_for_want_of_them_only(suite):
    """As on Windows, where shadow copies of FSRVP are not listed."""
    done = suite.run(f"{SUITE}.fsrvp.{LISTING}")
    assert not done.ok, "shadow copies are listed although nobody asked for it"
    assert re.search(r"fsrvp\.c:\d+: .*(num snaps|enum ioctl)", done.output), str(done)


def test_the_suite_leaves_nothing_behind(suite):
    time.sleep(SEQUENCE_SECONDS + 1)  # what was not brought to an end expires
    leftovers.assert_none(suite.sandbox, expected_subvolumes=[suite.share_path, suite.share_path / ".snapshots"])
