# SPDX-License-Identifier: GPL-3.0-or-later
"""DiskShadow's language: the sessions and deployments of "Protect Data on Remote SMB File Shares using VSS"."""

import re

import pytest

import leftovers
from harness import GUID, checked, run
from smbshadow import Smbshadow, same_password

HYPER_V = "66841cd4-6ded-4f4b-8f17-fd23f8ddc3de"
PROVIDER = r"\{89300202-3cec-4981-9171-19f59559e0f2\}"
TIME = r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M"
LOG_CALLS = '#!/bin/sh\necho "$1" >>"$0.calls"\n[ "$1" != identify ] || echo "Virtual Machines\\VM 1"\n'
SANDBOX = ["--shares", "2", "--volumes", "2"]


class Scripts:
    """Runs scripts against a sandbox, with a catalog and writers of its own."""

    def __init__(self, sandbox, build_dir, directory):
        self.shadow = Smbshadow(sandbox, build_dir, directory)
        self.directory = directory
        self.writers = directory / "writers.d"
        self.writers.mkdir()
        self.options = []

    def add_writer(self, name, text=LOG_CALLS):
        hook = self.writers / name
        hook.write_text(text, encoding="utf-8")
        hook.chmod(0o755)
        return hook

    def __call__(self, *lines):
        script = self.directory / "script.dsh"
        script.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.shadow("script", *self.options, "--writers-dir", self.writers, script)

    def ok(self, *lines):
        """The output without banner and echoed lines."""
        done = self(*lines)
        assert done.ok, str(done)
        return [line for line in done.out.splitlines()[2:] if line and not line.startswith("-> ")]


@pytest.fixture(name="make_scripts")
def _make_scripts(request, tmp_path):
    return lambda sandbox: Scripts(sandbox, request.config.getoption("--build-dir"), tmp_path)


@pytest.fixture(name="scripts")
def _scripts(sandbox, make_scripts):
    return make_scripts(sandbox)


def upper_volume(sandbox, share, host=None):
    return re.escape(f"\\\\{host or sandbox.host}\\{share}\\".upper())


def assert_lines(lines, *patterns):
    assert len(lines) == len(patterns), "\n".join(lines)
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), f"{line!r} is not {pattern!r}"


def exposed_shares(lines):
    """Shares of the listing, as //server/share takes them apart."""
    return [line.partition(": \\\\")[2].split("\\") for line in lines if line.startswith("- Shadow copy device name")]


def snapshots(sandbox, volume):
    return [path for path in leftovers.find(sandbox).subvolumes if path.startswith(f"{volume}/")]


# ------------------------------------------------------------------- transcripts --

@pytest.mark.parametrize("agent", ["fss", "stock"])
def test_the_sessions_of_the_documentation_run_as_printed(make_sandbox, make_scripts, agent):
    sandbox = make_sandbox("--agent", agent, "--shares", "1", "--volumes", "1")
    scripts = make_scripts(sandbox)
    vm = f"\\\\{sandbox.host}\\share1"
    (sandbox.shares["share1"].path / "vm1").mkdir()
    (sandbox.shares["share1"].path / "vm1" / "vm1.vhd").write_text("the disk", encoding="utf-8")
    writer = scripts.add_writer(HYPER_V)

    lines = scripts.ok(
        f"DISKSHADOW> Writer Verify {{{HYPER_V}}}",
        "DISKSHADOW> Set Context Persistent",
        "DISKSHADOW> Set MetaData vm1backup.cab",
        "DISKSHADOW> Begin Backup",
        f"DISKSHADOW> Add Volume {vm}\\vm1",
        "DISKSHADOW> Create",
        "DISKSHADOW> End Backup")
    assert_lines(
        lines,
        rf"Alias VSS_SHADOW_1 for shadow ID \{{{GUID}\}} set as environment variable\.",
        rf"Alias VSS_SHADOW_SET for shadow set ID \{{{GUID}\}} set as environment variable\.",
        rf"Querying all shadow copies with the shadow copy set ID \{{{GUID}\}}",
        rf"\* Shadow copy ID = \{{{GUID}\}} %VSS_SHADOW_1%",
        rf"- Shadow copy set: \{{{GUID}\}} %VSS_SHADOW_SET%",
        r"- Original count of shadow copies = 1",
        rf"- Original volume name: {upper_volume(sandbox, 'share1')} \[volume not on this machine\]",
        rf"- Creation time: {TIME}",
        rf"- Shadow copy device name: \\\\[^\\]+\\share1@\{{{GUID}\}}",
        r"- Originating machine: \S+",
        r"- Service machine: \S+",
        r"- Not exposed",
        rf"- Provider ID: {PROVIDER}",
        r"- Attributes: No_Auto_Release Persistent FileShare",
        r"Number of shadow copies listed: 1")
    calls = writer.with_name(f"{HYPER_V}.calls")
    assert calls.read_text(encoding="utf-8").split() == ["identify", "freeze", "thaw", "backup-complete"]

    (sandbox.shares["share1"].path / "vm1" / "vm1.vhd").write_text("damaged since", encoding="utf-8")
    [[_server, exposed]] = exposed_shares(lines)
    assert "the disk" in sandbox.smbclient(exposed, "get vm1/vm1.vhd -").output

    lines = scripts.ok(f"DISKSHADOW> Delete Shadows Volume {vm}")
    assert_lines(
        lines,
        rf"Deleting shadow copy \{{{GUID}\}} on volume {upper_volume(sandbox, 'share1')} from provider {PROVIDER} "
        r"\[Attributes: 0x04400009\]\.\.\.",
        r"Number of shadow copies deleted: 1")
    leftovers.assert_none(sandbox)

    lines = scripts.ok(
        "DISKSHADOW> Set Context Persistent",
        "DISKSHADOW> Load MetaData vm1backup.cab",
        "DISKSHADOW> Begin Restore",
        "DISKSHADOW> //xcopy files from backup store to the original location",
        "DISKSHADOW> End Restore")
    assert all(line.startswith("Alias ") for line in lines)
    assert calls.read_text(encoding="utf-8").split()[4:] == ["pre-restore", "post-restore"]


