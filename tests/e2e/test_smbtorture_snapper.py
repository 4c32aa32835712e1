# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own test suite for FSRVP where snapper makes the snapshots, and lists them as Previous Versions."""

import snapper_admin as snapperd
import torture
from fsrvp_suite import OPTIONS, SHARE, SUITE, SUITE_SECONDS, TESTS, Suite, add_suites_share, delete_what_it_leaves

SANDBOX = ["--provider", "snapper", *OPTIONS]


def test_the_whole_suite_succeeds_in_one_process(sandbox):
    suite = Suite(sandbox, add_suites_share(sandbox), "sign", sandbox.add_user("root"))
    suite.show_previous_versions(True)
    done = suite.run(SUITE, seconds=SUITE_SECONDS)
    assert torture.results(done) == {f"fsrvp.{test}": "success" for test in TESTS}, f"{done}\n{sandbox.log()}"
    assert done.ok, str(done)
    assert snapperd.numbers(sandbox, SHARE), "what enum_created leaves is not snapper's"
    delete_what_it_leaves(suite)
    assert not snapperd.numbers(sandbox, SHARE)
