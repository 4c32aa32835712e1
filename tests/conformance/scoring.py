# SPDX-License-Identifier: GPL-3.0-or-later
"""Records which rules held, for report.py, and prints the score."""

import json
import pathlib

import pytest


class Recorder:
    """A pytest plugin. path: of the JSON file to write, or None."""

    def __init__(self, path):
        self._path = path
        self._cases = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item):
        outcome = yield
        report = outcome.get_result()
        case = self._cases.setdefault(item.nodeid, self._describe(item))
        # Not passed in any phase: not passed.
        if report.outcome != "passed" or case["outcome"] == "unknown":
            case["outcome"] = report.outcome

    @staticmethod
    def _describe(item):
        rules = [dict(zip(("section", "text", "source"), mark.args)) for mark in item.iter_markers("rule")]
        return {"file": pathlib.Path(item.fspath).name, "test": item.originalname, "case": item.callspec.id
                if hasattr(item, "callspec") else "", "rules": rules, "outcome": "unknown"}

    def pytest_collection_modifyitems(self, items):
        unmarked = sorted({item.nodeid for item in items if not list(item.iter_markers("rule"))})
        if unmarked:
            raise pytest.UsageError(f"tests without a rule: {', '.join(unmarked)}")

    def pytest_terminal_summary(self, terminalreporter):
        outcomes = [case["outcome"] for case in self._cases.values()]
        counted = [outcome for outcome in outcomes if outcome != "skipped"]
        terminalreporter.line(f"score: {counted.count('passed')} of {len(counted)} cases pass"
                              f" ({outcomes.count('skipped')} do not apply)")

    def pytest_sessionfinish(self):
        if self._path:
            pathlib.Path(self._path).write_text(json.dumps(list(self._cases.values()), indent=1) + "\n",
                                                encoding="utf-8")
