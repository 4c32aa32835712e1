/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whoever connects to an exposed share must be one who could connect to its base
 * share at that time. The exposed share's own definition is that of Expose, and
 * says nothing about what changed since, about scripts that let clients in, or
 * about who may write. So each tree connect asks Samba about the base share what
 * smbd would ask, in the same order, of the configuration that this process has
 * loaded for this client.
 *
 * Other modules of the base share could refuse a connection, too. Those that are
 * kept in the exposed share are asked there; those that are dropped
 * (core/publish/ModuleTable.cpp) refuse nobody.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/globals.h"
#include "system/filesys.h"
#include "lib/param/loadparm.h"
#include "libcli/security/security.h"
#include "lib/tsocket/tsocket.h"
#include "auth.h"
#include "substitute.h"
#include "compat/access.h"
#include "fss_definition.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "base_share.h"

/* One connection's question. */
struct fss_admission {
	struct connection_struct *conn;
	struct auth_session_info *session; /* as logged in */
	int base;                          /* the base share's number */
	const char *name;                  /* and its name */
	char *path;                        /* of the base share for this session; as smbd has it */
};

/* NULL: goes on; else why the session is kept out, after "share NAME". */
typedef const char *(*fss_question)(struct fss_admission *admission,
				    struct fss_base_rights *rights);

static const char *fss_ask_availability(struct fss_admission *admission,
					struct fss_base_rights *rights)
{
	int base = admission->base;

	(void)rights;
	if (!lp_snum_ok(base) || lp_printable(base) ||
	    strequal(lp_fstype(base), "IPC")) {
		return "is not available";
	}
	if (lp_host_msdfs() &&
	    *lp_msdfs_proxy(talloc_tos(), loadparm_s3_global_substitution(),
			    base) != '\0') {
		return "leads to another server (msdfs proxy)";
	}
	return NULL;
}

static const char *fss_ask_hosts(struct fss_admission *admission,
				 struct fss_base_rights *rights)
{
	const struct smbd_server_connection *sconn = admission->conn->sconn;
	int base = admission->base;
	char *address = NULL;

	(void)rights;
	if (admission->conn->vuid == UID_FIELD_INVALID ||
	    sconn->remote_address == NULL) {
		return NULL; /* no client, as when smbd asks for itself */
	}
	address = tsocket_address_inet_addr_string(sconn->remote_address,
						   talloc_tos());
	if (address == NULL ||
	    !allow_access(lp_hosts_deny(base), lp_hosts_allow(base),
			  sconn->remote_hostname, address)) {
		return "does not allow this host";
	}
	if (!fss_serves_address(base, sconn->local_address)) {
		return "is not served on this address (server addresses)";
	}
	return NULL;
}

static const char *fss_ask_encryption(struct fss_admission *admission,
				      struct fss_base_rights *rights)
{
	(void)rights;
	if (fss_requires_encryption(admission->conn, admission->base) &&
	    !fss_requires_encryption(admission->conn, SNUM(admission->conn))) {
		return "requires encryption by now";
	}
	return NULL;
}

/* What Samba decides about a share by the connection's number of it. */
static NTSTATUS fss_rights_in_base(const struct fss_admission *admission,
				   struct fss_base_rights *rights)
{
	struct connection_struct *conn = admission->conn;
	int own = conn->params->service;
	bool own_read_only = conn->read_only;
	NTSTATUS status;

	conn->params->service = admission->base;
	conn->read_only = lp_read_only(admission->base);
	status = check_user_share_access(conn, admission->session,
					 &rights->access, &rights->read_only);
	conn->params->service = own;
	conn->read_only = own_read_only;
	return status;
}

static const char *fss_ask_user(struct fss_admission *admission,
				struct fss_base_rights *rights)
{
	struct auth_session_info *session = admission->session;
	int base = admission->base;

	if (security_session_user_level(session, NULL) < SECURITY_USER &&
	    !lp_guest_ok(base) && !lp_guest_only(base)) {
		return "does not allow guests";
	}
	/* Samba takes a database that it cannot read for "everybody". */
	if (fss_share_security_read(admission->name) != 0) {
		return "has a security descriptor that cannot be read; check "
		       "share_info.tdb in Samba's state directory";
	}
	if (!NT_STATUS_IS_OK(fss_rights_in_base(admission, rights))) {
		return "does not allow this user";
	}
	return NULL;
}

/* A value as smb.conf has it, with the base share's name where "%S" stands for
 * it: the exposed share's definition has it so. */
static char *fss_written(const char *value, const char *base)
{
	return talloc_string_sub(talloc_tos(), value != NULL ? value : "",
				 "%S", base);
}

static bool fss_differ(const char *in_base, const char *in_copy,
		       const char *name)
{
	const char *base = fss_written(in_base, name);
	const char *copy = fss_written(in_copy, name);

	return base == NULL || copy == NULL || strcmp(base, copy) != 0;
}

