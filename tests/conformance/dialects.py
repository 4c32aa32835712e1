# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the two generations of error codes differ; all else is common."""

import dataclasses

from fsrvp import HResult


@dataclasses.dataclass(frozen=True)
class Dialect:
    """What `fss:error codes` may be, and the answers that hang on it."""
    name: str
    unknown_set: HResult
    unknown_copy_in_delete: HResult
    mapping_of_recovered: HResult


_ALL = {dialect.name: dialect for dialect in (
    Dialect("interoperable", HResult.INVALID_ARGUMENT, HResult.INVALID_ARGUMENT, HResult.OK),
    Dialect("current", HResult.SHADOWCOPYSET_ID_MISMATCH, HResult.OBJECT_NOT_FOUND, HResult.BAD_STATE),
)}

NAMES = tuple(_ALL)


def named(name):
    return _ALL[name]
