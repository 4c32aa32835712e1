/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bound connection to \pipe\FssagentRpc. */
#include "includes.h"
#include "lib/cmdline/cmdline.h"
#include "libsmb/libsmb.h"
#include "libsmb/clirap.h"
#include "../libcli/smb/smbXcli_base.h"
#include "rpc_client/cli_pipe.h"
#include "librpc/gen_ndr/ndr_fsrvp.h"
#include "requester/samba/private.h"

static int close_session(struct smbshadow_connection *connection)
{
	cli_shutdown(connection->session);
	return 0;
}

/* The principal that the session has a ticket for already. Samba's own clients
 * ask for host/NAME, which aliases, and servers outside of a domain, may lack. */
static struct ndr_interface_table interface_of_cifs(void)
{
	static const char *const names[] = { "cifs" };
	static const struct ndr_interface_string_array services = {
		.count = ARRAY_SIZE(names),
		.names = names,
	};
	struct ndr_interface_table interface = ndr_table_FileServerVssAgent;

	interface.authservices = &services;
	return interface;
}

static NTSTATUS open_pipe(struct smbshadow_connection *connection,
			  const struct smbshadow_target *target)
{
	const struct ndr_interface_table interface = interface_of_cifs();
	struct cli_credentials *creds = samba_cmdline_get_creds();
	struct rpc_pipe_client *pipe = NULL;
	NTSTATUS status;

	/* SPNEGO: Kerberos where it can be had, else NTLM (MS-FSRVP 3.1.4). */
	status = cli_rpc_pipe_open_with_creds(
		connection->session, &interface, NCACN_NP,
		DCERPC_AUTH_TYPE_SPNEGO,
		target->seal ? DCERPC_AUTH_LEVEL_PRIVACY
			     : DCERPC_AUTH_LEVEL_INTEGRITY,
		smbXcli_conn_remote_name(connection->session->conn),
		smbXcli_conn_remote_sockaddr(connection->session->conn),
		creds, &pipe);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	connection->pipe = pipe;
	/* Calls are taken with the table alone that pidl has made. */
	TALLOC_FREE(pipe->binding_handle);
	pipe->binding_handle = rpccli_bh_create(pipe, NULL,
						&ndr_table_FileServerVssAgent);
	return pipe->binding_handle != NULL ? NT_STATUS_OK
					    : NT_STATUS_NO_MEMORY;
}

static NTSTATUS open_session(struct smbshadow_connection *connection,
			     const struct smbshadow_target *target)
{
	return cli_full_connection_creds(&connection->session,
					 lp_netbios_name(), target->host, NULL,
					 target->port, "IPC$", "IPC",
					 samba_cmdline_get_creds(),
					 CLI_FULL_CONNECTION_IPC);
}

static NTSTATUS open_both(struct smbshadow_connection *connection,
			  const struct smbshadow_target *target,
			  enum smbshadow_stage *stage)
{
	NTSTATUS status;

	*stage = SMBSHADOW_SESSION;
	status = open_session(connection, target);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	talloc_set_destructor(connection, close_session);

	*stage = SMBSHADOW_PIPE;
	return open_pipe(connection, target);
}

uint32_t smbshadow_connect(const struct smbshadow_target *target,
			   struct smbshadow_connection **_connection,
			   enum smbshadow_stage *stage)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct smbshadow_connection *connection = NULL;
	NTSTATUS status = NT_STATUS_NO_MEMORY;

	*stage = SMBSHADOW_SESSION;
	connection = talloc_zero(NULL, struct smbshadow_connection);
	if (connection != NULL) {
		status = open_both(connection, target, stage);
	}
	TALLOC_FREE(frame);
	if (!NT_STATUS_IS_OK(status)) {
		talloc_free(connection);
		return NT_STATUS_V(status);
	}
	cli_set_timeout(connection->session, target->call_timeout_ms);
	rpccli_set_timeout(connection->pipe, target->call_timeout_ms);
	*_connection = connection;
	return 0;
}

void smbshadow_disconnect(struct smbshadow_connection *connection)
{
	talloc_free(connection);
}

const char *smbshadow_status_name(uint32_t status)
{
	return nt_errstr(NT_STATUS(status));
}

const char *smbshadow_status_text(uint32_t status)
{
	return get_friendly_nt_error_msg(NT_STATUS(status));
}

int smbshadow_status_errno(uint32_t status)
{
	return map_errno_from_nt_status(NT_STATUS(status));
}
