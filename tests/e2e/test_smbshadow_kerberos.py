# SPDX-License-Identifier: GPL-3.0-or-later
"""smbshadow with Kerberos: a private realm, and a server of it that is in no domain."""

import json
import re
import shutil
import time

import pytest

from kdc import DOMAIN, REALM, Kdc
from smbshadow import Smbshadow, nothing_left

USER = "fss-admin"
SERVER = f"files.{DOMAIN}"
STRANGER = f"stranger.{DOMAIN}"  # the server by a name that has no principal
DENIED = 4  # smbshadow(1)
AT_ONCE = 20  # seconds; a server that does not answer is waited for longer
NO_CACHE = "FILE:/nonexistent/cache"
REQUIRED = ["--use-kerberos=required"]


@pytest.fixture(name="kdc", scope="module")
def _kdc(real_filesystem, tmp_path_factory):
    assert shutil.which("krb5kdc", path="/usr/sbin"), "krb5-kdc is not installed; scripts/setup installs it"
    with Kdc(tmp_path_factory.mktemp("kdc")) as kdc:
        kdc.password = kdc.add_user(USER)
        kdc.add_service(f"cifs/{SERVER}")
        yield kdc


@pytest.fixture(name="base_options", scope="module")
def _base_options(base_options, kdc):
    """The sandbox's server is of the realm."""
    parameters = {"realm": REALM, "kerberos method": "dedicated keytab", "dedicated keytab file": kdc.keytab,
                  "fss:server names": f"{SERVER} {STRANGER}", "log level": "1 auth_audit:4"}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in kdc.environment.items():
            environment.setenv(name, value)
        yield [*base_options, *(word for key, value in parameters.items() for word in ("--global", f"{key} = {value}"))]


class Client(Smbshadow):
    """It knows the server's names, and no login but what it is given."""

    def __init__(self, sandbox, build_dir, directory):
        super().__init__(sandbox, build_dir, directory)
        self.hosts = directory / "hosts"
        self.hosts.write_text(f"127.0.0.1 localhost\n{sandbox.host} {SERVER} {STRANGER}\n", encoding="ascii")
        self.login = []

    def command(self, *words, login=None):
        with_names = 'mount --bind "$0" /etc/hosts && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", with_names, str(self.hosts), *super().command(*words, login=login)]


@pytest.fixture(name="shadow")
def _shadow(sandbox, request, tmp_path):
    return Client(sandbox, request.config.getoption("--build-dir"), tmp_path)


class Logins:
    """By which services and mechanisms clients log in, or try to, from now on."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.before = len(self._all())

    def _all(self):
        return re.findall(r"(?:Auth|Successful AuthZ): \[([^]]*)\]", self.sandbox.log())

    def new(self):
        return set(self._all()[self.before:])


# Options and environment: of who has logged in with kinit, and of who has a password.
WAYS = {
    "a ticket": lambda kdc: (REQUIRED, {"KRB5CCNAME": kdc.ticket(USER, kdc.password)}),
    "a ticket, and no password": lambda kdc: (["-N"], {"KRB5CCNAME": kdc.ticket(USER, kdc.password)}),
    "a cache": lambda kdc: (["--use-krb5-ccache", kdc.ticket(USER, kdc.password)], {"KRB5CCNAME": NO_CACHE}),
    "a password": lambda kdc: ([*REQUIRED, "-U", USER], {"KRB5CCNAME": NO_CACHE, "PASSWD": kdc.password}),
    "a principal": lambda kdc: (["-U", f"{USER}@{REALM}"], {"KRB5CCNAME": NO_CACHE, "PASSWD": kdc.password}),
}


@pytest.mark.parametrize("way", WAYS)
def test_kerberos_serves_every_connection_of_a_backup_and_its_restore(sandbox, kdc, shadow, tmp_path, way):
    login, environment = WAYS[way](kdc)
    options = {"login": login, **environment}
    share = sandbox.shares["share1"].path
    (share / "kept").write_text(way, encoding="utf-8")
    shutil.chown(share / "kept", USER, USER)  # who may give it no other owner
    logins = Logins(sandbox)

    made = shadow.create(f"//{SERVER}/share1", **options)
    shadow.ok("copy", made["id"], tmp_path / "copy", **options)
    (share / "kept").unlink()
    shadow.ok("restore", tmp_path / "copy", f"//{SERVER}/share1", **options)
    shadow.ok("delete", made["id"], **options)

    assert (share / "kept").read_text(encoding="utf-8") == way
    assert "O:S-1-" in (tmp_path / "copy/.smbshadow/manifest.jsonl").read_text(encoding="utf-8"), "no owner was read"
    assert logins.new() == {"SMB2,krb5"}
    assert shadow.listed() == []
    nothing_left(sandbox)


def test_the_tickets_are_for_the_cifs_principal_of_the_server_alone(kdc, shadow):
    cache = kdc.ticket(USER, kdc.password)
    shadow.ok("check", f"//{SERVER}/share1", login=REQUIRED, KRB5CCNAME=cache)
    assert kdc.services(cache) == {f"krbtgt/{REALM}@{REALM}", f"cifs/{SERVER}@{REALM}"}


def expired(kdc):
    cache = kdc.ticket(USER, kdc.password, "-l", "1s")
    time.sleep(2)
    return cache


# Who, the server's name, and what the advice names.
REFUSALS = {
    "no ticket": (lambda kdc: (REQUIRED, {"KRB5CCNAME": NO_CACHE}), SERVER, "'kinit'"),
    "an expired ticket": (lambda kdc: (REQUIRED, {"KRB5CCNAME": expired(kdc)}), SERVER, "'kinit'"),
    "neither ticket nor password": (lambda kdc: (["-N"], {"KRB5CCNAME": NO_CACHE}), SERVER, "'kinit'"),
    "a wrong password": (lambda kdc: ([*REQUIRED, "-U", USER], {"KRB5CCNAME": NO_CACHE, "PASSWD": "wrong"}), SERVER,
                         "check user and password"),
    "a server without principal": (lambda kdc: (REQUIRED, {"KRB5CCNAME": kdc.ticket(USER, kdc.password)}), STRANGER,
                                   f"'cifs/{STRANGER}'"),
    "an address": (lambda kdc: (REQUIRED, {"KRB5CCNAME": kdc.ticket(USER, kdc.password)}), "127.0.0.1",
                   "the server's name, not its address"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_kerberos_cannot_do_is_told_with_advice(sandbox, kdc, shadow, case):
    who, server, advice = REFUSALS[case]
    login, environment = who(kdc)
    done = shadow("--json", "create", f"//{server}/share1", login=login, **environment)
    assert done.code == DENIED, str(done)
    assert advice in json.loads(done.out)["failure"]["advice"], str(done)
    nothing_left(sandbox)


@pytest.mark.parametrize("login", [REQUIRED, ["-N"]])
def test_a_copy_without_ticket_is_refused_at_once(sandbox, kdc, shadow, tmp_path, login):
    ticket = {"login": REQUIRED, "KRB5CCNAME": kdc.ticket(USER, kdc.password)}
    made = shadow.create(f"//{SERVER}/share1", **ticket)
    begin = time.monotonic()
    done = shadow("copy", made["id"], tmp_path / "copy", login=login, KRB5CCNAME=NO_CACHE)
    took = time.monotonic() - begin
    shadow.ok("delete", made["id"], **ticket)
    assert done.code == DENIED, str(done)
    assert "'kinit'" in done.output and "share1@{" in done.output
    assert took < AT_ONCE
    nothing_left(sandbox)
