# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapperd for a sandbox: on a system bus of its own, with configurations of its own.

Snapper's files in /etc are the machine's; the sandbox's snapperd sees others in their place.
"""

import os
import time

from .common import MARKER, SandboxError, run

BUS_SECONDS = 20
CONFIGURATIONS = "/etc/snapper"
SYSCONFIG = "/etc/default/snapper"

BUS_CONF = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={bus}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{home}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>/usr/share/dbus-1/system.d/org.opensuse.Snapper.conf</include>
</busconfig>
"""

SERVICE = """[D-BUS Service]
Name=org.opensuse.Snapper
Exec=/bin/sh {home}/snapperd
User=root
"""

# In a mount namespace of its own.
SNAPPERD = """export {marker}={directory} DBUS_SYSTEM_BUS_ADDRESS=unix:path={bus} PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec unshare --mount sh -c 'mount --bind {home}/etc {configurations} &&
	mount --bind {home}/default {sysconfig} && exec snapperd'
"""


def _home(directory):
    return directory / "snapper"


def bus_address(directory):
    return f"unix:path={_home(directory)}/bus"


def is_set_up(directory):
    return _home(directory).exists()


def set_up(directory):
    """Writes what dbus-daemon and snapperd need."""
    for path in (CONFIGURATIONS, SYSCONFIG, "/usr/sbin/snapperd", "/usr/bin/dbus-daemon"):
        if not os.path.exists(path):
            raise SandboxError(f"{path} is missing; scripts/setup installs snapper and dbus-daemon")
    home = _home(directory)
    (home / "etc" / "configs").mkdir(parents=True)
    (home / "default").write_text('SNAPPER_CONFIGS=""\n', encoding="ascii")
    values = {"home": home, "bus": home / "bus", "marker": MARKER, "directory": directory,
              "configurations": CONFIGURATIONS, "sysconfig": SYSCONFIG}
    for name, text in (("bus.conf", BUS_CONF), ("org.opensuse.Snapper.service", SERVICE), ("snapperd", SNAPPERD)):
        (home / name).write_text(text.format(**values), encoding="utf-8")


def bus_command(directory):
    return ["dbus-daemon", "--nofork", "--config-file", _home(directory) / "bus.conf"]


def wait_for_bus(directory):
    deadline = time.monotonic() + BUS_SECONDS
    while not (_home(directory) / "bus").exists():
        if time.monotonic() > deadline:
            raise SandboxError("dbus-daemon does not come up")
        time.sleep(0.05)


def create_configurations(directory, shares):
    """One for each share's subvolume, of the share's name."""
    for share in shares:
        run(directory, ["env", f"DBUS_SYSTEM_BUS_ADDRESS={bus_address(directory)}",
                        "snapper", "-c", share["name"], "create-config", share["path"]])
