/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samba's client library. Include after Samba's "includes.h". */
#ifndef FSS_COMPAT_SMB_CLIENT_H
#define FSS_COMPAT_SMB_CLIENT_H

#include "client.h"
#include "libads/ads_status.h"
#include "libsmb/proto.h"
#include "rpc_client/cli_pipe.h"

struct cli_credentials;
struct loadparm_context;
struct rpc_pipe_client;

/* A connection to a share. cli_shutdown() ends it.
 * type: of the service, as "IPC". flags: CLI_FULL_CONNECTION_ */
NTSTATUS fss_client_connect(const char *host, int port, const char *share,
			    const char *type, struct cli_credentials *creds,
			    int flags, struct cli_state **cli);

/*
 * Opens and binds a pipe, with SPNEGO.
 *
 * interface: lives as long as the pipe does, which may keep the address.
 * service: whose principal the server's ticket is for, as "cifs".
 */
NTSTATUS fss_client_open_pipe(struct cli_state *cli,
			      const struct ndr_interface_table *interface,
			      const char *service, enum dcerpc_AuthLevel level,
			      struct cli_credentials *creds,
			      struct rpc_pipe_client **pipe);

/* To be called once the command line has been read: -N, no password, makes Samba
 * 4.22 and later forget the user's Kerberos ticket, too. It is looked for again,
 * unless another user is named. */
void fss_client_find_ticket(struct cli_credentials *creds,
			    struct loadparm_context *lp_ctx);

#endif /* FSS_COMPAT_SMB_CLIENT_H */
