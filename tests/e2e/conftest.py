# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for tests against scripts/sandbox.

A module may say what its sandbox is like: SANDBOX = ["--shares", "2"].
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

TEST_SECONDS = 180


def pytest_addoption(parser):
    parser.addoption("--agent", choices=("fss", "stock"), default="fss",
                     help="the agent under test, where a module does not name one (default: fss)")
    parser.addoption("--build-dir", default=os.environ.get("SAMBA_FSS_BUILD_DIR"),
                     help="build tree to test (default: build)")
    parser.addoption("--provider", choices=("btrfs", "snapper"), default="btrfs",
                     help="who makes the snapshots of the sandboxes' shares (default: btrfs)")
    parser.addoption("--sandboxes", metavar="DIR",
                     help=f"where sandboxes are made (default: {harness.MEMORY} if there is room, else {harness.BASE}, "
                          "and there always for the reliability suite)")


def pytest_configure(config):
    harness.BASE = config.getoption("--sandboxes") or harness.roomy_memory() or harness.BASE


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

def _too_long(_number, _frame):
    pytest.fail(f"not done within {TEST_SECONDS} s")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(TEST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
