# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds with sanitizers (meson's b_sanitize): what their daemons need, and what is found in them."""

import pathlib
import re

from .common import run

# The libraries that GCC and Clang link with; each must come first in a process.
RUNTIME = re.compile(r"=> (/\S*/lib(?:clang_rt\.)?(asan|tsan)[-.]\S*)")
SUPPRESSIONS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "sanitizers" / "tsan.supp"
DIRECTORY = "sanitizer"
REPORT = "report"
# A report may also hold nothing but remarks, as of a process that is killed while its leaks are looked for.
FINDING = re.compile(r"ERROR:|WARNING: ThreadSanitizer|runtime error:|has encountered a fatal error")

# Samba's handlers of fatal signals would hide where they came from.
FATAL_SIGNALS = "handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:handle_abort=2"
# Samba's own programs only pass through: their leaks and threads are not ours.
OTHERS = {"asan": "detect_leaks=0", "tsan": "report_bugs=0"}
OURS = {"asan": "detect_leaks=1", "tsan": f'report_bugs=1:suppressions="{SUPPRESSIONS}"'}


def _linked(directory, programs):
    """By sanitizer: the programs that are linked with its library, and the library."""
    found = {}
    for program in programs:
        if match := RUNTIME.search(run(directory, ["ldd", program])):
            library, name = match.groups()
            found.setdefault(name, (library, []))[1].append(program)
    return found


def prepare(directory, programs):
    """The libraries to preload into daemons that run or load these programs, and the daemons' environment."""
    libraries, variables = [], {}
    for name, (library, linked) in _linked(directory, programs).items():
        place = directory / DIRECTORY
        place.mkdir(exist_ok=True)
        place.chmod(0o1777)  # smbd finds something while it acts as a user
        for program in linked:
            (place / f"options.{program.name}").write_text(OURS[name], encoding="ascii")
        report = f'log_path="{place / REPORT}"'
        libraries.append(library)
        variables |= {
            f"{name.upper()}_OPTIONS": f'{report}:{FATAL_SIGNALS}:{OTHERS[name]}:include_if_exists="{place}/options.%b"',
            "LSAN_OPTIONS": "print_suppressions=0",
            "UBSAN_OPTIONS": f"{report}:print_stacktrace=1",
        }
    return libraries, variables


def reports(directory):
    """What sanitizers have found in the sandbox's processes, as text."""
    texts = {file.name: file.read_text(encoding="utf-8", errors="replace")
             for file in sorted((directory / DIRECTORY).glob(f"{REPORT}*"))}
    return "\n".join(f"--- {name}\n{text}" for name, text in texts.items() if FINDING.search(text))
