# SPDX-License-Identifier: GPL-3.0-or-later
"""The thirteen methods of MS-FSRVP, one Python method each."""

import types
import typing
import uuid

from impacket.dcerpc.v5 import rpcrt, transport

from . import structures as wire
from .connection import DEFAULT_SECONDS, smb_connection

LEVELS = {
    "none": rpcrt.RPC_C_AUTHN_LEVEL_NONE,
    "connect": rpcrt.RPC_C_AUTHN_LEVEL_CONNECT,
    "integrity": rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
    "privacy": rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
}

# What Windows sends, MS-FSRVP appendix B <11>-<13>, in milliseconds.
PREPARE_TIMEOUT = 1_800_000
COMMIT_TIMEOUT = 60_000
EXPOSE_TIMEOUT = 1_800_000

# Impacket raises with a status's name only.
_STATUS_CODES = {name: code for code, name in rpcrt.rpc_status_codes.items()}


class RpcFault(Exception):
    """A DCE/RPC fault instead of an answer, or a refused bind. code: its status."""

    def __init__(self, error):
        super().__init__(str(error))
        self.code = error.get_error_code() or _STATUS_CODES.get(str(error))


class Answer(typing.NamedTuple):
    """What a method returned. outputs: its [out] values by name."""
    hresult: int
    outputs: types.SimpleNamespace


def _guid(value):
    """uuid.UUID or its text, to the wire."""
    return (value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))).bytes_le


def _uuid(field):
    return uuid.UUID(bytes_le=bytes(field))


def _text(field):
    """A [string] pointer from the wire; None for NULL."""
    return None if field == b"" else field.rstrip("\0")


class Client:
    """A client's connection to \\pipe\\FssagentRpc.

    level: authentication level of the RPC connection, a key of LEVELS.
    source_address: the client's own address; in 127.0.0.0/8 any will do.
    No method raises for an HRESULT; RpcFault and OSError are raised.
    """

    def __init__(self, host, port, user, password, level="integrity", source_address=None, seconds=DEFAULT_SECONDS):
        self._smb = smb_connection(host, port, user, password, source_address, seconds)
        try:
            self._rpc = self._bind(host, port, level)
        except BaseException:
            self._smb.close()
            raise

    def _bind(self, host, port, level):
        pipe = transport.SMBTransport(host, port, filename=wire.PIPE, smb_connection=self._smb)
        rpc = pipe.get_dce_rpc()
        rpc.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
        rpc.set_auth_level(LEVELS[level])
        try:
            rpc.connect()
            rpc.bind(wire.INTERFACE)
        except rpcrt.DCERPCException as error:
            raise RpcFault(error) from None
        return rpc

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._smb.close()

    def call_raw(self, opnum, stub):
        """Sends any bytes as a call's arguments; returns the answer's bytes."""
        try:
            self._rpc.call(opnum, stub)
            return self._rpc.recv()
        except rpcrt.DCERPCException as error:
            raise RpcFault(error) from None

    def _call(self, request, response_class):
        return response_class(self.call_raw(request.opnum, request.getData()))

    @staticmethod
    def _answer(response, **outputs):
        return Answer(response["ErrorCode"] & 0xFFFFFFFF, types.SimpleNamespace(**outputs))

    def get_supported_version(self):
        response = self._call(wire.GetSupportedVersion(), wire.GetSupportedVersionResponse)
        return self._answer(response, minimum=response["MinVersion"], maximum=response["MaxVersion"])

    def set_context(self, context):
        request = wire.SetContext()
        request["Context"] = int(context)
        return self._answer(self._call(request, wire.SetContextResponse))

    def start(self, client_set_id=None):
        request = wire.StartShadowCopySet()
        request["ClientShadowCopySetId"] = _guid(client_set_id or uuid.uuid4())
        response = self._call(request, wire.StartShadowCopySetResponse)
        return self._answer(response, set_id=_uuid(response["pShadowCopySetId"]))

    def add(self, set_id, name, client_copy_id=None):
        request = wire.AddToShadowCopySet()
        request["ClientShadowCopyId"] = _guid(client_copy_id or uuid.uuid4())
        request["ShadowCopySetId"] = _guid(set_id)
        request["ShareName"] = name
        response = self._call(request, wire.AddToShadowCopySetResponse)
        return self._answer(response, copy_id=_uuid(response["pShadowCopyId"]))

    def _timed(self, request, response_class, set_id, milliseconds):
        request["ShadowCopySetId"] = _guid(set_id)
        request["TimeOutInMilliseconds"] = milliseconds
        return self._answer(self._call(request, response_class))

    def prepare(self, set_id, milliseconds=PREPARE_TIMEOUT):
        return self._timed(wire.PrepareShadowCopySet(), wire.PrepareShadowCopySetResponse, set_id, milliseconds)

    def commit(self, set_id, milliseconds=COMMIT_TIMEOUT):
        return self._timed(wire.CommitShadowCopySet(), wire.CommitShadowCopySetResponse, set_id, milliseconds)

    def expose(self, set_id, milliseconds=EXPOSE_TIMEOUT):
        return self._timed(wire.ExposeShadowCopySet(), wire.ExposeShadowCopySetResponse, set_id, milliseconds)

    def recovery_complete(self, set_id):
        request = wire.RecoveryCompleteShadowCopySet()
        request["ShadowCopySetId"] = _guid(set_id)
        return self._answer(self._call(request, wire.RecoveryCompleteShadowCopySetResponse))

    def abort(self, set_id):
        request = wire.AbortShadowCopySet()
        request["ShadowCopySetId"] = _guid(set_id)
        return self._answer(self._call(request, wire.AbortShadowCopySetResponse))

    def is_path_supported(self, name):
        request = wire.IsPathSupported()
        request["ShareName"] = name
        response = self._call(request, wire.IsPathSupportedResponse)
        return self._answer(response, supported=bool(response["SupportedByThisProvider"]),
                            owner=_text(response["OwnerMachineName"]))

    def is_path_shadow_copied(self, name):
        request = wire.IsPathShadowCopied()
        request["ShareName"] = name
        response = self._call(request, wire.IsPathShadowCopiedResponse)
        return self._answer(response, present=bool(response["ShadowCopyPresent"]),
                            compatibility=response["ShadowCopyCompatibility"])

    def get_share_mapping(self, copy_id, set_id, name, level=1):
        """outputs.mapping is None where the server gave none."""
        request = wire.GetShareMapping()
        request["ShadowCopyId"] = _guid(copy_id)
        request["ShadowCopySetId"] = _guid(set_id)
        request["ShareName"] = name
        request["Level"] = level
        response = self._call(request, wire.GetShareMappingResponse)
        return self._answer(response, mapping=self._mapping(response["ShareMapping"]))

    @staticmethod
    def _mapping(union):
        if union["tag"] != 1 or union.fields["ShareMapping1"]["ReferentID"] == 0:
            return None
        mapping = union["ShareMapping1"]
        return types.SimpleNamespace(
            set_id=_uuid(mapping["ShadowCopySetId"]),
            copy_id=_uuid(mapping["ShadowCopyId"]),
            share_name_unc=_text(mapping["ShareNameUNC"]),
            shadow_copy_share_name=_text(mapping["ShadowCopyShareName"]),
            creation_timestamp=mapping["CreationTimestamp"],
        )

    def delete_share_mapping(self, set_id, copy_id, name):
        request = wire.DeleteShareMapping()
        request["ShadowCopySetId"] = _guid(set_id)
        request["ShadowCopyId"] = _guid(copy_id)
        request["ShareName"] = name
        return self._answer(self._call(request, wire.DeleteShareMappingResponse))
