/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/globals.h"
#include "lib/param/loadparm.h"
#include "auth.h"
#include "access.h"
#include "when.h"
#if FSS_SAMBA_4(22)
#include "smbd/smbXsrv_session.h"
#endif

struct auth_session_info *fss_session_of(
	const struct connection_struct *conn)
{
	struct auth_session_info *session = NULL;
	NTSTATUS status;

	if (conn->vuid == UID_FIELD_INVALID || conn->sconn == NULL ||
	    conn->sconn->client == NULL) {
		return conn->session_info;
	}
	status = smbXsrv_session_info_lookup(conn->sconn->client, conn->vuid,
					     &session);
	return NT_STATUS_IS_OK(status) ? session : NULL;
}

bool fss_requires_encryption(const struct connection_struct *conn, int snum)
{
#if FSS_SAMBA_4(23)
	struct smbXsrv_connection *xconn =
		conn->sconn != NULL && conn->sconn->client != NULL
			? conn->sconn->client->connections
			: NULL;

	/* It concerns clients, and differs with how they are connected. */
	return xconn != NULL && lp_server_smb_encrypt(xconn, snum) ==
					SMB_ENCRYPTION_REQUIRED;
#else
	(void)conn;
	return lp_server_smb_encrypt(snum) == SMB_ENCRYPTION_REQUIRED;
#endif
}

bool fss_serves_address(int snum, const struct tsocket_address *local)
{
#if FSS_SAMBA_4(18)
	return lp_allow_local_address(snum, local);
#else
	(void)snum;
	(void)local;
	return true;
#endif
}

bool fss_is_admin(int snum, const struct auth_session_info *session)
{
#if FSS_SAMBA_4(22)
	bool match = false;

	return token_contains_name_in_list(session->unix_info->unix_name,
					   session->info->domain_name, NULL,
					   session->security_token,
					   lp_admin_users(snum), &match) &&
	       match;
#else
	return token_contains_name_in_list(session->unix_info->unix_name,
					   session->info->domain_name, NULL,
					   session->security_token,
					   lp_admin_users(snum));
#endif
}
