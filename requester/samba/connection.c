/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bound connection to \pipe\FssagentRpc. */
#include "includes.h"
#include "lib/cmdline/cmdline.h"
#include "libsmb/clirap.h"
#include "rpc_client/rpc_client.h"
#include "librpc/gen_ndr/ndr_fsrvp.h"
#include "requester/samba/private.h"
#include "samba/compat/smb_client.h"

static int close_session(struct smbshadow_connection *connection)
{
	cli_shutdown(connection->session);
	return 0;
}

static NTSTATUS open_pipe(struct smbshadow_connection *connection,
			  const struct smbshadow_target *target)
{
	/* SPNEGO: Kerberos where it can be had, else NTLM (MS-FSRVP 3.1.4).
	 * The session has a ticket for this principal already. Samba's own
	 * clients ask for host/NAME, which aliases, and servers outside of a
	 * domain, may lack. */
	return fss_client_open_pipe(connection->session,
				    &ndr_table_FileServerVssAgent, "cifs",
				    target->seal ? DCERPC_AUTH_LEVEL_PRIVACY
						 : DCERPC_AUTH_LEVEL_INTEGRITY,
				    samba_cmdline_get_creds(),
				    &connection->pipe);
}

static NTSTATUS open_session(struct smbshadow_connection *connection,
			     const struct smbshadow_target *target)
{
	return fss_client_connect(target->host, target->port, "IPC$", "IPC",
				  samba_cmdline_get_creds(),
				  CLI_FULL_CONNECTION_IPC,
				  &connection->session);
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
