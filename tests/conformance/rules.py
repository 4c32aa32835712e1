# SPDX-License-Identifier: GPL-3.0-or-later
"""How a test says which rule it checks.

source: where the rule comes from
    spec     MS-FSRVP, revision 16
    windows  what Windows servers do: product notes, and Samba's notes on them
    mstest   Microsoft's File Server test suite expects it
    issue    this project's own requirement, where the others are silent
"""

import pytest

SOURCES = ("spec", "windows", "mstest", "issue")

METHODS = {
    "GetSupportedVersion": "3.1.4.1",
    "SetContext": "3.1.4.2",
    "StartShadowCopySet": "3.1.4.3",
    "AddToShadowCopySet": "3.1.4.4",
    "CommitShadowCopySet": "3.1.4.5",
    "ExposeShadowCopySet": "3.1.4.6",
    "RecoveryCompleteShadowCopySet": "3.1.4.7",
    "AbortShadowCopySet": "3.1.4.8",
    "IsPathSupported": "3.1.4.9",
    "IsPathShadowCopied": "3.1.4.10",
    "GetShareMapping": "3.1.4.11",
    "DeleteShareMapping": "3.1.4.12",
    "PrepareShadowCopySet": "3.1.4.13",
}

# What is no method's, by the beginning of its section.
TOPICS = {
    "2": "Values and structures",
    "3.1.1": "State that the server keeps",
    "3.1.2": "Message Sequence Timer",
    "3.1.3": "Initialization",
    "3.1.4": "All methods",
    "3.1.5": "Message Sequence Timer",
    "3.2": "The client's sequence",
    "5": "Security",
}


def rule(section, text, source="spec"):
    """The marker. section: of MS-FSRVP, with its step if it has any."""
    assert source in SOURCES, source
    return pytest.mark.rule(section, text, source)


def heading(section):
    """Which method or topic a section belongs to."""
    number = section.split()[0]
    for method, own in METHODS.items():
        if number == own:
            return method
    return next(topic for begin, topic in sorted(TOPICS.items(), reverse=True) if number.startswith(begin))
