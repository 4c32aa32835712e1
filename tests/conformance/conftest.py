# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the conformance suite: dialects, sandboxes, clients that tidy up.
"""

import contextlib

import pytest

import dialects
import scoring
from harness import Sandbox
from ledger import Client, Ledger

pytest_plugins = ["sandbox_plugin"]


def pytest_addoption(parser):
    parser.addoption("--dialect", choices=dialects.NAMES, default="interoperable",
                     help="which generation of error codes to ask for and expect (default: interoperable)")
    parser.addoption("--results", metavar="FILE", help="write each rule's outcome there, for report.py")


def pytest_configure(config):
    config.pluginmanager.register(scoring.Recorder(config.getoption("--results")), "rule-recorder")


@pytest.fixture(scope="session")
def stock(request):
    """Whether the distribution's agent is under test."""
    return request.config.getoption("--agent") == "stock"


@pytest.fixture(scope="session")
def dialect(request):
    return dialects.named(request.config.getoption("--dialect"))


@pytest.fixture(scope="session")
def base_options(base_options, dialect):
    """Options of every sandbox."""
    return [*base_options, "--global", f"fss:error codes = {dialect.name}"]


# ------------------------------------------------------------------ sandboxes --

class Pool:
    """Keeps one sandbox up for each set of options."""

    def __init__(self):
        self._up = {}

    def get(self, options):
        if options not in self._up:
            self._up[options] = Sandbox.up(*options)
        return self._up[options]

    def discard(self, options):
        if options in self._up:
            self._up.pop(options).down()

    def close(self):
        with contextlib.ExitStack() as ends:
            for options in list(self._up):
                ends.callback(self.discard, options)


@pytest.fixture(scope="session")
def pool(real_filesystem):
    sandboxes = Pool()
    yield sandboxes
    sandboxes.close()


@pytest.fixture
def sandbox(request, pool, base_options, stock):
    """A sandbox as the module asks for; it is replaced once a test has left it unusable."""
    options = (*base_options, *getattr(request.module, "SANDBOX", []))
    current = pool.get(options)
    current.ledger = Ledger(current)
    request.node.sandboxes = [current]
    yield current
    tidy = current.ledger.tidy(pause=stock)
    if not tidy or (getattr(request.node, "failed", False) and not stock):
        pool.discard(options)


# -------------------------------------------------------------------- clients --

@pytest.fixture
def connect(sandbox):
    """Makes clients for one test: connect(source_address="127.0.0.2")."""
    clients = []

    def make(**options):
        clients.append(Client(sandbox, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def other_client(connect):
    """A client at another address."""
    return connect(source_address="127.0.0.2")


@pytest.fixture
def impatient_client(connect):
    """A client that is not kept long by a server that does not answer in the time it was given."""
    return connect(seconds=5)


@pytest.fixture
def registry_share(sandbox, stock):
    """Adds shares for one test: registry_share("name", path, fss:nested="ignore")."""
    names = []
    defaults = {"btrfs: manipulate snapshots": "yes"} if stock else {}

    def add(name, path=None, **parameters):
        sandbox.add_registry_share(name, path or sandbox.shares["share1"].path, **{**defaults, **parameters})
        names.append(name)
        return name

    yield add
    for name in names:
        if name in sandbox.registry_shares():
            sandbox.net("conf", "delshare", name)


def pytest_runtest_setup(item):
    if item.get_closest_marker("other_store") and item.config.getoption("--agent") == "stock":
        pytest.skip("the distribution's agent has no such records or options")
