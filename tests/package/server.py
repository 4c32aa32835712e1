# SPDX-License-Identifier: GPL-3.0-or-later
"""The file server in the root as the guide finds it, and what clients see of it."""

import re
import shlex

from guide import edit

USER = "anna"
PASSWORD = "Correct-Horse-7"
GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
HOME = f"/home/{USER}"
CONF = "/etc/samba/smb.conf"
# A share beside, which has nothing to do with shadow copies.
OTHER_SHARE = "\n[other]\n   path = /srv/other\n   read only = no\n"


class Server:
    """Samba in a root."""

    def __init__(self, root, guide):
        self.root = root
        self.guide = guide
        root.environment |= {"USER": USER, "PASSWD": PASSWORD}

    def prepare(self):
        """What is there before samba-fss: a share on btrfs, and a user."""
        root = self.root
        root.must(f"useradd --no-create-home {USER}")
        root.must(f"install -d -o {USER} {HOME}")
        root.must(f"printf '%s\\n%s\\n' '{PASSWORD}' '{PASSWORD}' | pdbedit -a -t -u {USER}")
        root.must(f"install -d -o {USER} /srv/other && chown {USER} /srv/data")
        conf = root.file(CONF)
        conf.write_text(conf.read_text() + "\n" + self.guide.blocks["share"] + OTHER_SHARE)
        root.must("service smbd start")
        root.wait("smbclient -L 127.0.0.1 -U $USER")

    def configure(self, block):
        """Puts a block of the guide into smb.conf."""
        self.change(lambda text: edit(text, self.guide.configuration(block)))

    def change(self, edited):
        conf = self.root.file(CONF)
        conf.write_text(edited(conf.read_text()))

    def follow(self, block, **environment):
        """Runs the commands of a block of the guide; returns what they print."""
        return "".join(self.root.must(command, environment=environment) for command in self.guide.commands(block))

    def follow_as_user(self, block, **environment):
        """Runs the commands of a block of the guide without being root; returns what they print."""
        shell = f"runuser -u {USER} -- env HOME={HOME} sh -c "
        return "".join(self.root.must(shell + shlex.quote(command), environment=environment)
                       for command in self.guide.commands(block))

    def smbclient(self, share, commands):
        return self.root.run(f"smbclient '//127.0.0.1/{share}' -U $USER -c '{commands}'")

    def rpcclient(self, command):
        return self.root.run(f"rpcclient 'ncacn_np:127.0.0.1[sign]' -U $USER -c '{command}'")

    def reachable(self, share):
        return self.smbclient(share, "ls").ok

    def smbd(self):
        """The daemon's process."""
        return self.root.must("cat /run/samba/smbd.pid").strip()

    def snapshots(self):
        """The snapshots of shadow copies on the disk."""
        return self.root.run("ls -d /srv/data/.fss/*/snapshot").output.split() if self.stored() else []

    def stored(self):
        return self.root.run("ls -d /srv/data/.fss/*/snapshot").ok


class ShadowCopy:
    """The ids that rpcclient prints when it has made one."""

    def __init__(self, output):
        found = re.search(rf"({GUID})\(({GUID})\): share (\S+) exposed", output)
        assert found, output
        self.set, self.copy, self.exposed = found.groups()

    @property
    def environment(self):
        return {"SET": self.set, "COPY": self.copy, "EXPOSED": self.exposed}
