# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of an exposed share equals the base share at the instant of the snapshot."""

import backup

SANDBOX = backup.SHARE_OPTIONS
FILES = 2_000


def test_all_that_smb_tells_of_a_file_is_as_it_was_while_writers_go_on(sandbox):
    base = backup.compare(sandbox, FILES)
    # There is something of each kind to compare.
    assert len(base) > FILES
    assert sum(bool(facts.streams) for facts in base.values()) > FILES // 2
    assert len({facts.security for facts in base.values()}) > 10
    assert sum(bool(facts.attributes) for facts in base.values()) > FILES // 3
    assert sum(len(facts.content) for facts in base.values()) > 10_000 * FILES