def test_a_backup_is_copied_and_restored_by_a_script(sandbox, scripts):
    share = sandbox.shares["share1"].path
    (share / "vm1").mkdir()
    (share / "vm1" / "disk").write_text("good", encoding="utf-8")
    checked(["chown", "-R", sandbox.admin[0], share / "vm1"])
    copy = " ".join(f'"{word}"' for word in scripts.shadow.command("copy"))
    scripts.ok(
        "set context persistent", "set metadata m.json", "begin backup",
        f"add volume \\\\{sandbox.host}\\share1 alias vm", "create",
        f"exec {copy} %VSS_SHADOW_SET% {scripts.directory}/store",
        "end backup", "delete shadows set %vss_shadow_set%")
    [copied] = scripts.directory.glob("store/**/disk")
    assert copied.read_text(encoding="utf-8") == "good"
    (share / "vm1" / "disk").write_text("broken", encoding="utf-8")
    top = next(folder for folder in copied.parents if (folder / ".smbshadow").is_dir())
    lines = scripts.ok("load metadata m.json", "begin restore",
                       f"restore {top} to \\\\{sandbox.host}\\share1 noacls", "end restore")
    assert lines[-1] == "Number of files restored: 1"
    assert (share / "vm1" / "disk").read_text(encoding="utf-8") == "good"
    leftovers.assert_none(sandbox)


# -------------------------------------------------------------------- deployments --

def test_vm_a_takes_the_volume_of_its_share_alone(sandbox, scripts):
    volume1, volume2 = (sandbox.shares[name].volume for name in ("share1", "share2"))
    lines = scripts.ok("set context persistent", f"add volume \\\\{sandbox.host}\\share1", "create")
    assert [share.partition("@")[0] for _, share in exposed_shares(lines)] == ["share1"]
    assert snapshots(sandbox, volume1) and not snapshots(sandbox, volume2)
    scripts.ok("delete shadows all")
    leftovers.assert_none(sandbox)


@pytest.mark.parametrize("volumes", [
    ["share1\\vmb", "share2\\vmb"],  # VM B
    ["share1\\vma", "share1\\vmb", "share2\\vmb"],  # VM A and VM B
])
def test_vm_b_takes_both_volumes(sandbox, scripts, volumes):
    lines = scripts.ok("set context persistent",
                       *(f"add volume \\\\{sandbox.host}\\{volume}" for volume in volumes), "create")
    assert [share.partition("@")[0] for _, share in exposed_shares(lines)] == ["share1", "share2"]
    assert lines[-1] == "Number of shadow copies listed: 2"
    for name in ("share1", "share2"):
        assert len(snapshots(sandbox, sandbox.shares[name].volume)) == len(snapshots(sandbox, sandbox.volumes[0])) > 0
    scripts.ok("delete shadows all")
    leftovers.assert_none(sandbox)


