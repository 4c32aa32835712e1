# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of each test in a run of smbtorture, and where two shares differ."""

import concurrent.futures
import re

from harness import checked

RESULT = re.compile(r"^(success|failure|error|skip): (.+?)(?: \[)?$", re.MULTILINE)
STARTED = re.compile(r"^test: (.+)$", re.MULTILINE)
TRIES = 3


def tests_of(suite):
    """The suite's tests, by their full names."""
    return [line for line in checked(["smbtorture", "--list"]).splitlines() if line.startswith(f"{suite}.")]


def results(done):
    """What came of each test that was begun; a test is named without the suite that was asked for."""
    found = {name: outcome for outcome, name in RESULT.findall(done.output)}
    return {name: found.get(name, "hung" if done.code is None else "died") for name in STARTED.findall(done.output)}


def _short(name, suite):
    """As results() has it: a case with the name of its only test counts once."""
    words = name.removeprefix(f"{suite}.").split(".")
    return ".".join(words[:-1] if words[-2:-1] == words[-1:] else words)


def _outcome(done):
    """Of a single test."""
    outcomes = list(results(done).values())
    assert len(outcomes) == 1, str(done)
    return outcomes[0]


def _on_both(run_first, run_second, test):
    with concurrent.futures.ThreadPoolExecutor() as pool:  # much of it is waiting
        return tuple(pool.map(lambda run: run(test), (run_first, run_second)))


def compare(suite, run_first, run_second):
    """Runs a suite on two shares; each test to its pair of results.

    Some end the suite's process: what was not reached then is run by itself.
    So is a test whose results differ, as long as they do.
    """
    tests = {_short(name, suite): name for name in tests_of(suite)}
    first, second = map(results, _on_both(run_first, run_second, suite))
    assert first.keys() | second.keys() <= tests.keys(), f"smbtorture --list knows not all of {suite}"
    pairs = {test: (first.get(test), second.get(test)) for test in tests}
    for test, pair in pairs.items():
        tries = 0
        while tries < TRIES and (pair[0] != pair[1] or None in pair):
            pair = tuple(map(_outcome, _on_both(run_first, run_second, tests[test])))
            tries += 1
        pairs[test] = pair
    return pairs
