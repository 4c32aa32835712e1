# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own test suite for FSRVP, smbtorture rpc.fsrvp: with Previous Versions all of it succeeds."""

import re

import pytest

import soon
import torture
from fsrvp_suite import OPTIONS, SEQUENCE_SECONDS, SHARE, SUITE, SUITE_SECONDS, TESTS, Suite, add_suites_share, \
    delete_what_it_leaves
from harness import Sandbox

LISTING = "enum_created"  # wants shadow copies to be Previous Versions, which Windows' are not
BINDINGS = ("sign", "seal")


@pytest.fixture(scope="module", params=BINDINGS)
def suite(request, real_filesystem, base_options):
    sandbox = Sandbox.up(*base_options, *OPTIONS)
    try:
        # share_sd sets a share's security descriptor, which Samba lets no one
        # but root do in a worker that has not opened share_info.tdb yet.
        yield Suite(sandbox, add_suites_share(sandbox), request.param, sandbox.add_user("root"))
    finally:
        sandbox.down()


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
    # What was not brought to an end expires.
    soon.nothing_left(suite.sandbox, SEQUENCE_SECONDS + 1, suite.own_subvolumes())
