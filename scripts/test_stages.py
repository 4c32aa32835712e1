# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets a Debian 12 or 13 machine up and runs all tests.

usage: scripts/test [--no-setup] [--build-dir DIR] [STAGE…]

Stages, in this order when none is named:
  style        clang-format and clang-tidy; on Debian 12 only
  unit         the core's tests, and those on a real btrfs (GoogleTest); manuals against the code
  fuzz         each fuzz target for a minute, with sanitizers
  sanitizers   unit tests and some of the others with ASan, UBSan and LSan, and with TSan
  e2e          a real Samba in the sandbox, with its own clients
  smbtorture   Samba's own test suites, with the module and without
  conformance  MS-FSRVP rule by rule, in both dialects
  reliability  workers and daemons killed, disks full, many clients at once
  snapper      conformance and killed workers with snapper as the provider, in small
  trixie       the build and essentials on Debian 13, in a root of it; on Debian 12 only
By name only:
  quick        on a built tree: units, manuals, and the main path of each part; for work in progress
  essentials   on a built tree: what shows within minutes whether this Samba is served
  releases     all default stages on the other releases, in roots of them; an hour and more for each
  package      the Debian package from its installation to its purge, on a fresh root
  sanitizers-full  all tests with each sanitizer; more than half an hour

Without root or btrfs the tests that need them are skipped and said so; with
CI set in the environment nothing may be skipped.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from release_lib import archive

TOP = pathlib.Path(__file__).resolve().parent.parent
FUZZ_SECONDS = 60
LINES_OF_A_FAILURE = 60
FUZZ_TARGETS = ("fuzz-record", "fuzz-request", "fuzz-snapper", "fuzz-unc", "fuzz-wire")

# Of the agent and the module, whose threads the sanitizers look at each time; and of the commands.
AGENT_TESTS = ("core/core-tests", "core/btrfs-tests", "snapper_backend/snapper-tests",
               "snapper_backend/snapper-btrfs-tests", "snapper_backend/snapper-bus-tests",
               "snapper_backend/no-snapper-tests")
UNIT_TESTS = (*AGENT_TESTS, "fssctl/fssctl-tests", "fssctl/doctor/doctor-tests", "requester/smbshadow-tests")
# What the sandbox runs.
SERVED = ("rpc_plugin/rpcd_fss", "vfs_module/fss", "snap_helper/fss_snap_helper", "tests/tools/fss-hold")
# Long enough, with sanitizers, to be run in parts beside each other.
SHARDED = ("core/core-tests",)
UNIT_SECONDS = 1200
# What is run once more with snapper as the provider, in about a minute; all of it can be, see docs/snapper.md.
SNAPPER_CONFORMANCE = ("abort", "auto_recovery", "expose")
SNAPPER_KILLS = 4


def files(suite, names):
    """The test files of a suite, as words."""
    return " ".join(f"tests/{suite}/test_{name}.py" for name in names)


CCACHE = TOP / "scripts" / "build" / "ccache"
CLANG = {"CC": f"{CCACHE} clang", "CXX": f"{CCACHE} clang++"}
GCC = {"CC": f"{CCACHE} gcc", "CXX": f"{CCACHE} g++"}
ADDRESS = ("-Db_sanitize=address,undefined", "-Db_lundef=false")
# Compiler and options of the builds beside the plain one. Clang, because GCC's UBSan writes
# no report to a file where ASan is there too; GCC, because Clang's TSan cannot be preloaded.
FURTHER_BUILDS = {
    # Apart: what tells the fuzzer its way makes the tests ten times slower.
    "fuzz": (CLANG, (*ADDRESS, "-Dfuzzers=true")),
    "asan": (CLANG, ADDRESS),
    "tsan": (GCC, ("-Db_sanitize=thread",)),
}

