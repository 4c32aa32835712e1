# SPDX-License-Identifier: GPL-3.0-or-later
"""SMB connections from a chosen address, so that tests can be several clients."""

import socket

from impacket import nmb, smb3
from impacket.smbconnection import SMBConnection

DEFAULT_SECONDS = 60


class _Smb3OverSocket(smb3.SMB3):
    """SMB2/3 over a socket that is connected already.

    Impacket takes a session only together with the answer to an SMB1
    negotiation; here the session is fresh, so message ids start at 0.
    """

    def negotiateSession(self, preferredDialect=None, negSessionResponse=None):
        self._Connection["SequenceWindow"] = 0
        super().negotiateSession(preferredDialect, negSessionResponse)


def smb_connection(host, port, user, password, source_address=None, seconds=DEFAULT_SECONDS):
    """An authenticated Impacket SMBConnection; close() it."""
    source = (source_address, 0) if source_address else None
    sock = socket.create_connection((host, port), timeout=seconds, source_address=source)
    try:
        session = nmb.NetBIOSTCPSession("FSSTEST", host, host, sess_port=port, timeout=seconds, sock=sock)
        smb = _Smb3OverSocket(host, host, my_name="FSSTEST", sess_port=port, timeout=seconds, session=session)
        connection = SMBConnection(host, host, sess_port=port, timeout=seconds, existingConnection=smb)
        connection.login(user, password)
    except BaseException:
        sock.close()
        raise
    return connection
