# SPDX-License-Identifier: GPL-3.0-or-later
"""An MS-FSRVP client for tests, on Impacket. It shares no code with the server."""

from .client import LEVELS, Answer, Client, RpcFault
from .constants import Context, HResult, describe
from .smb import SmbError, SmbShare, connect
from .structures import RawName
from .versions import Versions, label_of

__all__ = ["LEVELS", "Answer", "Client", "Context", "HResult", "RawName", "RpcFault", "SmbError", "SmbShare",
           "Versions", "connect", "describe", "label_of"]