# These run code of ours in all its parts; the others run more of the same, or the distribution's agent.
ASAN_E2E = ("content", "distribution_agent", "exposed_share", "prerequisites", "rpcclient")
ASAN_CONFORMANCE = ("abort", "delete_share_mapping", "security", "state_matrix")
# Of the end-to-end tests those that run Samba's own suites, which mostly wait.
TORTURE = files("e2e", ("smbtorture", "smbtorture_snapper", "torture_comparison"))
# Where else all of it runs (stage releases), and where a choice of it does: arguments of scripts/release-root.
OTHER_RELEASES = (("trixie",), ("trixie", "--backports"))
# Of each part what meets most of Samba.
ESSENTIALS = {
    "e2e": ("main_paths", "rpcclient", "smbtorture", "write_gate", "protected_store", "smbshadow", "content",
            "operations", "exposed_table"),
    "conformance": ("state_matrix", "security", "abort", "commit", "expose", "delete_share_mapping"),
}
# Long, and in one thread.
NOT_CONCURRENT = "JournalTest.*:Every/StateMethod.*:Every/FaultTest.*"


class Tally:
    """Counts what the stages report."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.rows = []  # of the table: stage, seconds, passed, failed

    def time(self, stage, work):
        """Does a stage's work, for a row in the table."""
        start, passed, failed = time.monotonic(), self.passed, self.failed
        work()
        seconds = time.monotonic() - start
        self.rows.append((stage, seconds, self.passed - passed, self.failed - failed))
        print(f"--- {stage}: {seconds:.0f} s", flush=True)

    def table(self):
        """Which stage took how long, and which did not run."""
        lines = [f"{'stage':<16} {'time':>7} {'passed':>7} {'failed':>7}"]
        lines += [f"{stage:<16} {seconds:>5.0f} s {passed:>7} {failed:>7}"
                  for stage, seconds, passed, failed in self.rows]
        ran = {row[0] for row in self.rows}
        lines += [f"{stage:<16} not run{' (by name only)' if stage in BY_NAME_ONLY else ''}"
                  for stage in ALL_STAGES if stage not in ran]
        return "\n".join(lines)

    def save(self, path):
        path.write_text(json.dumps(vars(self)), encoding="utf-8")

    def add_saved(self, path):
        """Adds what save() has written; returns whether it had."""
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        self.passed += saved["passed"]
        self.failed += saved["failed"]
        self.skipped += saved["skipped"]
        self.rows += saved["rows"]
        return True

    def add_junit(self, path):
        """Adds a JUnit report; returns how many tests it holds."""
        try:
            suites = ElementTree.parse(path).getroot().iter("testcase")
        except (OSError, ElementTree.ParseError):
            return 0
        count = 0
        for case in suites:
            count += 1
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                self.failed += 1
            elif "skipped" in kinds or case.get("status") == "notrun" or case.get("result") == "skipped":
                self.skipped += 1
            else:
                self.passed += 1
        return count

    def add(self, good):
        if good:
            self.passed += 1
        else:
            self.failed += 1


def say(text):
    print(f"\n=== {text}", flush=True)


def run(command, seconds, **options):
    """Runs a command for at most so long; returns its exit code."""
    try:
        return subprocess.run(command, cwd=TOP, timeout=seconds, check=False, **options).returncode
    except subprocess.TimeoutExpired:
        print(f"stopped after {seconds} s: {command[0]}", flush=True)
        return 124


def run_quietly(command, seconds, **options):
    """As run(), but shows the end of what it prints only where the command fails."""
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        code = run(command, seconds, stdout=printed, stderr=subprocess.STDOUT, **options)
        if code != 0:
            printed.seek(0)
            print("".join(printed.readlines()[-LINES_OF_A_FAILURE:]), end="", flush=True)
    return code


def add_report(tally, name, report, code):
    """Counts a program's report, and its exit code where that is a failure that the report does not hold."""
    failed = tally.failed
    count = tally.add_junit(report)
    if count == 0 or (code != 0 and tally.failed == failed):
        print(f"{name}: exit code {code}, {count} tests reported", flush=True)
        tally.add(False)


