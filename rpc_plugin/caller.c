/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who calls, in the agent's terms: facts, no decision. */
#include "includes.h"
#include "librpc/rpc/dcesrv_core.h"
#include "lib/tsocket/tsocket.h"
#include "libcli/security/security.h"
#include "auth.h"
#include "substitute.h"
#include "fss_charset.h"
#include "rpcd_fss.h"

/* A client's connection, numbered while it lasts. */
struct fss_worker_connection {
	struct fss_worker_connection *prev, *next;
	const struct dcesrv_connection *connection;
	uint64_t number;
};

static struct fss_worker_connection *fss_worker_connections;

static int fss_worker_connection_destructor(struct fss_worker_connection *c)
{
	DLIST_REMOVE(fss_worker_connections, c);
	fss_worker_connection_closed(c->number);
	return 0;
}

/* 0: out of memory */
static uint64_t fss_worker_connection_number(struct dcesrv_connection *connection)
{
	static uint64_t last_number;
	struct fss_worker_connection *c = NULL;

	for (c = fss_worker_connections; c != NULL; c = c->next) {
		if (c->connection == connection) {
			return c->number;
		}
	}
	c = talloc_zero(connection, struct fss_worker_connection);
	if (c == NULL) {
		return 0;
	}
	c->connection = connection;
	c->number = ++last_number;
	DLIST_ADD(fss_worker_connections, c);
	talloc_set_destructor(c, fss_worker_connection_destructor);
	return c->number;
}

static const char *fss_worker_address(TALLOC_CTX *mem_ctx,
				      const struct tsocket_address *address)
{
	if (address == NULL || !tsocket_address_is_inet(address, "ip")) {
		return talloc_strdup(mem_ctx, "local");
	}
	return tsocket_address_inet_addr_string(address, mem_ctx);
}

static enum fss_protection fss_worker_protection(struct dcesrv_call_state *call)
{
	enum dcerpc_AuthType type = DCERPC_AUTH_TYPE_NONE;
	enum dcerpc_AuthLevel level = DCERPC_AUTH_LEVEL_NONE;

	dcesrv_call_auth_info(call, &type, &level);
	switch (level) {
	case DCERPC_AUTH_LEVEL_INTEGRITY:
		return FSS_PROTECTION_INTEGRITY;
	case DCERPC_AUTH_LEVEL_PRIVACY:
		return FSS_PROTECTION_PRIVACY;
	default:
		return FSS_PROTECTION_NONE;
	}
}

static void fss_worker_rights(const struct auth_session_info *session,
			      struct fss_caller *caller)
{
	const struct security_token *token = session->security_token;

	if (session->unix_token != NULL) {
		caller->is_system =
			session->unix_token->uid == sec_initial_uid();
	}
	if (token == NULL) {
		return;
	}
	caller->is_administrator = nt_token_check_sid(
		&global_sid_Builtin_Administrators, token);
	caller->is_backup_operator = nt_token_check_sid(
		&global_sid_Builtin_Backup_Operators, token);
	caller->has_backup_privilege = security_token_has_privilege(
		token, SEC_PRIV_BACKUP);
}

static const char *fss_worker_account(TALLOC_CTX *mem_ctx,
				      const struct auth_session_info *session)
{
	const char *domain = NULL;
	const char *account = NULL;

	if (session == NULL || session->info == NULL) {
		return talloc_strdup(mem_ctx, "unknown");
	}
	domain = session->info->domain_name;
	account = session->info->account_name;
	account = talloc_asprintf(mem_ctx, "%s\\%s",
				  domain != NULL ? domain : "",
				  account != NULL ? account : "");
	return account != NULL ? fss_text_or_bytes_to_core(mem_ctx, account)
			       : NULL;
}

/* For the variables in shares' names and paths and in included files. */
static void fss_worker_substitutions(const struct auth_session_info *session,
				     const char *remote, const char *local)
{
	sub_set_socket_ids(remote, remote, local);
	if (session != NULL && session->unix_info != NULL &&
	    session->info != NULL) {
		set_current_user_info(session->unix_info->sanitized_username,
				      session->unix_info->unix_name,
				      session->info->domain_name);
	}
}

bool fss_worker_caller(TALLOC_CTX *mem_ctx, struct dcesrv_call_state *call,
		       struct fss_caller *caller)
{
	const struct auth_session_info *session =
		dcesrv_call_session_info(call);
	const char *local = fss_worker_address(
		mem_ctx, dcesrv_connection_get_local_address(call->conn));

	*caller = (struct fss_caller){
		.account = fss_worker_account(mem_ctx, session),
		.address = fss_worker_address(
			mem_ctx,
			dcesrv_connection_get_remote_address(call->conn)),
		.connection = fss_worker_connection_number(call->conn),
		.protection = fss_worker_protection(call),
		.session = session,
	};
	if (caller->account == NULL || caller->address == NULL ||
	    caller->connection == 0 || local == NULL) {
		return false;
	}
	if (session != NULL && session->unix_info != NULL) {
		caller->user = session->unix_info->unix_name;
	}
	if (session != NULL) {
		fss_worker_rights(session, caller);
	}
	fss_worker_substitutions(session, caller->address, local);
	return true;
}
