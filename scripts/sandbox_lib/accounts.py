# SPDX-License-Identifier: GPL-3.0-or-later
"""The two users of a sandbox.

Samba's users are private to the sandbox; the Unix users that they need are
shared by all sandboxes of the machine and stay.
"""

import fcntl
import pathlib
import pwd
import secrets

from .common import run

ADMIN = "fss-admin"
NOBODY = "fss-nobody"
BACKUP_OPERATORS = "S-1-5-32-551"
USERS_LOCK = pathlib.Path("/run/lock/samba-fss-sandbox")


def _exists(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def create_unix_users(directory):
    """Makes the Unix users where they are missing; each gets its own group."""
    USERS_LOCK.parent.mkdir(parents=True, exist_ok=True)
    with USERS_LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in (ADMIN, NOBODY):
            if not _exists(name):
                run(directory, ["useradd", "--system", "--user-group", "--no-create-home",
                                "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name])


def _create_samba_user(directory, conf, name):
    password = secrets.token_hex(12)
    run(directory, ["pdbedit", "-s", conf, "-a", "-t", "-u", name], text=f"{password}\n{password}\n")
    return {"user": name, "password": password}


def create_samba_users(directory, conf):
    """Returns admin, a backup operator, and nobody, who has no special right."""
    admin = _create_samba_user(directory, conf, ADMIN)
    nobody = _create_samba_user(directory, conf, NOBODY)
    run(directory, ["net", "-s", conf, "groupmap", "add", f"sid={BACKUP_OPERATORS}",
                    f"unixgroup={ADMIN}", "ntgroup=Backup Operators", "type=builtin"])
    return admin, nobody