def run_reported(tally, name, command, report, seconds, env=None):
    """Runs a command that writes a JUnit report."""
    report.unlink(missing_ok=True)
    add_report(tally, name, report, run(command, seconds, env=env))


def meson_option(build, name):
    options = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", build], check=True,
                                        capture_output=True).stdout)
    return next(option["value"] for option in options if option["name"] == name)


def run_shard(program, report, options, shard, shards):
    env = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1",
           "GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(shard)}
    report.unlink(missing_ok=True)
    return run([program, f"--gtest_output=xml:{report}", "--gtest_brief=1", *options], UNIT_SECONDS, env=env)


def unit_tests(tally, build, results, title, *options, programs=UNIT_TESTS):
    for program in programs:
        name = program.rpartition("/")[2]
        say(f"{title}: {name}")
        shards = os.cpu_count() if program in SHARDED else 1
        reports = [results / f"{title.replace(' ', '-')}-{name}-{shard}.xml" for shard in range(shards)]
        with concurrent.futures.ThreadPoolExecutor(shards) as pool:
            codes = pool.map(lambda shard: run_shard(build / program, reports[shard], options, shard, shards),
                             range(shards))
            for report, code in zip(reports, codes):
                add_report(tally, name, report, code)


def stage_style(tally, build, results):
    for part in ("format", "tidy"):
        say(f"style: {part}")
        tally.add(run(["scripts/style", "--build-dir", build, part], 1200) == 0)


def stage_unit(tally, build, results):
    unit_tests(tally, build, results, "unit")
    stage_pytest(tally, build, results, "manuals", "tests/docs", 120)


def stage_package(tally, build, results):
    os.environ["SAMBA_SOURCE"] = meson_option(build, "samba_source")
    stage_pytest(tally, build, results, "package", "tests/package", 1800)


def compile_further(tally, build, name, *targets):
    """Compiles one of FURTHER_BUILDS beside the build tree and returns it, or None."""
    say(f"{name}: build")
    further = build.parent / f"{build.name}-{name}"
    compiler, options = FURTHER_BUILDS[name]
    if not (further / "build.ninja").exists():
        shutil.rmtree(further, ignore_errors=True)
        samba_source = meson_option(build, "samba_source")
        run_quietly(["meson", "setup", f"-Dsamba_source={samba_source}", *options, further, TOP],
            300, env={**os.environ, **compiler})
    compiling = ["meson", "compile", "-C", further, "-j", str(os.cpu_count()), *targets]
    if run_quietly(compiling, 1800) != 0:
        tally.add(False)
        return None
    return further


def fuzz(target, results):
    """Runs one fuzz target; returns whether it found nothing."""
    longest = 4000 if target.name == "fuzz-request" else 70000
    corpus = results / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    return run([target, f"-max_total_time={FUZZ_SECONDS}", f"-max_len={longest}", "-len_control=0", "-verbosity=0",
                "-rss_limit_mb=4096", f"-artifact_prefix={results}/", corpus], FUZZ_SECONDS + 120) == 0


def stage_fuzz(tally, build, results):
    fuzz_build = compile_further(tally, build, "fuzz", *FUZZ_TARGETS)
    if fuzz_build is None:
        return
    say(f"fuzz: {', '.join(FUZZ_TARGETS)}, {FUZZ_SECONDS} s each")
    targets = [fuzz_build / "tests" / "fuzz" / name for name in FUZZ_TARGETS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for target, good in zip(targets, pool.map(lambda target: fuzz(target, results), targets)):
            print(f"{target.name}: {'nothing found' if good else 'FAILED'}", flush=True)
            tally.add(good)


def stage_pytest(tally, build, results, name, tests, seconds, *options):
    say(name)
    report = results / f"{name.replace(' ', '-')}.xml"
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider",
               f"--junitxml={report}", *options, *tests.split()]
    env = {**os.environ, "SAMBA_FSS_BUILD_DIR": str(build), "PATH": "/usr/bin:/usr/sbin:" + os.environ["PATH"]}
    run_reported(tally, name, command, report, seconds, env=env)


