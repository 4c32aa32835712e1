# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps users out of a base share: the cases of test_second_door.py.

In values, {admin} and {nobody} are users, {sid} is admin's SID, {path} the share's directory, {name} its name, {same}
a script that is called with pairs of words that must be the same. A
parameter is smb.conf's; "sharesec" is what `sharesec -R` takes, "directory" the mode of the directory around the
share's.
"""

import dataclasses

HOST = "127.0.0.2"  # that some cases keep out
# Admits one user; closes for others.
GATE = "/usr/bin/test %u = {admin}"
EVERYBODY = "S-1-1-0:ALLOWED/0/FULL"
ONE = "{sid}:ALLOWED/0/FULL"
NOT_PERMITTED = r"user '{user}' .* not permitted to access this share \({share}\)"
THIS_USER = "does not allow this user"
ANOTHER_USER = "lets clients act as another user or group by now than when the shadow copy was exposed"
DIRECTORY = "lies in a directory that this user may not enter"
SEVERAL = "share several depends on who connects: "
READ_ONLY = ("{sid}:ALLOWED/0/FULL", "S-1-1-0:ALLOWED/0/READ")


@dataclasses.dataclass
class Case:
    """closed: keeps `nobody` out, and admits `admin` (unless it keeps out all). opened: what undoes it.

    reason: what fss says of the base share. own: what smbd says first where the copy's own definition keeps him out,
    or "" where it says nothing; None: that definition does not.
    """
    closed: dict
    opened: dict
    reason: str
    own: str | None = None
    all: bool = False        # admin is kept out, too
    base_open: bool = False  # the base share itself admits them nevertheless


def gate(parameter, script=GATE):
    return Case({parameter: script, f"{parameter} close": "yes"}, {parameter: "", f"{parameter} close": "no"},
                f"has a {parameter} that refuses this client")


# Whoever is kept out from the beginning is kept out of the copy; so is one whom a later change keeps out.
CASES = {
    "valid users": Case({"valid users": "{admin}"}, {"valid users": ""}, THIS_USER, NOT_PERMITTED),
    "valid users by group": Case({"valid users": "+daemon {admin}"}, {"valid users": ""}, THIS_USER, NOT_PERMITTED),
    "invalid users": Case({"invalid users": "{nobody}"}, {"invalid users": ""}, THIS_USER, NOT_PERMITTED),
    "invalid users over valid ones": Case({"valid users": "{admin} {nobody}", "invalid users": "{nobody}"},
                                          {"valid users": "", "invalid users": ""}, THIS_USER, NOT_PERMITTED),
    "share descriptor": Case({"sharesec": ONE}, {"sharesec": EVERYBODY}, THIS_USER, ""),
    "share descriptor that denies": Case({"sharesec": "{other}:DENIED/0/FULL,S-1-1-0:ALLOWED/0/FULL"},
                                         {"sharesec": EVERYBODY}, THIS_USER, ""),
    "root preexec": gate("root preexec"),
    "root preexec by %U": gate("root preexec", "/usr/bin/test %U = {admin}"),
    "root preexec by the share's name": gate("root preexec", "{same} %S {name} %u {admin}"),
    "root preexec by the share's path": gate("root preexec", "{same} %P {path} %u {admin}"),
    "preexec": gate("preexec"),
    "preexec as the user": gate("preexec", "{same} user {admin}"),
    "directory around": Case({"directory": "0700"}, {"directory": "0755"}, DIRECTORY),
    "directory around by group": Case({"directory": "0750"}, {"directory": "0755"}, DIRECTORY),
}

# Changes while the copy is exposed that keep all users out.
CLOSED_LATER = {
    "not available": Case({"available": "no"}, {"available": "yes"}, "does not exist for this client", all=True),
    "hosts deny": Case({"hosts deny": "ALL"}, {"hosts deny": ""}, "does not allow this host", all=True),
    "encryption": Case({"server smb encrypt": "required"}, {"server smb encrypt": "default"},
                       "requires encryption by now", all=True, base_open=True),
    "printer": Case({"printable": "yes"}, {"printable": "no"}, "is not available", all=True),
    "another user": Case({"force user": "{nobody}"}, {"force user": ""}, ANOTHER_USER, all=True, base_open=True),
    "another group": Case({"force group": "daemon"}, {"force group": ""}, ANOTHER_USER, all=True, base_open=True),
    "guests only": Case({"guest only": "yes", "guest ok": "yes"}, {"guest only": "no", "guest ok": "no"}, ANOTHER_USER,
                        all=True, base_open=True),
    "descriptor for nobody": Case({"sharesec": "S-1-5-32-546:ALLOWED/0/FULL"}, {"sharesec": EVERYBODY}, THIS_USER,
                                  all=True),
    "another server": Case({"msdfs proxy": "\\elsewhere\\share"}, {"msdfs proxy": ""},
                           "leads to another server (msdfs proxy)", all=True),
}

# A host is kept out by its lists: whether HOST is.
HOSTS = {
    "deny": ({"hosts deny": HOST}, True),
    "allow": ({"hosts allow": "192.0.2.1"}, True),
    "both": ({"hosts allow": "127.0.0.1", "hosts deny": "127."}, True),
    "both, and allowed": ({"hosts allow": "127.", "hosts deny": HOST}, False),  # what is allowed comes first
}

# Shares without shadow copies: their lines, those of [global], and what the log says.
DEPENDENT = {
    **{f"include by %{variable}": ([f"include = /nowhere/%{variable}.conf"], [],
                                   f"{SEVERAL}include = /nowhere/%{variable}.conf in [several]")
       for variable in "UGmIuDMRa"},
    **{f"global include by %{variable}": ([], [f"include = /nowhere/%{variable}.conf"],
                                          f"{SEVERAL}include = /nowhere/%{variable}.conf in [global]")
       for variable in "HP"},
    "include within an include": (["include = {dir}/outer.conf"], [],
                                  f"{SEVERAL}include = /nowhere/%U.conf in [several]"),
    "copy of such a share": (["copy = pattern"], [], f"{SEVERAL}include = /nowhere/%U.conf in [pattern]"),
    "config file": ([], ["config file = /nowhere/%m.conf"], f"{SEVERAL}config file = /nowhere/%m.conf in [global]"),
    **{f"path by %{variable}": ([f"path = {{path}}/%{variable}"], [], "path that depends on who connects")
       for variable in "UuDHmIg"},
}

# Who may write to the base share may write to a copy that is being recovered, and nobody else.
WRITERS = {
    "all": ({}, ("admin", "nobody")),
    "read only": ({"read only": "yes"}, ()),
    "write list": ({"read only": "yes", "write list": "{admin}"}, ("admin",)),
    "read list": ({"read list": "{nobody}"}, ("admin",)),
    "read list over write list": ({"write list": "{admin}", "read list": "{nobody} {admin}"}, ()),
    "share descriptor": ({"sharesec": ",".join(READ_ONLY)}, ("admin",)),
    "admin users of a read-only share": ({"read only": "yes", "admin users": "{nobody}"}, ()),
}


# Files of one user, included in [global], that make shares others than they are for everybody: with such a
# file there are no shadow copies of the share "several", and with one that comes later a copy is closed to him.
OWN_FILES = {
    "user": "[several]\n\tforce user = root\n",
    "invalid users": "[several]\n\tinvalid users = {admin}\n",
    "path": "[several]\n\tpath = {dir}\n",
    "hidden names": "[several]\n\thide files = /file/\n",
    "modules": "[several]\n\tvfs objects = acl_xattr fss\n",
    "option of a module": "[several]\n\tacl_xattr:ignore system acls = yes\n",
}
OWN_FILES_OF_ALL = {
    "for all shares": "[global]\n\tinvalid users = {admin}\n",
    "before a section": "\tveto files = /file/\n",
    "another include": "[global]\n\tinclude = /nowhere.conf\n",
    "copy": "[other]\n\tcopy = several\n",
}
