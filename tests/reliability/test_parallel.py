# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight clients make sets at once, on four workers, with their connections held open."""

import pytest

import parallel
from restarts import restart_workers


@pytest.mark.parametrize("kind", ["one address", "distinct addresses"])
def test_sets_in_parallel_are_all_there_after_a_restart(make_sandbox, request, kind):
    agent = request.config.getoption("--agent")
    sandbox = make_sandbox(*parallel.sandbox_options(agent))
    figures = parallel.run(sandbox, request.config.getoption("--sets"), kind, request.config.getoption("--seed"),
                           lambda: restart_workers(sandbox))
    parallel.count_orphans(sandbox, figures)
    print(parallel.to_json(figures))
    assert (figures.lost, figures.unusable, figures.orphaned) == (0, 0, 0), "\n".join(figures.details)
    assert figures.recovered == figures.wanted, figures.errors
