# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's smb.conf."""

from . import daemons

DIRECTORIES = {
    "lock directory": "lock",
    "state directory": "state",
    "cache directory": "cache",
    "private dir": "private",
    "pid directory": "pid",
    "ncalrpc dir": "ncalrpc",
    "winbindd socket directory": "winbindd",
}

LOOPBACK = "127.0.0.1"
PRIVATE = ("private", "winbindd")


def create_directories(directory):
    for name in (*DIRECTORIES.values(), "log"):
        (directory / name).mkdir()
    for name in PRIVATE:
        (directory / name).chmod(0o700)


def _globals(directory, port, options):
    parameters = {
        "netbios name": f"FSS{port}",
        "workgroup": "FSSANDBOX",
        "server role": "standalone server",
        "passdb backend": "tdbsam",
        "map to guest": "never",
        "interfaces": "127.0.0.0/8" if options.address == LOOPBACK else f"{options.address}/8",
        "bind interfaces only": "yes",
        "smb ports": port,
        "disable netbios": "yes",
        "load printers": "no",
        "printing": "bsd",
        "printcap name": "/dev/null",
        "disable spoolss": "yes",
        "usershare max shares": 0,
        "log level": 1,
        "max log size": 50000,
        "registry shares": "yes",
        # samba-dcerpcd is started by hand, with the worker that is wanted.
        "rpc start on demand helpers": "no",
    }
    parameters |= {key: directory / name for key, name in DIRECTORIES.items()}
    if options.agent == "fss":
        # The one that is installed may be of another version.
        parameters["fss:snapshot helper"] = daemons.snapshot_helper(options)
    if options.agent == "stock":
        # As vfs_btrfs(8) and vfs_snapper(8) ask for.
        parameters["include"] = "registry"
    return parameters


def _share(share, module):
    parameters = {
        "path": share["path"],
        "comment": f"sandbox {share['name']}",
        "read only": "no",
        "create mask": "0666",
        "directory mask": "0777",
        "vfs objects": module,
    }
    if module == "btrfs":
        parameters["btrfs: manipulate snapshots"] = "yes"
    return parameters


def _section(name, parameters, further):
    lines = [f"[{name}]"]
    lines += [f"\t{key} = {value}" for key, value in (*parameters.items(), *further)]
    return "\n".join(lines) + "\n"


def write(directory, port, shares, options):
    """Writes smb.conf and returns its path."""
    sections = [_section("global", _globals(directory, port, options), options.global_parameters)]
    sections += [_section(share["name"], _share(share, options.module), options.share_parameters) for share in shares]
    conf = directory / "smb.conf"
    conf.write_text("\n".join(sections), encoding="utf-8")
    return conf
