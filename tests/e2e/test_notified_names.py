# SPDX-License-Identifier: GPL-3.0-or-later
"""What change notifications say of a snapshot store: its name in the directory that holds it, which is no secret,
and nothing of what is in it. The kernel tells smbd, and Samba asks no module."""

import re
import subprocess
import time

from shadow_copies import shadow_copy_set

SECONDS = 20


def test_notifications_tell_nothing_of_what_is_in_the_store(sandbox):
    path = sandbox.shares["share1"].path
    command = ["stdbuf", "-oL", "smbclient", "-s", sandbox.conf, "-p", sandbox.port, "-U", "%".join(sandbox.nobody),
               f"//{sandbox.host}/share1", "-c", "notify /"]
    with open(sandbox.dir / "notified", "w+", encoding="utf-8") as output:
        watching = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output,
                                    stdin=subprocess.DEVNULL)
        try:
            seen = ""
            for number in range(SECONDS * 5):  # until it watches
                (path / f"before{number}").touch()
                time.sleep(0.2)
                seen = (sandbox.dir / "notified").read_text(encoding="utf-8")
                if "before" in seen:
                    break
            assert "before" in seen
            with shadow_copy_set(sandbox, "share1") as made:
                copy = str(made.copy_ids["share1"])
            (path / "after").touch()
            for _ in range(SECONDS * 5):
                seen = (sandbox.dir / "notified").read_text(encoding="utf-8")
                if "after" in seen:
                    break
                time.sleep(0.2)
        finally:
            watching.terminate()
            watching.wait()
    assert "after" in seen, seen
    names = {line.split(maxsplit=1)[1] for line in seen.splitlines() if re.match(r"^[0-9a-f]{4} ", line)}
    assert "after" in names, seen
    assert {name for name in names if not name.startswith(("before", "after"))} == {".fss"}
    assert copy.lower() not in seen.lower()
