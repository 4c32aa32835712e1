/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to a share without a client. */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/globals.h"
#include "auth.h"
#include "messages.h"
#include "lib/global_contexts.h"
#include "compat/connection.h"
#include "snap_helper.h"

NTSTATUS fss_hook_connect(const char *share, const char *path,
			  struct connection_struct **conn)
{
	struct auth_session_info *session = NULL;
	struct connection_struct *made = NULL;
	struct messaging_context *msg_ctx = NULL;
	char *service = NULL;
	NTSTATUS status;
	int snum;

	status = init_system_session_info(NULL);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	status = make_session_info_system(talloc_tos(), &session);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	msg_ctx = global_messaging_context();
	if (msg_ctx == NULL) {
		return NT_STATUS_INTERNAL_ERROR;
	}
	snum = find_service(talloc_tos(), share, &service);
	if (snum < 0) {
		return NT_STATUS_BAD_NETWORK_NAME;
	}
	status = fss_connect_without_client(msg_ctx, snum, path, session,
					    &made);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	/* Modules ask who acts; vfs_shell_snap's scripts run as that. */
	if (!become_user_without_service_by_session(made, session)) {
		return NT_STATUS_ACCESS_DENIED;
	}
	*conn = made;
	return NT_STATUS_OK;
}
