# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of interface FileServerVssAgent as NDR, MS-FSRVP appendix A."""

import dataclasses

from impacket.dcerpc.v5.dtypes import DWORD, GUID, LONG, LONGLONG, LPWSTR, ULONG, WSTR
from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUNION
from impacket.uuid import uuidtup_to_bin

INTERFACE = uuidtup_to_bin(("a8e0653c-2744-4389-a61d-7373df8b2292", "1.0"))
PIPE = r"\FssagentRpc"


@dataclasses.dataclass
class RawName:
    """A name as it shall go on the wire, whether it makes sense or not.

    data: the characters' bytes; no terminator is added.
    maximum, offset, actual: the counts before it, in UTF-16 units; what is
        not given is what the data has.
    """
    data: bytes
    maximum: int | None = None
    offset: int = 0
    actual: int | None = None


class ShareName(WSTR):
    """[in, string] name: a str gets its terminator, a RawName goes as it is."""

    def __setitem__(self, key, value):
        if key != "Data":
            super().__setitem__(key, value)
            return
        raw = value if isinstance(value, RawName) else RawName((value + "\0").encode("utf-16-le", "surrogatepass"))
        self.fields["Data"] = raw.data
        self.fields["MaximumCount"] = raw.maximum
        self.fields["Offset"] = raw.offset
        self.fields["ActualCount"] = raw.actual
        self.data = None


class FssagentShareMapping1(NDRSTRUCT):
    structure = (
        ("ShadowCopySetId", GUID),
        ("ShadowCopyId", GUID),
        ("ShareNameUNC", LPWSTR),
        ("ShadowCopyShareName", LPWSTR),
        ("CreationTimestamp", LONGLONG),
    )


class PFssagentShareMapping1(NDRPOINTER):
    referent = (("Data", FssagentShareMapping1),)


class FssagentShareMapping(NDRUNION):
    commonHdr = (("tag", ULONG),)
    union = {
        1: ("ShareMapping1", PFssagentShareMapping1),
        "default": None,
    }


class GetSupportedVersion(NDRCALL):
    opnum = 0
    structure = ()


class GetSupportedVersionResponse(NDRCALL):
    structure = (("MinVersion", DWORD), ("MaxVersion", DWORD), ("ErrorCode", DWORD))


class SetContext(NDRCALL):
    opnum = 1
    structure = (("Context", ULONG),)


class SetContextResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class StartShadowCopySet(NDRCALL):
    opnum = 2
    structure = (("ClientShadowCopySetId", GUID),)


class StartShadowCopySetResponse(NDRCALL):
    structure = (("pShadowCopySetId", GUID), ("ErrorCode", DWORD))


class AddToShadowCopySet(NDRCALL):
    opnum = 3
    structure = (("ClientShadowCopyId", GUID), ("ShadowCopySetId", GUID), ("ShareName", ShareName))


class AddToShadowCopySetResponse(NDRCALL):
    structure = (("pShadowCopyId", GUID), ("ErrorCode", DWORD))


class CommitShadowCopySet(NDRCALL):
    opnum = 4
    structure = (("ShadowCopySetId", GUID), ("TimeOutInMilliseconds", ULONG))


class CommitShadowCopySetResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class ExposeShadowCopySet(NDRCALL):
    opnum = 5
    structure = (("ShadowCopySetId", GUID), ("TimeOutInMilliseconds", ULONG))


class ExposeShadowCopySetResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class RecoveryCompleteShadowCopySet(NDRCALL):
    opnum = 6
    structure = (("ShadowCopySetId", GUID),)


class RecoveryCompleteShadowCopySetResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class AbortShadowCopySet(NDRCALL):
    opnum = 7
    structure = (("ShadowCopySetId", GUID),)


class AbortShadowCopySetResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class IsPathSupported(NDRCALL):
    opnum = 8
    structure = (("ShareName", ShareName),)


class IsPathSupportedResponse(NDRCALL):
    structure = (("SupportedByThisProvider", DWORD), ("OwnerMachineName", LPWSTR), ("ErrorCode", DWORD))


class IsPathShadowCopied(NDRCALL):
    opnum = 9
    structure = (("ShareName", ShareName),)


class IsPathShadowCopiedResponse(NDRCALL):
    structure = (("ShadowCopyPresent", DWORD), ("ShadowCopyCompatibility", LONG), ("ErrorCode", DWORD))


class GetShareMapping(NDRCALL):
    opnum = 10
    structure = (("ShadowCopyId", GUID), ("ShadowCopySetId", GUID), ("ShareName", ShareName), ("Level", DWORD))


class GetShareMappingResponse(NDRCALL):
    structure = (("ShareMapping", FssagentShareMapping), ("ErrorCode", DWORD))


class DeleteShareMapping(NDRCALL):
    opnum = 11
    structure = (("ShadowCopySetId", GUID), ("ShadowCopyId", GUID), ("ShareName", ShareName))


class DeleteShareMappingResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)


class PrepareShadowCopySet(NDRCALL):
    opnum = 12
    structure = (("ShadowCopySetId", GUID), ("TimeOutInMilliseconds", ULONG))


class PrepareShadowCopySetResponse(NDRCALL):
    structure = (("ErrorCode", DWORD),)
