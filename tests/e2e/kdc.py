# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Kerberos realm on the loopback address, by MIT's KDC."""

import contextlib
import os
import pathlib
import random
import secrets
import socket
import subprocess
import time

from harness import run

REALM = "SMBSHADOW.TEST"
DOMAIN = REALM.lower()
LOOPBACK = "127.0.0.1"
PORTS = range(20000, 32000)  # below the range that the kernel gives to clients' sockets
READY_SECONDS = 30

CLIENT = """
[libdefaults]
	default_realm = {realm}
	dns_lookup_realm = false
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
[realms]
	{realm} = {{
		kdc = {address}:{port}
	}}
[domain_realm]
	.{domain} = {realm}
"""

# Without a PAC, which a standalone Samba does not take.
SERVER = """
[kdcdefaults]
	kdc_listen = {address}:{port}
	kdc_tcp_listen = {address}:{port}
[realms]
	{realm} = {{
		database_name = {directory}/principal
		key_stash_file = {directory}/stash
		acl_file = {directory}/acl
		disable_pac = true
	}}
[logging]
	kdc = FILE:{directory}/kdc.log
"""


def _free_port():
    """One that is free for both TCP and UDP."""
    for port in random.sample(PORTS, 100):
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((LOOPBACK, port))
            udp.bind((LOOPBACK, port))
            return port
    raise AssertionError("no free port found")


class Kdc:
    """Use it in a with block; environment is for all that knows the realm."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.keytab = self.directory / "keytab"
        self.environment = {"KRB5_CONFIG": str(self.directory / "krb5.conf"),
                            "KRB5_KDC_PROFILE": str(self.directory / "kdc.conf")}
        self._process = None

    def __enter__(self):
        self._configure(_free_port())
        self._run(["kdb5_util", "create", "-s", "-r", REALM], text=2 * f"{secrets.token_hex(12)}\n")
        # Ends with this process, however that ends.
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "/usr/sbin/krb5kdc", "-n"],
                                         env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        self._process.kill()
        self._process.wait()

    def add_user(self, name):
        """Returns the password."""
        password = secrets.token_hex(12)
        self._run(["kadmin.local", "add_principal", name], text=2 * f"{password}\n")
        return password

    def add_service(self, principal):
        """A server's principal, whose keys go to the keytab."""
        self._run(["kadmin.local", "add_principal", "-randkey", principal])
        self._run(["kadmin.local", "ktadd", "-k", self.keytab, principal])

    def ticket(self, user, password, *options):
        """Returns a new cache with the user's ticket."""
        cache = f"FILE:{self.directory}/{secrets.token_hex(4)}.ccache"
        done = self.kinit(user, password, "-c", cache, *options)
        assert done.ok, str(done)
        return cache

    def kinit(self, user, password, *options):
        return self._run(["kinit", *options, user], text=f"{password}\n", check=False)

    def services(self, cache):
        """The services that a cache has tickets for."""
        lines = self._run(["klist", "-c", cache]).output.splitlines()
        return {line.split()[-1] for line in lines if line.endswith(f"@{REALM}") and "principal:" not in line}

    def _configure(self, port):
        values = {"realm": REALM, "domain": DOMAIN, "address": LOOPBACK, "port": port, "directory": self.directory}
        for name, text in (("krb5.conf", CLIENT), ("kdc.conf", SERVER)):
            (self.directory / name).write_text(text.format(**values), encoding="utf-8")

    def _wait(self):
        """Until it answers that it knows nobody of that name."""
        deadline = time.monotonic() + READY_SECONDS
        while "not found in Kerberos database" not in (answer := self.kinit("nobody", "")).output:
            assert self._process.poll() is None, f"the KDC has ended:\n{self._log()}"
            assert time.monotonic() < deadline, f"the KDC does not answer within {READY_SECONDS} s:\n{answer}"
            time.sleep(0.1)

    def _log(self):
        with contextlib.suppress(OSError):
            return (self.directory / "kdc.log").read_text(encoding="utf-8")
        return "no log"

    def _run(self, command, text=None, check=True):
        """In the realm; the words of the environment come first."""
        words = [f"{name}={value}" for name, value in self.environment.items()]
        done = run(["env", *words, *command], text=text)
        assert done.ok or not check, str(done)
        return done