def stage_e2e(tally, build, results):
    stage_pytest(tally, build, results, "e2e", "tests/e2e", 2400, *(f"--ignore={path}" for path in TORTURE.split()))


def stage_smbtorture(tally, build, results):
    stage_pytest(tally, build, results, "smbtorture", TORTURE, 2400)


def stage_conformance(tally, build, results):
    for dialect in ("interoperable", "current"):
        stage_pytest(tally, build, results, f"conformance {dialect}", "tests/conformance", 1800,
                     f"--dialect={dialect}")


def stage_reliability(tally, build, results):
    stage_pytest(tally, build, results, "reliability", "tests/reliability", 2400)


def stage_snapper(tally, build, results):
    conformance = files("conformance", SNAPPER_CONFORMANCE)
    for name, tests, *options in (("conformance", conformance),
                                  ("reliability", "tests/reliability/test_worker_killed.py",
                                   f"--kills={SNAPPER_KILLS}", "-k", "while_sets")):
        stage_pytest(tally, build, results, f"snapper {name}", tests, 600, "--provider=snapper", *options)


def stage_sanitizers(tally, build, results):
    if asan := compile_further(tally, build, "asan", *UNIT_TESTS, *SERVED):
        unit_tests(tally, asan, results, "asan unit")
        for suite, names in (("e2e", ASAN_E2E), ("conformance", ASAN_CONFORMANCE)):
            stage_pytest(tally, asan, results, f"asan {suite}", files(suite, names), 600)
    if tsan := compile_further(tally, build, "tsan", *AGENT_TESTS, *SERVED):
        unit_tests(tally, tsan, results, "tsan unit", f"--gtest_filter=-{NOT_CONCURRENT}", programs=AGENT_TESTS)
        stage_pytest(tally, tsan, results, "tsan parallel", "tests/reliability/test_parallel.py", 600, "--sets=24")


def stage_sanitizers_full(tally, build, results):
    for name in ("asan", "tsan"):
        if further := compile_further(tally, build, name):
            unit_tests(tally, further, results, f"{name} unit")
            stage_pytest(tally, further, results, f"{name} e2e", "tests/e2e", 2400)
            stage_pytest(tally, further, results, f"{name} conformance", "tests/conformance", 2400)
            stage_pytest(tally, further, results, f"{name} reliability", "tests/reliability", 3600)


def stage_quick(tally, build, results):
    stage_unit(tally, build, results)
    stage_pytest(tally, build, results, "main paths", "tests/e2e/test_main_paths.py", 240)


def stage_essentials(tally, build, results):
    unit_tests(tally, build, results, "unit", programs=("core/btrfs-tests", "snapper_backend/snapper-bus-tests"))
    for suite, names in ESSENTIALS.items():
        stage_pytest(tally, build, results, f"essential {suite}", files(suite, names), 900)


