/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which accounts have a right to use the agent, as far as this server knows. */
#include "includes.h"
#include "system/passwd.h"
#include "passdb.h"
#include "passdb/lookup_sid.h"
#include "lib/privileges.h"
#include "libcli/security/security.h"
#include "fss_charset.h"
#include "fss_facts.h"

static void fss_account(const struct dom_sid *sid, fss_text_fn fn, void *arg)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct dom_sid_buf buf;
	const char *domain = NULL;
	const char *name = NULL;
	enum lsa_SidType type = SID_NAME_UNKNOWN;
	char *text = NULL;

	if (lookup_sid(frame, sid, &domain, &name, &type) && name != NULL &&
	    type != SID_NAME_UNKNOWN) {
		text = talloc_asprintf(frame, "%s\\%s", domain, name);
		text = text != NULL ? fss_text_or_bytes_to_core(frame, text)
				    : NULL;
	}
	fn(arg, text != NULL ? text : dom_sid_str_buf(sid, &buf));
	TALLOC_FREE(frame);
}

/* Those who have the Unix group as their first, or are listed in it. */
static void fss_unix_members(gid_t gid, fss_text_fn fn, void *arg)
{
	struct group *group = getgrgid(gid);
	struct passwd *pwd = NULL;
	size_t i;

	for (i = 0; group != NULL && group->gr_mem[i] != NULL; i++) {
		fn(arg, group->gr_mem[i]);
	}
	setpwent();
	while ((pwd = getpwent()) != NULL) {
		if (pwd->pw_gid == gid) {
			fn(arg, pwd->pw_name);
		}
	}
	endpwent();
}

/* Without winbind, a builtin group is a Unix group that it is mapped to. */
static void fss_builtin_members(const struct dom_sid *sid, fss_text_fn fn,
				void *arg)
{
	TALLOC_CTX *frame = talloc_stackframe();
	GROUP_MAP *map = talloc_zero(frame, GROUP_MAP);
	struct dom_sid *members = NULL;
	size_t count = 0;
	size_t i;
	NTSTATUS status;

	status = pdb_enum_aliasmem(sid, frame, &members, &count);
	for (i = 0; NT_STATUS_IS_OK(status) && i < count; i++) {
		fss_account(&members[i], fn, arg);
	}
	if (map != NULL && pdb_getgrsid(map, *sid) && map->gid != (gid_t)-1) {
		fss_unix_members(map->gid, fn, arg);
	}
	TALLOC_FREE(frame);
}

/* The builtin groups have it by what they are. */
static bool fss_is_builtin(const struct dom_sid *sid)
{
	return dom_sid_equal(sid, &global_sid_Builtin_Administrators) ||
	       dom_sid_equal(sid, &global_sid_Builtin_Backup_Operators);
}

static void fss_privileged(enum sec_privilege privilege, fss_text_fn fn,
			   void *arg)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct dom_sid *sids = NULL;
	int count = 0;
	int i;
	NTSTATUS status;

	status = privilege_enum_sids(privilege, frame, &sids, &count);
	for (i = 0; NT_STATUS_IS_OK(status) && i < count; i++) {
		if (!fss_is_builtin(&sids[i])) {
			fss_account(&sids[i], fn, arg);
		}
	}
	TALLOC_FREE(frame);
}

void fss_facts_accounts(enum fss_facts_right right, fss_text_fn fn, void *arg)
{
	switch (right) {
	case FSS_FACTS_ADMINISTRATORS:
		fss_builtin_members(&global_sid_Builtin_Administrators, fn,
				    arg);
		break;
	case FSS_FACTS_BACKUP_OPERATORS:
		fss_builtin_members(&global_sid_Builtin_Backup_Operators, fn,
				    arg);
		break;
	case FSS_FACTS_BACKUP_PRIVILEGE:
		fss_privileged(SEC_PRIV_BACKUP, fn, arg);
		break;
	}
}