/* The exposed share's user was made of its own definition already. */
static const char *fss_ask_identity(struct fss_admission *admission,
				    struct fss_base_rights *rights)
{
	const struct loadparm_substitution *raw = lpcfg_noop_substitution();
	int base = admission->base;
	int copy = SNUM(admission->conn);
	TALLOC_CTX *ctx = talloc_tos();

	(void)rights;
	if (fss_differ(lp_force_user(ctx, raw, base),
		       lp_force_user(ctx, raw, copy), admission->name) ||
	    fss_differ(lp_force_group(ctx, raw, base),
		       lp_force_group(ctx, raw, copy), admission->name) ||
	    lp_guest_only(base) != lp_guest_only(copy)) {
		return "lets clients act as another user or group by now than "
		       "when the shadow copy was exposed";
	}
	return NULL;
}

struct fss_parameters {
	struct fss_parameter *all; /* talloc children of themselves */
	size_t count;
	bool failed;
};

static void fss_add_parameter(void *arg, const char *name, const char *value)
{
	struct fss_parameters *parameters = arg;
	struct fss_parameter *longer = talloc_realloc(
		talloc_tos(), parameters->all, struct fss_parameter,
		parameters->count + 1);

	if (longer == NULL) {
		parameters->failed = true;
		return;
	}
	parameters->all = longer;
	longer[parameters->count] = (struct fss_parameter){
		.name = talloc_strdup(longer, name),
		.value = talloc_strdup(longer, value),
	};
	parameters->failed |= longer[parameters->count].name == NULL ||
			      longer[parameters->count].value == NULL;
	parameters->count++;
}

/* In the session's configuration. */
static bool fss_parameters_of(int snum, const char *base,
			      struct fss_parameters *parameters)
{
	const char *objects = fss_vfs_objects(talloc_tos(), snum);

	if (objects == NULL ||
	    fss_share_parameters(snum, base, fss_add_parameter, parameters) != 0) {
		return false;
	}
	fss_add_parameter(parameters, "vfs objects", objects);
	return !parameters->failed;
}

/* With files by client in the configuration it may be another share for each. */
static const char *fss_ask_view(struct fss_admission *admission,
				struct fss_base_rights *rights)
{
	struct fss_parameters base = { 0 };
	struct fss_parameters copy = { 0 };
	const char *reason = NULL;
	char *different = NULL;

	(void)rights;
	if (lp_parm_const_string(SNUM(admission->conn), "fss", "base path",
				 NULL) == NULL) {
		return NULL; /* to have these read takes long */
	}
	if (!fss_parameters_of(admission->base, admission->name, &base) ||
	    !fss_parameters_of(SNUM(admission->conn), admission->name, &copy)) {
		return "cannot be compared: out of memory";
	}
	if (fss_exposed_compare(base.all, base.count, copy.all, copy.count,
				&different) != 0) {
		reason = talloc_asprintf(
			talloc_tos(),
			"is for this client another than the one that the shadow "
			"copy is of: %s differs",
			different != NULL ? different : "something");
		reason = reason != NULL ? reason : "is another";
	}
	free(different);
	return reason;
}

static char *fss_substituted(const struct fss_admission *admission,
			     const char *text)
{
	const struct auth_session_info *user = admission->conn->session_info;

	return talloc_sub_full(talloc_tos(), admission->name,
			       user->unix_info->unix_name,
			       admission->path != NULL ? admission->path : "",
			       user->unix_token->gid,
			       user->unix_info->sanitized_username,
			       user->info->domain_name, text);
}

/* With the session's rights, as smbd has them in the base share. */
static bool fss_become_session(const struct fss_admission *admission)
{
	const struct security_unix_token *token =
		admission->conn->session_info->unix_token;
	bool admin = fss_is_admin(admission->base, admission->session);

	if (!push_sec_ctx()) {
		return false;
	}
	set_sec_ctx(admin ? sec_initial_uid() : token->uid, token->gid,
		    token->ngroups, token->groups,
		    admission->conn->session_info->security_token);
	return true;
}

/* Directories around the base share's may keep users out of it. Where it is no
 * more, nobody is kept out by that: a copy may be wanted for this very reason. */
static const char *fss_ask_way(struct fss_admission *admission,
			       struct fss_base_rights *rights)
{
	const char *path = lp_path(talloc_tos(),
				   loadparm_s3_global_substitution(),
				   admission->base);
	bool barred = false;

	(void)rights;
	admission->path = fss_substituted(admission, path);
	if (admission->path == NULL || !fss_become_session(admission)) {
		return "cannot be asked: out of memory";
	}
	barred = faccessat(AT_FDCWD, admission->path, X_OK, AT_EACCESS) != 0 &&
		 errno == EACCES;
	pop_sec_ctx();
	return barred ? "lies in a directory that this user may not enter"
		      : NULL;
}

