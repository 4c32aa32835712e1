/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "../libcli/smb/smbXcli_base.h"
#include "auth/credentials/credentials.h"
#include "rpc_client/rpc_client.h"
#include "samba/compat/smb_client.h"
#include "when.h"
#if FSS_SAMBA_4(23)
#include "libsmb/smbsock_connect.h"
#endif

NTSTATUS fss_client_connect(const char *host, int port, const char *share,
			    const char *type, struct cli_credentials *creds,
			    int flags, struct cli_state **cli)
{
#if FSS_SAMBA_4(23)
	struct smb_transports transports = smbsock_transports_from_port(port);

	return cli_full_connection_creds(NULL, cli, lp_netbios_name(), host,
					 NULL, &transports, share, type, creds,
					 flags);
#elif FSS_SAMBA_4(21)
	return cli_full_connection_creds(NULL, cli, lp_netbios_name(), host,
					 NULL, port, share, type, creds, flags);
#else
	return cli_full_connection_creds(cli, lp_netbios_name(), host, NULL,
					 port, share, type, creds, flags);
#endif
}

#if FSS_SAMBA_4(22)

NTSTATUS fss_client_open_pipe(struct cli_state *cli,
			      const struct ndr_interface_table *interface,
			      const char *service, enum dcerpc_AuthLevel level,
			      struct cli_credentials *creds,
			      struct rpc_pipe_client **pipe)
{
	return cli_rpc_pipe_open_with_creds(
		cli, interface, NCACN_NP, DCERPC_AUTH_TYPE_SPNEGO, level,
		service, smbXcli_conn_remote_name(cli->conn),
		smbXcli_conn_remote_sockaddr(cli->conn), creds, pipe);
}

#else

NTSTATUS fss_client_open_pipe(struct cli_state *cli,
			      const struct ndr_interface_table *interface,
			      const char *service, enum dcerpc_AuthLevel level,
			      struct cli_credentials *creds,
			      struct rpc_pipe_client **pipe)
{
	/* The service is the interface's first here. Of this table only what
	 * is in it is kept. */
	const char *const names[] = { service };
	const struct ndr_interface_string_array services = {
		.count = ARRAY_SIZE(names),
		.names = names,
	};
	struct ndr_interface_table with_service = *interface;
	NTSTATUS status;

	with_service.authservices = &services;
	status = cli_rpc_pipe_open_with_creds(
		cli, &with_service, NCACN_NP, DCERPC_AUTH_TYPE_SPNEGO, level,
		smbXcli_conn_remote_name(cli->conn),
		smbXcli_conn_remote_sockaddr(cli->conn), creds, pipe);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	/* The pipe's handle for calls knows the table by its address. */
	TALLOC_FREE((*pipe)->binding_handle);
	(*pipe)->binding_handle = rpccli_bh_create(*pipe, NULL, interface);
	if ((*pipe)->binding_handle == NULL) {
		TALLOC_FREE(*pipe);
		return NT_STATUS_NO_MEMORY;
	}
	return NT_STATUS_OK;
}

#endif

#if FSS_SAMBA_4(22)

void fss_client_find_ticket(struct cli_credentials *creds,
			    struct loadparm_context *lp_ctx)
{
	enum credentials_obtained user = CRED_UNINITIALISED;
	const char *reason = NULL;

	cli_credentials_get_username_and_obtained(creds, &user);
	if (user < CRED_SPECIFIED &&
	    cli_credentials_get_password_obtained(creds) == CRED_SPECIFIED &&
	    cli_credentials_get_password(creds) == NULL) {
		/* Where there is none, logging in says so. */
		(void)cli_credentials_set_ccache(creds, lp_ctx, NULL,
						 CRED_SPECIFIED, &reason);
	}
}

#else

void fss_client_find_ticket(struct cli_credentials *creds,
			    struct loadparm_context *lp_ctx)
{
	(void)creds;
	(void)lp_ctx;
}

#endif
