#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the conformance suite and writes docs/conformance.md from what it found.

usage: report.py [--build-dir DIR] [--results DIR] [--reuse]
       report.py --score {interoperable,current,stock} [--build-dir DIR] [--results DIR]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
DOCUMENT = TOP / "docs" / "conformance.md"
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent)]

import page  # noqa: E402

RUNS = {
    "interoperable": ["--dialect=interoperable"],
    "current": ["--dialect=current"],
    "stock": ["--agent=stock", "--dialect=interoperable"],
}
SECONDS = 3600


def run(name, build_dir, results):
    """Runs the suite; its failures are a result like others."""
    path = results / f"{name}.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "--show-capture=no", "-r", "N",
               f"--results={path}", *RUNS[name], str(HERE)]
    if build_dir:
        command.append(f"--build-dir={build_dir}")
    print(f"=== {name}", flush=True)
    done = subprocess.run(command, cwd=TOP, timeout=SECONDS, check=False)
    # 1: some tests failed.
    if done.returncode not in (0, 1) or not path.exists():
        raise SystemExit(f"the suite did not run: exit code {done.returncode}")
    return path


def score(cases):
    counted = [case for case in cases if case["outcome"] != "skipped"]
    return sum(case["outcome"] == "passed" for case in counted), len(counted)


def samba_version():
    """Whose agent the stock one is."""
    done = subprocess.run(["/usr/sbin/smbd", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().removeprefix("Version ") or "unknown"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build-dir", type=pathlib.Path, help="build tree to test (default: build)")
    parser.add_argument("--results", type=pathlib.Path, help="directory for the results (default: a temporary one)")
    parser.add_argument("--reuse", action="store_true", help="take the results that are there, run what is missing")
    parser.add_argument("--score", choices=RUNS, metavar="RUN", help="only run this one and print its score")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        results = arguments.results or pathlib.Path(temporary)
        results.mkdir(parents=True, exist_ok=True)
        outcomes = {}
        for name in [arguments.score] if arguments.score else RUNS:
            path = results / f"{name}.json"
            if not (arguments.reuse and path.exists()):
                path = run(name, arguments.build_dir, results)
            outcomes[name] = json.loads(path.read_text(encoding="utf-8"))
    if arguments.score:
        passed, total = score(outcomes[arguments.score])
        print(f"{arguments.score}: {passed} of {total} cases pass")
        return
    DOCUMENT.write_text(page.document(outcomes, {name: score(cases) for name, cases in outcomes.items()},
                                      samba_version()), encoding="utf-8")
    print(f"wrote {DOCUMENT}")


if __name__ == "__main__":
    main()
