# SPDX-License-Identifier: GPL-3.0-or-later
"""Samba's own test suite for FSRVP, smbtorture rpc.fsrvp, on a share of a sandbox."""

import dataclasses
import itertools
import pathlib
import re
import uuid

import leftovers
import snapper_admin as snapperd
from harness import GUID, Sandbox, checked

# seq_timeout sleeps this long, five times; no other test may take as long.
SEQUENCE_SECONDS = 3
OPTIONS = ["--global", f"fss: sequence timeout = {SEQUENCE_SECONDS}"]  # of a sandbox for it
TEST_SECONDS = 60
SUITE_SECONDS = 150

SUITE = "rpc.fsrvp"
SHARE = "fsrvp_share"  # the suite's
TESTS = ("share_sd", "enum_created", "sc_share_io", "bad_id", "sc_set_abort", "create_simple", "set_ctx",
         "get_version", "is_path_supported", "seq_timeout")


@dataclasses.dataclass
class Suite:
    sandbox: Sandbox
    share_path: pathlib.Path
    binding: str
    user: tuple

    def run(self, test, seconds=TEST_SECONDS):
        return self.sandbox.smbtorture(test, options=[f"--option=fss:sequence timeout={SEQUENCE_SECONDS}"],
                                       user=self.user, target=f"ncacn_np:{self.sandbox.host}[{self.binding}]",
                                       seconds=seconds)

    def own_subvolumes(self):
        return [self.share_path, self.share_path / ".snapshots"]

    def show_previous_versions(self, shown):
        self.sandbox.net("conf", "setparm", SHARE, "fss:previous versions", "yes" if shown else "no")


def add_suites_share(sandbox):
    path = sandbox.volumes[0] / SHARE
    checked(["btrfs", "subvolume", "create", path])
    path.chmod(0o777)
    with_btrfs = sandbox.parameter("vfs objects") == "btrfs"
    sandbox.add_registry_share(SHARE, path, **({"btrfs: manipulate snapshots": "yes"} if with_btrfs else {}))
    if sandbox.description["provider"] == "snapper":
        snapperd.create_config(sandbox, SHARE, path)
        sandbox.net("conf", "setparm", SHARE, "fss:provider", "snapper")
    return path


def delete_what_it_leaves(suite):
    """enum_created deletes none of its two shadow copies."""
    sandbox = suite.sandbox
    copies = [re.search(GUID, share)[0] for share in leftovers.exposed_shares(sandbox)]
    records = [record.rpartition("set/")[2] for record in leftovers.records(sandbox) if "set/" in record]
    sets = [re.search(GUID, record)[0] for record in records]
    with sandbox.client() as client:
        for set_id, copy_id in itertools.product(sets, copies):  # which is whose is not known
            client.delete_share_mapping(uuid.UUID(set_id), uuid.UUID(copy_id), sandbox.unc(SHARE))
    leftovers.assert_none(sandbox, expected_subvolumes=suite.own_subvolumes())