/* Whether a script lets the client in; root: as root, else as the session. */
static bool fss_script_admits(const struct fss_admission *admission,
			      const char *script, bool root)
{
	char *command = fss_substituted(admission, script);
	int ret;

	if (command == NULL || (!root && !fss_become_session(admission))) {
		return false;
	}
	ret = smbrun(command, NULL, NULL);
	if (!root) {
		pop_sec_ctx();
	}
	return ret == 0;
}

/* Others than those that decide who gets in run for the base share only. */
static const char *fss_ask_scripts(struct fss_admission *admission,
				   struct fss_base_rights *rights)
{
	const struct loadparm_substitution *sub =
		loadparm_s3_global_substitution();
	int base = admission->base;
	const char *script = NULL;

	(void)rights;
	script = lp_root_preexec(talloc_tos(), sub, base);
	if (lp_root_preexec_close(base) && script[0] != '\0' &&
	    !fss_script_admits(admission, script, true)) {
		return "has a root preexec that refuses this client";
	}
	script = lp_preexec(talloc_tos(), sub, base);
	if (lp_preexec_close(base) && script[0] != '\0' &&
	    !fss_script_admits(admission, script, false)) {
		return "has a preexec that refuses this client";
	}
	return NULL;
}

/* As smbd asks, the costly ones last. */
static const fss_question fss_questions[] = {
	fss_ask_availability,
	fss_ask_hosts,
	fss_ask_encryption,
	fss_ask_user,
	fss_ask_identity,
	fss_ask_view,
	fss_ask_way,
	fss_ask_scripts,
};

static const char *fss_ask_all(struct fss_admission *admission,
			       struct fss_base_rights *rights)
{
	char *found = NULL;
	size_t i;

	admission->base = find_service(talloc_tos(), admission->name, &found);
	/* With "default service" another may have been found. */
	if (admission->base < 0 ||
	    !strequal(lp_const_servicename(admission->base),
		      admission->name)) {
		return "does not exist for this client";
	}
	for (i = 0; i < ARRAY_SIZE(fss_questions); i++) {
		const char *reason = fss_questions[i](admission, rights);

		if (reason != NULL) {
			return reason;
		}
	}
	return NULL;
}

/* Takes over what the base share says by now of that which smbd looks up in the
 * exposed share's definition after the connection is made. */
static void fss_take_over_lists(const struct fss_admission *admission)
{
	const struct loadparm_substitution *raw = lpcfg_noop_substitution();
	int base = admission->base;
	int copy = SNUM(admission->conn);
	char *admins = NULL;
	const char **list = lp_admin_users(base);
	const char *vetoed = lp_veto_files(talloc_tos(), raw, base);
	size_t i;

	admins = talloc_strdup(talloc_tos(), "");
	for (i = 0; list != NULL && list[i] != NULL; i++) {
		talloc_asprintf_addbuf(&admins, "\"%s\" ", list[i]);
	}
	if (admins != NULL && !str_list_equal(list, lp_admin_users(copy))) {
		lp_do_parameter(copy, "admin users",
				fss_written(admins, admission->name));
	}
	if (fss_differ(vetoed, lp_veto_files(talloc_tos(), raw, copy),
		       admission->name)) {
		lp_do_parameter(copy, "veto files",
				fss_written(vetoed, admission->name));
	}
	if (lp_hide_unreadable(base) && !lp_hide_unreadable(copy)) {
		lp_do_parameter(copy, "hide unreadable", "yes");
	}
}

bool fss_base_share_admits(struct connection_struct *conn, const char *service,
			   struct fss_base_rights *rights)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct fss_admission admission = { .conn = conn };
	const char *reason = NULL;
	char *base = fss_exposed_base(service);

	*rights = (struct fss_base_rights){ .vuid = conn->vuid };
	admission.session = fss_session_of(conn);
	if (base == NULL ||
	    (admission.session != NULL && conn->vuid == UID_FIELD_INVALID &&
	     security_token_is_system(admission.session->security_token))) {
		/* Another share; or Samba itself. */
		free(base);
		TALLOC_FREE(frame);
		return true;
	}
	rights->bound = true;
	admission.name = base;
	reason = admission.session != NULL ? fss_ask_all(&admission, rights)
					   : "cannot be asked: no session";
	if (reason == NULL) {
		fss_take_over_lists(&admission);
	} else {
		DBG_WARNING("share %s is closed to %s: share %s %s\n", service,
			    admission.session != NULL
				    ? admission.session->unix_info->unix_name
				    : "the client",
			    base, reason);
	}
	free(base);
	TALLOC_FREE(frame);
	return reason == NULL;
}

void fss_narrow(struct connection_struct *conn,
		const struct fss_base_rights *rights)
{
	size_t i;

	if (!rights->bound) {
		return;
	}
	conn->read_only |= rights->read_only;
	conn->share_access &= rights->access;
	for (i = 0; i < VUID_CACHE_SIZE; i++) {
		struct vuid_cache_entry *user = &conn->vuid_cache->array[i];

		user->read_only |= rights->read_only;
		user->share_access &= rights->access;
	}
}
