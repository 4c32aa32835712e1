/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripts of a share that decide who may connect to it, asked for who wants a
 * shadow copy of it. */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/param/loadparm.h"
#include "auth.h"
#include "substitute.h"
#include "snap_helper.h"

struct fss_guard {
	const struct fss_hook *hook;
	int snum;
	const char *path;
	const char *asked; /* "" : root */
	struct auth_session_info *session;
};

static const char *fss_guard_user(const struct fss_guard *guard)
{
	const char *forced = lp_force_user(
		talloc_tos(), loadparm_s3_global_substitution(), guard->snum);

	if (forced[0] != '\0') {
		return talloc_string_sub(talloc_tos(), forced, "%S",
					 lp_const_servicename(guard->snum));
	}
	return guard->asked[0] != '\0' ? guard->asked : "root";
}

/* Of the name that the account has for its domain, as %U has it. */
static const char *fss_bare_name(const char *name)
{
	const char *separator = strrchr(name, *lp_winbind_separator());

	return separator != NULL && separator[1] != '\0' ? separator + 1 : name;
}

static bool fss_script_admits(const struct fss_guard *guard, const char *script,
			      bool root)
{
	const struct auth_session_info *session = guard->session;
	const struct security_unix_token *token = session->unix_token;
	char *command = NULL;
	int ret;

	command = talloc_sub_full(talloc_tos(),
				  lp_const_servicename(guard->snum),
				  session->unix_info->unix_name, guard->path,
				  token->gid,
				  session->unix_info->sanitized_username,
				  session->info->domain_name, script);
	if (command == NULL || !push_sec_ctx()) {
		return false;
	}
	if (root) {
		set_root_sec_ctx();
	} else {
		set_sec_ctx(token->uid, token->gid, token->ngroups,
			    token->groups, session->security_token);
	}
	ret = smbrun(command, NULL, NULL);
	pop_sec_ctx();
	DBG_NOTICE("share %s: '%s' gave %d\n", guard->hook->share, command, ret);
	return ret == 0;
}

static bool fss_refused(const struct fss_guard *guard, const char *parameter,
			const char *script)
{
	char *step = talloc_asprintf(talloc_tos(), "%s = %s", parameter, script);

	DBG_WARNING("share %s: %s refuses %s\n", guard->hook->share,
		    step != NULL ? step : parameter, fss_guard_user(guard));
	return fss_write_line(guard->hook->channel,
			      fss_answer_failure(step != NULL ? step : parameter,
						 NT_STATUS_ACCESS_DENIED));
}

static bool fss_ask_guard(const struct fss_guard *guard)
{
	const struct loadparm_substitution *sub =
		loadparm_s3_global_substitution();
	const char *script = lp_root_preexec(talloc_tos(), sub, guard->snum);

	if (lp_root_preexec_close(guard->snum) && script[0] != '\0' &&
	    !fss_script_admits(guard, script, true)) {
		return fss_refused(guard, "root preexec", script);
	}
	script = lp_preexec(talloc_tos(), sub, guard->snum);
	if (lp_preexec_close(guard->snum) && script[0] != '\0' &&
	    !fss_script_admits(guard, script, false)) {
		return fss_refused(guard, "preexec", script);
	}
	return fss_write_line(guard->hook->channel,
			      fss_answer_path(guard->path));
}

bool fss_hook_guard(const struct fss_hook *hook)
{
	struct fss_guard guard = {
		.hook = hook,
		.path = hook->arguments[0],
		.asked = hook->arguments[1],
	};
	const char *address = hook->arguments[2];
	const char *name = NULL;
	char *service = NULL;
	NTSTATUS status;

	guard.snum = find_service(talloc_tos(), hook->share, &service);
	if (guard.snum < 0) {
		return fss_write_line(
			hook->channel,
			fss_answer_failure("find the share",
					   NT_STATUS_BAD_NETWORK_NAME));
	}
	status = make_session_info_from_username(talloc_tos(),
						 fss_guard_user(&guard), false,
						 &guard.session);
	if (!NT_STATUS_IS_OK(status)) {
		return fss_write_line(
			hook->channel,
			fss_answer_failure("look up who asks", status));
	}
	/* %U stays who asks where another is forced. */
	name = guard.asked[0] != '\0' ? fss_bare_name(guard.asked) : "root";
	guard.session->unix_info->sanitized_username = talloc_strdup(
		guard.session->unix_info, name);
	sub_set_socket_ids(address, address, "");
	set_current_user_info(name, guard.session->unix_info->unix_name,
			      guard.session->info->domain_name);
	return fss_ask_guard(&guard);
}
