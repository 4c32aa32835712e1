# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of each method, for rules that all of them must keep."""

import states

CALLS = {
    "GetSupportedVersion": lambda client, name: client.get_supported_version(),
    "SetContext": lambda client, name: client.set_context(0),
    "StartShadowCopySet": lambda client, name: client.start(),
    "AddToShadowCopySet": lambda client, name: client.add(states.NOBODYS, name),
    "PrepareShadowCopySet": lambda client, name: client.prepare(states.NOBODYS),
    "CommitShadowCopySet": lambda client, name: client.commit(states.NOBODYS),
    "ExposeShadowCopySet": lambda client, name: client.expose(states.NOBODYS),
    "RecoveryCompleteShadowCopySet": lambda client, name: client.recovery_complete(states.NOBODYS),
    "AbortShadowCopySet": lambda client, name: client.abort(states.NOBODYS),
    "IsPathSupported": lambda client, name: client.is_path_supported(name),
    "IsPathShadowCopied": lambda client, name: client.is_path_shadow_copied(name),
    "GetShareMapping": lambda client, name: client.get_share_mapping(states.NOBODYS, states.NOBODYS, name),
    "DeleteShareMapping": lambda client, name: client.delete_share_mapping(states.NOBODYS, states.NOBODYS, name),
}

NAMED = ("AddToShadowCopySet", "IsPathSupported", "IsPathShadowCopied", "GetShareMapping", "DeleteShareMapping")
