# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the reliability suite: what goes wrong at random instants.

The sandboxes and their options are those of tests/e2e; only the time limit is longer.
"""

import random
import secrets

import pytest

import harness
from e2e import conftest as e2e
from harness import checked

# What is not said anew below.
base_options = e2e.base_options
make_sandbox = e2e.make_sandbox
module_sandbox = e2e.module_sandbox
real_filesystem = e2e.real_filesystem
sandbox = e2e.sandbox
pytest_collection_modifyitems = e2e.pytest_collection_modifyitems
pytest_runtest_call = e2e.pytest_runtest_call
pytest_runtest_makereport = e2e.pytest_runtest_makereport
pytest_terminal_summary = e2e.pytest_terminal_summary

e2e.TEST_SECONDS = 1500


@pytest.fixture(scope="session")
def prepare_sandbox():
    """share1 has a security descriptor of its own, which its exposed shares get a copy of."""
    return lambda sandbox: checked(["sharesec", "-s", sandbox.conf, "share1", "-a",
                                    f"{sandbox.sid(sandbox.nobody)}:DENIED/0/FULL"])


def pytest_addoption(parser):
    e2e.pytest_addoption(parser)
    parser.addoption("--kills", type=int, default=30,
                     help="how often a worker is killed (default: 30; the full run is 200)")
    parser.addoption("--sets", type=int, default=200, help="shadow copy sets made in parallel (default: 200)")
    parser.addoption("--seed", type=int, default=None, help="makes the random instants the same again")


def pytest_configure(config):
    # On the disk by default: there a worker spends more of its time in commits, and is more often killed in one.
    harness.BASE = config.getoption("--sandboxes") or harness.BASE
    if config.option.seed is None:
        config.option.seed = secrets.randbelow(1 << 32)


def pytest_report_header(config):
    return f"seed: {config.option.seed}"


@pytest.fixture
def rng(request):
    """Random numbers that are the same for the same test and --seed."""
    seed = f"{request.config.option.seed} {request.node.name}"
    print(f"--seed={request.config.option.seed}")
    return random.Random(seed)