def test_a_cluster_names_the_node_that_has_the_shadow_copy(make_sandbox, make_scripts):
    """fs1 says that node1 makes its shadow copies; both are servers with a share of that name."""
    fs1 = make_sandbox("--global", "fss:owner name = 127.0.0.2")
    node1 = make_sandbox("--address", "127.0.0.2", "--port", str(fs1.port), "--global", "fss:server names = 127.0.0.1")
    same_password(fs1, node1)
    scripts = make_scripts(fs1)
    scripts.options = ["--owner-check", "any"]
    lines = scripts.ok("set context persistent", "add volume \\\\127.0.0.1\\share1", "create")
    assert "- Original volume name: \\\\127.0.0.1\\SHARE1\\ [volume not on this machine]" in lines
    assert [server for server, _ in exposed_shares(lines)] == ["127.0.0.2"]
    assert "- Originating machine: 127.0.0.2" in lines
    leftovers.assert_none(fs1)
    assert leftovers.find(node1)
    assert "Number of shadow copies deleted: 1" in scripts.ok("delete shadows volume \\\\127.0.0.1\\share1")
    leftovers.assert_none(node1)


def test_one_set_has_the_shares_of_two_servers(make_sandbox, make_scripts):
    """VM A on fs1 and VM B on fs2."""
    fs1 = make_sandbox()
    fs2 = make_sandbox("--address", "127.0.0.2", "--port", str(fs1.port))
    same_password(fs1, fs2)
    scripts = make_scripts(fs1)
    lines = scripts.ok("set context persistent", "add volume \\\\127.0.0.1\\share1 alias vma",
                       "add volume \\\\127.0.0.2\\share1 alias vmb", "create")
    assert [server for server, _ in exposed_shares(lines)] == ["127.0.0.1", "127.0.0.2"]
    lines = scripts.ok("delete shadows volume \\\\127.0.0.2\\share1", "list shadows all")
    assert "Number of shadow copies deleted: 1" in lines
    assert "Number of shadow copies listed: 1" in lines
    leftovers.assert_none(fs2)
    scripts.ok("delete shadows all")
    leftovers.assert_none(fs1)


# ------------------------------------------------------------------------ failures --

def test_a_script_ends_with_the_first_command_that_is_unknown(sandbox, scripts):
    done = scripts(f"add volume \\\\{sandbox.host}\\share1", "frobnicate", "create")
    assert done.code != 0
    assert re.search(r"script\.dsh:2:.*unknown command 'frobnicate'", done.output)
    assert "-> create" not in done.output
    leftovers.assert_none(sandbox)


def test_what_disk_shadow_can_and_file_shares_cannot_is_named(scripts):
    done = scripts("expose {x} z:")
    assert done.code != 0 and "EXPOSE is not supported" in done.output


def test_volatile_shadow_copies_go_with_the_script(sandbox, scripts):
    lines = scripts.ok(f"add volume \\\\{sandbox.host}\\share1", "create", "list shadows all")
    assert "- Attributes: Auto_Release FileShare" in lines
    leftovers.assert_none(sandbox)
    done = scripts(f"add volume \\\\{sandbox.host}\\share1", "create", "exec /bin/false", "list shadows all")
    assert done.code != 0 and "/bin/false" in done.output
    leftovers.assert_none(sandbox)


def test_a_writer_that_does_not_freeze_leaves_no_set(sandbox, scripts):
    writer = scripts.add_writer("sql", LOG_CALLS + '[ "$1" != freeze ]\n')
    done = scripts("writer verify sql", f"add volume \\\\{sandbox.host}\\share1", "create")
    assert done.code != 0 and "sql" in done.output
    assert "thaw" in writer.with_name("sql.calls").read_text(encoding="utf-8").split()
    leftovers.assert_none(sandbox)


def test_a_verified_writer_has_to_be_there(sandbox, scripts):
    done = scripts(f"writer verify {{{HYPER_V}}}", f"add volume \\\\{sandbox.host}\\share1", "create")
    assert done.code != 0 and HYPER_V in done.output
    leftovers.assert_none(sandbox)


def test_the_shell_takes_the_same_from_a_pipe(sandbox, scripts):
    shell = scripts.shadow.command("shell", "--writers-dir", scripts.writers)
    done = run(shell, text=f"set context persistent\nadd volume \\\\{sandbox.host}\\share1\ncreate\n"
                           "delete shadows all\nexit\n", cwd=scripts.directory)
    assert done.ok, str(done)
    assert "Number of shadow copies deleted: 1" in done.output
    done = run(shell, text="frobnicate\nlist shadows all\n", cwd=scripts.directory)
    assert not done.ok and "list shadows" not in done.output
    leftovers.assert_none(sandbox)
