# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapperd of a test's own: on a private system bus, with private configurations."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

from harness import checked

BUS_ADDRESS = "DBUS_SYSTEM_BUS_ADDRESS"
SECONDS = 20
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
 <type>system</type>
 <listen>unix:path={socket}</listen>
 <auth>EXTERNAL</auth>
 <policy context="default">
  <allow user="*"/> <allow own="*"/> <allow send_type="method_call"/>
  <allow send_destination="*"/> <allow receive_sender="*"/>
 </policy>
</busconfig>
"""
# What snapperd writes of its configurations is seen by itself only.
IN_NAMESPACE = """
mount --bind "$1/snapper" /etc/snapper
mount --bind "$1/default" /etc/default
exec snapperd --stdout
"""


def _ended(process):
    process.terminate()
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def system_bus(directory):
    """For all processes that are started in the with block."""
    directory = pathlib.Path(directory)
    socket = directory / "bus"
    configuration = directory / "bus.conf"
    configuration.write_text(BUS.format(socket=socket), encoding="ascii")
    with (directory / "bus.log").open("wb") as log:
        daemon = subprocess.Popen(["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"],
                                  stdout=log, stderr=log)
    before = os.environ.get(BUS_ADDRESS)
    try:
        deadline = time.monotonic() + SECONDS
        while not socket.exists():
            assert daemon.poll() is None and time.monotonic() < deadline, (directory / "bus.log").read_text()
            time.sleep(0.05)
        os.environ[BUS_ADDRESS] = f"unix:path={socket}"
        yield
    finally:
        _ended(daemon)
        if before is None:
            os.environ.pop(BUS_ADDRESS, None)
        else:
            os.environ[BUS_ADDRESS] = before


@contextlib.contextmanager
def configured(directory, name, subvolume):
    """A snapperd on the bus that has a configuration of that name, for that subvolume."""
    directory = pathlib.Path(directory)
    shutil.copytree("/etc/snapper", directory / "snapper")
    shutil.rmtree(directory / "snapper" / "configs", ignore_errors=True)
    (directory / "snapper" / "configs").mkdir()
    (directory / "default").mkdir()
    (directory / "default" / "snapper").write_text('SNAPPER_CONFIGS=""\n', encoding="ascii")
    with (directory / "snapperd.log").open("wb") as log:
        daemon = subprocess.Popen(["unshare", "--mount", "sh", "-ec", IN_NAMESPACE, "snapperd", str(directory)],
                                  stdout=log, stderr=log)
    try:
        _wait_until_it_answers(daemon, directory)
        checked(["snapper", "-c", name, "create-config", subvolume])
        yield
        checked(["snapper", "-c", name, "delete-config"])
    finally:
        _ended(daemon)


def _wait_until_it_answers(daemon, directory):
    deadline = time.monotonic() + SECONDS
    command = ["dbus-send", "--system", "--print-reply", "--dest=org.opensuse.Snapper", "/org/opensuse/Snapper",
               "org.opensuse.Snapper.ListConfigs"]
    while subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode != 0:
        assert daemon.poll() is None and time.monotonic() < deadline, (directory / "snapperd.log").read_text()
        time.sleep(0.1)


def snapshots(name):
    """The numbers of its snapshots."""
    lines = checked(["snapper", "--csvout", "-c", name, "list", "--columns", "number"]).split()
    return [int(line) for line in lines if line.isdigit() and line != "0"]
