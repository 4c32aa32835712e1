# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the reliability suite: what goes wrong at random instants.

Sandboxes are on the disk by default: there a worker spends more of its time in commits, and is more often killed
in one.
"""

import random
import secrets

import pytest

from harness import checked

pytest_plugins = ["sandbox_plugin"]


@pytest.fixture(scope="session")
def prepare_sandbox():
    """share1 has a security descriptor of its own, which its exposed shares get a copy of."""
    return lambda sandbox: checked(["sharesec", "-s", sandbox.conf, "share1", "-a",
                                    f"{sandbox.sid(sandbox.nobody)}:DENIED/0/FULL"])


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=30,
                     help="how often a worker is killed (default: 30; the full run is 200)")
    parser.addoption("--sets", type=int, default=200, help="shadow copy sets made in parallel (default: 200)")
    parser.addoption("--seed", type=int, default=None, help="makes the random instants the same again")


def pytest_configure(config):
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
