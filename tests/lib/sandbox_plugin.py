# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, fixtures and time limits of all suites that work on scripts/sandbox: a plugin of pytest.

A module may say what its sandbox is like: SANDBOX = ["--shares", "2"]. A suite's pytest.ini has its own time
limit and place of sandboxes.
"""

import contextlib
import os
import signal

import pytest

import administration
import harness
import leftovers
import prerequisites
from harness import Sandbox


def pytest_addoption(parser):
    parser.addoption("--test-seconds", type=int, default=180, help="how long a test may take (default: 180)")
    parser.addoption("--sandboxes-in", choices=("memory", "disk"), default="memory",
                     help="where sandboxes are made without --sandboxes (default: memory, if there is room)")
    parser.addoption("--agent", choices=("fss", "stock"), default="fss",
                     help="the agent under test, where a module does not name one (default: fss)")
    parser.addoption("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"),
                     help="build tree to test (default: build)")
    parser.addoption("--provider", choices=("btrfs", "snapper"), default="btrfs",
                     help="who makes the snapshots of the sandboxes' shares (default: btrfs)")
    parser.addoption("--sandboxes", metavar="DIR",
                     help=f"where sandboxes are made (default: {harness.MEMORY} for memory, {harness.BASE} for disk)")


def pytest_configure(config):
    memory = harness.roomy_memory() if config.getoption("--sandboxes-in") == "memory" else None
    harness.BASE = config.getoption("--sandboxes") or memory or harness.BASE


# ------------------------------------------------------------- loud skipping --

def pytest_collection_modifyitems(items):
    for item in items:
        if "real_filesystem" in item.fixturenames:
            item.add_marker("real_filesystem")


@pytest.fixture(scope="session")
def real_filesystem():
    reason = prerequisites.missing()
    if reason and os.environ.get("CI"):
        pytest.fail(f"in CI no test may be skipped, but {reason}")
    if reason:
        pytest.skip(f"{prerequisites.MARK}: {reason}")


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.stats.get("skipped", [])
    skipped = [report for report in reports if prerequisites.MARK in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} TESTS {prerequisites.MARK}", sep="!", red=True, bold=True)
        terminalreporter.line("Nothing was tested end to end. Run as root on a kernel with btrfs.", red=True, bold=True)


# ------------------------------------------------------------------ sandboxes --

def _build_options(config):
    build_dir = config.getoption("--build-dir")
    return ["--build-dir", build_dir] if build_dir else []


@pytest.fixture(scope="session")
def build_options(request):
    """The options that name the build tree."""
    return _build_options(request.config)


@pytest.fixture(scope="session")
def base_options(request):
    """Options of every sandbox, unless a test says otherwise."""
    return ["--agent", request.config.getoption("--agent"), "--provider", request.config.getoption("--provider"),
            *_build_options(request.config)]


@pytest.fixture(scope="session")
def prepare_sandbox():
    """What a suite does to each of its sandboxes first."""
    return lambda sandbox: None


class _Keeper:
    """Keeps a module's sandbox up, and replaces it once a test has failed."""

    def __init__(self, options, prepare):
        self._options = options
        self._prepare = prepare
        self._sandbox = None

    def get(self):
        if self._sandbox is None:
            self._sandbox = Sandbox.up(*self._options)
            self._prepare(self._sandbox)
        return self._sandbox

    def discard(self):
        if self._sandbox is not None:
            sandbox, self._sandbox = self._sandbox, None
            sandbox.down()


@pytest.fixture(scope="module")
def module_sandbox(request, real_filesystem, base_options, prepare_sandbox):
    keeper = _Keeper([*base_options, *getattr(request.module, "SANDBOX", [])], prepare_sandbox)
    yield keeper
    keeper.discard()


@pytest.fixture
def sandbox(request, module_sandbox):
    """The module's sandbox; a fresh one after a test that failed."""
    current = module_sandbox.get()
    request.node.sandboxes = [current]
    yield current
    if getattr(request.node, "failed", False):
        module_sandbox.discard()


@pytest.fixture
def make_sandbox(request, real_filesystem, base_options, prepare_sandbox):
    """Makes sandboxes for one test: make_sandbox("--shares", "2")."""
    request.node.sandboxes = made = []
    with contextlib.ExitStack() as ends:

        def make(*options):
            made.append(Sandbox.up(*base_options, *options))
            ends.callback(made[-1].down)
            prepare_sandbox(made[-1])
            return made[-1]

        yield make


@pytest.fixture
def fssctl(sandbox):
    """The build's fssctl on the sandbox; nothing is left after the test."""
    control = administration.Fssctl(sandbox)
    yield control
    control("delete", "--all", "--unfinished", "--yes")
    leftovers.assert_none(sandbox)


# -------------------------------------------------------------------- reports --

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed = True
        for sandbox in getattr(item, "sandboxes", []):
            report.sections.append((f"logs of {sandbox.dir}", sandbox.log()[-20000:]))


# ------------------------------------------------------------------ time limit --

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    seconds = item.config.getoption("--test-seconds")
    signal.signal(signal.SIGALRM, lambda _number, _frame: pytest.fail(f"not done within {seconds} s"))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
