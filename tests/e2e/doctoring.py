# SPDX-License-Identifier: GPL-3.0-or-later
"""fssctl doctor over a sandbox, and doing what it says.

Nothing here knows what mends a fault: that is read from doctor's JSON.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import time

from harness import ROOT, checked

SECONDS = 60
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


@dataclasses.dataclass(frozen=True)
class Report:
    code: int
    findings: list
    text: str

    def wrong(self):
        """Names of the checks that found something wrong, with their share."""
        return {(finding["check"], finding["share"]) for finding in self.findings
                if finding["status"] in ("warning", "error")}

    def find(self, check, share=None):
        """The findings of a check that are wrong."""
        return [finding for finding in self.findings if (finding["check"], finding["share"]) == (check, share)
                and finding["status"] in ("warning", "error")]

    def statuses(self, check):
        return {finding["status"] for finding in self.findings if finding["check"] == check}


def _canonical(name):
    """As Samba compares parameters' names."""
    return "".join(name.lower().split())


def _without(lines, names):
    names = {_canonical(name) for name in names}
    return [line for line in lines if _canonical(line.partition("=")[0]) not in names]


def _summary(findings):
    """What is not in order, for the report of a failure."""
    return "\n".join(json.dumps(finding) for finding in findings if finding["status"] != "ok") + "\n"


class Configuration:
    """A smb.conf as an editor changes it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.original = self.path.read_text(encoding="utf-8")

    def change(self, section, line, removes=""):
        """Puts a line into a section, in place of that parameter and of the one of its own name."""
        head, mark, rest = self.path.read_text(encoding="utf-8").partition(f"[{section}]\n")
        assert mark, f"{self.path} has no section [{section}]"
        body, following, tail = rest.partition("\n[")
        lines = _without(body.splitlines(), {removes, line.partition("=")[0]} - {""})
        lines = [text for text in lines if text.strip()] + ([f"\t{line}"] if line else [])
        text = head + mark + "\n".join(lines) + "\n" + following + tail
        self._write(text)

    def restore(self):
        self._write(self.original)

    def _write(self, text):
        """In one step, as smbd reads it at any time; and of another second, by which smbd knows it has changed."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.write_text(text, encoding="utf-8")
        changed = int(self.path.stat().st_mtime) + 1 if self.path.exists() else time.time()
        os.utime(new, (changed, changed))
        new.replace(self.path)


class Patient:
    """A server to spoil, to have looked at, and to mend."""

    def __init__(self, sandbox, build_dir, conf=None):
        self.sandbox = sandbox
        self.build = pathlib.Path(build_dir or ROOT / "build").resolve()
        self.conf = Configuration(conf or sandbox.conf)
        self.choices = {"ACCOUNT": sandbox.admin[0]}

    @property
    def fssctl(self):
        return self.build / "fssctl" / "fssctl"

    def run(self, command, **options):
        """Runs a command on the server's machine."""
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False,
                              env={**os.environ, **ENVIRONMENT}, cwd="/", stdin=subprocess.DEVNULL, **options)

    def fss(self, *words):
        done = self.run([str(self.fssctl), "-s", str(self.conf.path), "-l", str(self.sandbox.dir / "log"),
                         *map(str, words)])
        return done

    def doctor(self, *words):
        done = self.fss("--json", "doctor", *words)
        assert done.stdout.startswith("{"), f"exit {done.returncode}: {done.stdout}{done.stderr}"
        findings = json.loads(done.stdout)["findings"]
        return Report(done.returncode, findings, _summary(findings) + done.stderr)

    def examine(self):
        return self.doctor("--no-test")

    def trial(self, share):
        """A shadow copy made, read and deleted as a backup client."""
        return self.doctor(share, "-U", "%".join(self.sandbox.admin))

    def mend(self, finding):
        """Does what a finding says, word for word."""
        assert finding["remedies"], f"nothing is said to mend: {finding['text']}"
        for remedy in finding["remedies"]:
            if "command" in remedy:
                self._carry_out(remedy)
            else:
                assert remedy["file"] == str(self.conf.path)
                self.conf.change(remedy["section"], remedy["line"], remedy["removes"])

    def _carry_out(self, remedy):
        command = remedy["command"]
        for choice in remedy.get("choices", []):
            command = command.replace(choice, self.choices[choice])
        done = self.run(["/bin/sh", "-c", command])
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


