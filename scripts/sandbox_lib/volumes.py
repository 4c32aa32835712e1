# SPDX-License-Identifier: GPL-3.0-or-later
"""Loop-mounted file systems below the sandbox's directory."""

import fcntl
import os
import pathlib
import stat
import struct
import subprocess
import time

from . import processes
from .common import SandboxError, run

LOOP_MAJOR = 7
LOOP_CONTROL = pathlib.Path("/dev/loop-control")
LOOP_CONTROL_DEVICE = os.makedev(10, 237)
LOOP_CTL_GET_FREE = 0x4C82
LOOP_GET_STATUS64 = 0x4C05
LOOP_STATUS64_BYTES = 232
SPARE_NODES = 8
UNMOUNT_SECONDS = 10


def require(directory, file_system):
    if file_system in pathlib.Path("/proc/filesystems").read_text(encoding="ascii").split():
        return
    try:
        run(directory, ["modprobe", file_system])
    except SandboxError:
        raise SandboxError(f"this kernel has no {file_system}") from None


def _make_node(path, kind, device):
    if not path.exists():
        os.mknod(path, kind | 0o600, device)


def prepare_loop_nodes(count):
    """Makes the device nodes that a bare /dev, as in a chroot, lacks."""
    _make_node(LOOP_CONTROL, stat.S_IFCHR, LOOP_CONTROL_DEVICE)
    try:
        with LOOP_CONTROL.open("rb") as control:
            free = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
    except OSError as error:
        raise SandboxError(f"no loop device can be had: {LOOP_CONTROL}: {error.strerror}") from None
    # Others may take the free one meanwhile, so some more are made.
    for number in range(free + count + SPARE_NODES):
        _make_node(pathlib.Path(f"/dev/loop{number}"), stat.S_IFBLK, os.makedev(LOOP_MAJOR, number))


def mount_point(directory, name):
    return directory / "volumes" / name


def create(directory, number, size):
    """Makes and mounts one btrfs file system; returns its mount point."""
    return _create(directory, f"volume{number}", size, "btrfs", ["mkfs.btrfs", "--quiet"])


def create_xfs(directory, number, size):
    """One with reflinks, so that copies are quick and share their blocks."""
    return _create(directory, f"xfs{number}", size, "xfs", ["mkfs.xfs", "-q", "-m", "reflink=1"])


def _create(directory, name, size, file_system, make):
    """size: of the image in bytes; it is sparse."""
    image = directory / "images" / f"{name}.img"
    point = mount_point(directory, name)
    image.parent.mkdir(exist_ok=True)
    point.mkdir(parents=True)
    with image.open("xb") as file:
        file.truncate(size)
    run(directory, [*make, image])
    # mount's own loop option sets autoclear: no mount, no loop device.
    run(directory, ["mount", "-t", file_system, "-o", "loop", image, point])
    return point


def create_subvolume(directory, path):
    run(directory, ["btrfs", "subvolume", "create", path])
    path.chmod(0o777)


def _unescape(text):
    """mountinfo writes blanks and the like as \\ooo."""
    return text.encode("ascii", "surrogateescape").decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


def _mounts_below(directory, process):
    """Mount points at or below the directory that a process sees, the last mounted first."""
    try:
        lines = (process / "mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []  # ended meanwhile
    points = [_unescape(line.split()[4]) for line in lines]
    return [point for point in reversed(points) if f"{point}/".startswith(f"{directory}/")]


def _mount_namespaces():
    """One process of each mount namespace, this process first.

    Whoever made a mount namespace while the sandbox was up has copies of its
    mounts, and they keep its loop devices attached.
    """
    found = {os.readlink("/proc/self/ns/mnt"): pathlib.Path("/proc/self")}
    for process in filter(processes.has_our_root, pathlib.Path("/proc").glob("[0-9]*")):
        try:
            found.setdefault(os.readlink(process / "ns/mnt"), process)
        except OSError:
            continue
    return list(found.values())


def _image_of(device):
    """What a loop device is of, as st_dev and st_ino."""
    info = bytearray(LOOP_STATUS64_BYTES)
    with open(device, "rb") as file:
        fcntl.ioctl(file, LOOP_GET_STATUS64, info)
    return struct.unpack_from("=QQ", info)


def _is_image(device, path):
    """Whether a loop device is of the file that has this name here. In another root another has it."""
    try:
        status = os.stat(path)
    except OSError:
        return True  # removed: the name is all there is to go by
    try:
        return _image_of(device) == (status.st_dev, status.st_ino)
    except OSError:
        return False  # detached meanwhile


def loop_devices_below(directory):
    """Loop devices whose image lies (or lay) below the directory."""
    devices = []
    for entry in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            backing = entry.read_text(encoding="utf-8").rstrip("\n")
        except OSError:
            continue  # detached meanwhile
        device = f"/dev/{entry.parts[3]}"
        if backing.startswith(f"{directory}/") and _is_image(device, backing):
            devices.append(device)
    return devices


def _unmount(point, process, deadline):
    namespace = [] if process.name == "self" else ["--namespace", process.name]
    while True:
        subprocess.run(["umount", *namespace, point], capture_output=True, timeout=60, check=False)
        if point not in _mounts_below(point, process):
            return
        if time.monotonic() > deadline:
            raise SandboxError(f"{point} stays busy; processes that use it: {processes.users_of(point)}")
        time.sleep(0.2)


def _unmount_all(directory, deadline):
    for process in _mount_namespaces():
        while points := _mounts_below(directory, process):
            _unmount(points[0], process, deadline)


def _detach_all(directory, deadline):
    while devices := loop_devices_below(directory):
        # Again each time: a mount namespace may be made while all others are looked through.
        _unmount_all(directory, deadline)
        for device in devices:
            # An autoclear device may vanish by itself before its turn comes.
            subprocess.run(["losetup", "--detach", device], capture_output=True, timeout=60, check=False)
        if time.monotonic() > deadline:
            raise SandboxError(f"loop devices stay attached: {' '.join(devices)}")
        time.sleep(0.1)


def release_all(directory, seconds):
    """Unmounts and detaches all that lies below the directory."""
    deadline = time.monotonic() + seconds
    _unmount_all(directory, deadline)
    _detach_all(directory, deadline)
