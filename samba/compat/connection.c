/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/globals.h"
#include "connection.h"
#include "when.h"

#if FSS_SAMBA_4(25)

NTSTATUS fss_connect_without_client(struct messaging_context *msg_ctx,
				    int snum,
				    const char *path,
				    const struct auth_session_info *session,
				    struct connection_struct **conn)
{
	struct conn_wrap *made = NULL;
	NTSTATUS status;

	status = create_conn_struct_chdir(talloc_tos(), msg_ctx, snum, path,
					  session, &made);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	/* Nobody's process is to be at home in a share: a script of
	 * vfs_shell_snap would find what users have put there. */
	if (chdir("/") != 0) {
		status = map_nt_error_from_unix(errno);
		TALLOC_FREE(made);
		return status;
	}
	*conn = conn_wrap_connection(made);
	return NT_STATUS_OK;
}

#else

NTSTATUS fss_connect_without_client(struct messaging_context *msg_ctx,
				    int snum,
				    const char *path,
				    const struct auth_session_info *session,
				    struct connection_struct **conn)
{
	struct conn_struct_tos *made = NULL;
	NTSTATUS status;

	status = create_conn_struct_tos(msg_ctx, snum, path, session, &made);
	if (NT_STATUS_IS_OK(status)) {
		*conn = made->conn;
	}
	return status;
}

#endif