def run_elsewhere(tally, release, seconds, *stages):
    """Runs stages in a root of another release, with the set-up there, and adds what they report."""
    say(f"{' '.join(release)}: {' '.join(stages) or 'all default stages'}")
    last = ""
    with subprocess.Popen(["timeout", str(seconds), "scripts/release-root", *release, "--", "scripts/test", *stages],
                          cwd=TOP, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for last in process.stdout:
            print(last, end="", flush=True)
    counted = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n", last)
    passed, failed, skipped = (int(number or 0) for number in counted.groups()) if counted else (0, 0, 0)
    tally.passed += passed
    tally.failed += failed
    if not os.environ.get("CI"):  # in CI they are among the failed
        tally.skipped += skipped
    if passed == 0 or (process.returncode != 0 and failed == 0):
        print(f"{' '.join(release)}: exit code {process.returncode}", flush=True)
        tally.add(False)


def stage_trixie(tally, _build, _results):
    run_elsewhere(tally, OTHER_RELEASES[0], 3600, "essentials")


def stage_releases(tally, _build, _results):
    for release in OTHER_RELEASES:
        run_elsewhere(tally, release, 3 * 3600)


STAGES = {"style": stage_style, "unit": stage_unit, "fuzz": stage_fuzz, "sanitizers": stage_sanitizers,
          "e2e": stage_e2e, "smbtorture": stage_smbtorture, "conformance": stage_conformance,
          "reliability": stage_reliability, "snapper": stage_snapper, "trixie": stage_trixie}
# Their tests wait more than they compute: each row runs beside the others, its stages one after another.
TOGETHER = (("e2e",), ("conformance",), ("reliability", "snapper"), ("smbtorture",))
BY_NAME_ONLY = {"quick": stage_quick, "essentials": stage_essentials, "releases": stage_releases,
                "package": stage_package, "sanitizers-full": stage_sanitizers_full}
# Only there: the formatting that clang 14 would have decides, and Debian 13 is the other release from there.
BOOKWORM_ONLY = ("style", "trixie")
ALL_STAGES = {**STAGES, **BY_NAME_ONLY}


class Beside:
    """Stages in a process of their own; what they print is shown when they have ended."""

    def __init__(self, build, results, stages):
        self._log, self._tally = results / f"beside-{stages[0]}.log", results / f"beside-{stages[0]}.json"
        self._tally.unlink(missing_ok=True)
        with self._log.open("wb") as out:
            self._process = subprocess.Popen([sys.executable, __file__, "--no-setup", "--build-dir", build,
                                              "--tally", self._tally, *stages],
                                             cwd=TOP, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def join(self, tally):
        self._process.wait()
        print(f"\n{self._log.read_text(encoding='utf-8', errors='replace').rstrip()}", flush=True)
        if not tally.add_saved(self._tally):
            print(f"ended with {self._process.returncode}, and reported nothing", flush=True)
            tally.add(False)

    def stop(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)


def run_stages(tally, build, results, stages):
    for name in stages:
        tally.time(name, lambda stage=ALL_STAGES[name]: stage(tally, build, results))


def run_all(tally, build, results):
    first, *others = TOGETHER
    alone = [name for name in STAGES if not any(name in row for row in TOGETHER)]
    if archive.codename() != "bookworm":
        alone = [name for name in alone if name not in BOOKWORM_ONLY]
    run_stages(tally, build, results, alone)
    beside = [Beside(build, results, row) for row in others]
    try:
        run_stages(tally, build, results, first)
        for row in beside:
            row.join(tally)
    finally:
        for row in beside:
            row.stop()


def set_up(tally, build):
    werror = ["-Dwerror=true"] if os.environ.get("CI") else []
    if run(["scripts/setup", "--build-dir", build, "--", *werror], 3600) != 0:
        tally.add(False)


def main():
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-setup", action="store_true", help="the build tree is there and up to date")
    parser.add_argument("--build-dir", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("--tally", type=pathlib.Path, help=argparse.SUPPRESS)  # of a run beside another one
    parser.add_argument("stages", nargs="*", choices=[[], *ALL_STAGES], metavar="STAGE")
    arguments = parser.parse_args()
    build = arguments.build_dir.resolve()

    tally = Tally()
    if not arguments.no_setup:
        say("setup")
        tally.time("setup", lambda: set_up(tally, build))
        if tally.failed:
            print("0 passed, 1 failed")
            return 1

    results = build / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    if arguments.stages:
        run_stages(tally, build, results, arguments.stages)
    else:
        run_all(tally, build, results)

    if arguments.tally:
        tally.save(arguments.tally)
        return 1 if tally.failed else 0
    if tally.skipped and os.environ.get("CI"):
        print(f"{tally.skipped} skipped, and in CI nothing may be")
        tally.failed += tally.skipped
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"\n{tally.table()}", flush=True)
    print(f"\n{tally.passed} passed, {tally.failed} failed{skipped}", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