class Copy(Patient):
    """The same server by another smb.conf, with a state and pid files of its own: what
    is done to them is not done to the running daemons."""

    def __init__(self, sandbox, build_dir):
        self.directory = sandbox.dir / "copy"
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        for name in ("state", "lock", "pid"):
            checked(["cp", "-a", sandbox.dir / name, self.directory / name])
        conf = self.directory / "smb.conf"
        text = pathlib.Path(sandbox.conf).read_text(encoding="utf-8")
        for name in ("state", "lock", "pid"):
            text = text.replace(f"{name} directory = {sandbox.dir / name}\n",
                                f"{name} directory = {self.directory / name}\n")
        conf.write_text(text, encoding="utf-8")
        super().__init__(sandbox, build_dir, conf)


class Installed(Copy):
    """The same, on a machine where the build is installed, and nothing was started by hand:
    a mount namespace with directories of its own in place of the distribution's."""

    def __init__(self, sandbox, build_dir):
        super().__init__(sandbox, build_dir)
        self.programs = pathlib.Path("/usr/libexec/samba")
        self.modules = next(pathlib.Path("/usr/lib").glob("*/samba/vfs"))
        self._smbd = self._start_smbd()
        self._holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sleep", "600"],
                                        stdin=subprocess.DEVNULL)
        try:
            self._wait_for_namespace()
            self._install()
        except BaseException:
            self.end()
            raise

    def _start_smbd(self):
        """A process of that name, as the running smbd finds fss.so in the build tree."""
        program = self.directory / "smbd"
        shutil.copy("/usr/bin/sleep", program)
        smbd = subprocess.Popen([str(program), "600"], stdin=subprocess.DEVNULL, env=ENVIRONMENT)
        (self.directory / "pid" / "smbd.pid").write_text(f"{smbd.pid}\n", encoding="ascii")
        (self.directory / "pid" / "samba-dcerpcd.pid").unlink()
        return smbd

    def _wait_for_namespace(self):
        """Only then does unshare become sleep; before, a mount would be everybody's."""
        deadline = time.monotonic() + SECONDS
        while pathlib.Path(f"/proc/{self._holder.pid}/comm").read_text(encoding="ascii").strip() != "sleep":
            assert time.monotonic() < deadline, "there is no mount namespace"
            time.sleep(0.01)

    def _install(self):
        self.conf.change("global", "rpc start on demand helpers = yes")
        admin = self.directory / "dpkg"
        (admin / "info").mkdir(parents=True)
        (admin / "status").touch()
        for name, target in (("programs", self.programs), ("modules", self.modules)):
            checked(["cp", "-a", target, self.directory / name])
            done = self.run(["mount", "--bind", str(self.directory / name), str(target)])
            assert done.returncode == 0, done.stderr
        (self.directory / "programs" / "rpcd_fsrvp").rename(self.directory / "programs" / "distrib.rpcd_fsrvp")
        for source, target in ((self.build / "rpc_plugin" / "rpcd_fss", self.programs / "rpcd_fss"),
                               (self.build / "vfs_module" / "fss.so", self.modules / "fss.so")):
            assert self.run(["cp", str(source), str(target)]).returncode == 0

    def run(self, command, **options):
        inside = ["nsenter", "--target", str(self._holder.pid), "--mount", "--wdns=/", "env",
                  f"DPKG_ADMINDIR={self.directory / 'dpkg'}"]
        return super().run([*inside, *command], **options)

    def end(self):
        for process in (self._holder, self._smbd):
            process.kill()
            process.wait()
