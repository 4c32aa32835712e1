/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Samba's configuration says, for those who look after it. */
#include "includes.h"
#include "lib/param/loadparm.h"
#include "lib/util/util_paths.h"
#include "fss_charset.h"
#include "host_private.h"
#include "fss_facts.h"

bool fss_facts_is_default_configuration(void)
{
	return is_default_dyn_CONFIGFILE();
}

void fss_facts_path(enum fss_facts_place which, fss_text_fn fn, void *arg)
{
	char *modules = NULL;

	switch (which) {
	case FSS_FACTS_CONFIGURATION:
		fn(arg, get_dyn_CONFIGFILE());
		break;
	case FSS_FACTS_PROGRAMS:
		fn(arg, get_dyn_SAMBA_LIBEXECDIR());
		break;
	case FSS_FACTS_MODULES:
		modules = modules_path(talloc_tos(), "vfs");
		fn(arg, modules != NULL ? modules : "");
		TALLOC_FREE(modules);
		break;
	case FSS_FACTS_STATE:
		fn(arg, lp_state_directory());
		break;
	case FSS_FACTS_LOCKS:
		fn(arg, lp_lock_directory());
		break;
	case FSS_FACTS_PIDS:
		fn(arg, lp_pid_directory());
		break;
	}
}

void fss_facts_parameter(const char *name, fss_text_fn fn, void *arg)
{
	char *copy = talloc_strdup(talloc_tos(), name);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	bool found = false;

	if (f != NULL && copy != NULL) {
		found = dump_a_parameter(GLOBAL_SECTION_SNUM, copy, f, true);
	}
	if (f != NULL && fclose(f) == 0 && found) {
		text[strcspn(text, "\n")] = '\0';
		fn(arg, text);
	}
	SAFE_FREE(text);
	TALLOC_FREE(copy);
}

static void fss_facts_name(const char *name, fss_text_fn fn, void *arg)
{
	char *text = fss_text_or_bytes_to_core(talloc_tos(), name);

	fn(arg, text != NULL ? text : name);
	TALLOC_FREE(text);
}

/* Those of users, [homes] and the like, are not for all to look at. */
static bool fss_facts_is_share(int snum)
{
	return VALID_SNUM(snum) && !lp_autoloaded(snum) &&
	       !lp_printable(snum) && !strequal(lp_fstype(snum), "IPC");
}

/* They are loaded when somebody asks for one by its name. */
static void fss_facts_registry_shares(struct fss_host *host, fss_text_fn fn,
				      void *arg)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct smbconf_ctx *registry = NULL;
	char **names = NULL;
	uint32_t count = 0;
	uint32_t i;

	if (lp_registry_shares()) {
		registry = fss_registry(host);
	}
	if (registry == NULL ||
	    !SBC_ERROR_IS_OK(smbconf_get_share_names(registry, frame, &count,
						     &names))) {
		TALLOC_FREE(frame);
		return;
	}
	for (i = 0; i < count; i++) {
		if (!strequal(names[i], GLOBAL_NAME) &&
		    lp_servicenumber(names[i]) < 0) {
			fss_facts_name(names[i], fn, arg);
		}
	}
	TALLOC_FREE(frame);
}

void fss_facts_shares(void *_host, fss_text_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	int snum;

	fss_config_refresh(host);
	for (snum = 0; snum < lp_numservices(); snum++) {
		char *name = NULL;

		if (!fss_facts_is_share(snum)) {
			continue;
		}
		name = fss_config_share_name(talloc_tos(), snum);
		if (name != NULL && !strequal(name, HOMES_NAME)) {
			fss_facts_name(name, fn, arg);
		}
		TALLOC_FREE(name);
	}
	fss_facts_registry_shares(host, fn, arg);
}

struct fss_facts_options_state {
	fss_parameter_fn fn;
	void *arg;
};

static void fss_facts_option(void *arg, const char *name, const char *value)
{
	struct fss_facts_options_state *state = arg;

	if (strncasecmp_m(name, "fss:", 4) != 0 || strequal(name + 4, FSS_MARK)) {
		return;
	}
	state->fn(state->arg, name + 4, value);
}

int fss_facts_options(void *host, const char *share, fss_parameter_fn fn,
		      void *arg)
{
	struct fss_facts_options_state state = { .fn = fn, .arg = arg };

	return fss_share_definition(host, share, fss_facts_option, &state);
}

int fss_facts_check_database(const char *path)
{
	return fss_tdb_check(path);
}
