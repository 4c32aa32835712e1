/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The definition of a share, read from the configuration as it is loaded
 * rather than from smb.conf's text or the registry's keys: so includes,
 * "copy", [homes] and user shares are resolved, and names are canonical.
 */
#include "includes.h"
#include "host_private.h"
#include "fss_definition.h"

/*
 * The share's section as text, one "\tname = value" for each parameter that
 * differs from the defaults which a new share starts with, too; or what
 * [global] has, these defaults among it.
 */
static char *fss_definition_text(int snum)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL) {
		return NULL;
	}
	if (snum == GLOBAL_SECTION_SNUM) {
		lp_dump(f, false, 0);
	} else {
		lp_dump_one(f, false, snum);
	}
	if (fclose(f) != 0) {
		SAFE_FREE(text);
	}
	return text;
}

/* What [global] sets for shares: most of it is not for them, and to find that
 * out of every parameter takes longer than all else here. */
struct fss_defaults {
	struct fss_parameter *parameters;
	size_t count;
};

static bool fss_is_default_for_shares(const char *name)
{
	return strchr(name, ':') != NULL || !lp_parameter_is_global(name);
}

static bool fss_add_default(struct fss_defaults *defaults, const char *name,
			    const char *value)
{
	struct fss_parameter *longer = talloc_realloc(
		defaults, defaults->parameters, struct fss_parameter,
		defaults->count + 1);

	if (longer == NULL) {
		return false;
	}
	defaults->parameters = longer;
	longer[defaults->count] = (struct fss_parameter){
		.name = talloc_strdup(longer, name),
		.value = talloc_strdup(longer, value),
	};
	defaults->count++;
	return longer[defaults->count - 1].name != NULL &&
	       longer[defaults->count - 1].value != NULL;
}

/* Splits "\tname = value"; false: it is the section's name, or empty. */
static bool fss_split_line(char *line, const char **name, const char **value)
{
	char *separator = strstr(line, " = ");

	if (line[0] != '\t' || separator == NULL) {
		return false;
	}
	*separator = '\0';
	*name = line + 1;
	*value = separator + 3;
	return true;
}

static struct fss_defaults *fss_read_defaults(TALLOC_CTX *mem_ctx)
{
	struct fss_defaults *defaults = talloc_zero(mem_ctx,
						    struct fss_defaults);
	char *text = fss_definition_text(GLOBAL_SECTION_SNUM);
	const char *name = NULL;
	const char *value = NULL;
	char *line = NULL;
	char *rest = NULL;
	bool ok = defaults != NULL && text != NULL;

	for (line = ok ? strtok_r(text, "\n", &rest) : NULL;
	     line != NULL && ok; line = strtok_r(NULL, "\n", &rest)) {
		if (fss_split_line(line, &name, &value) &&
		    fss_is_default_for_shares(name)) {
			ok = fss_add_default(defaults, name, value);
		}
	}
	SAFE_FREE(text);
	if (!ok) {
		TALLOC_FREE(defaults);
	}
	return defaults;
}

static int fss_defaults(struct fss_host *host, fss_parameter_fn fn, void *arg)
{
	size_t i;

	fss_config_refresh(host);
	if (host->defaults == NULL) {
		host->defaults = fss_read_defaults(host);
	}
	if (host->defaults == NULL) {
		return ENOMEM;
	}
	for (i = 0; i < host->defaults->count; i++) {
		fn(arg, host->defaults->parameters[i].name,
		   host->defaults->parameters[i].value);
	}
	return 0;
}

static int fss_definition_line(char *line, const char *share,
			       fss_parameter_fn fn, void *arg)
{
	const char *name = NULL;
	const char *text = NULL;
	char *value = NULL;

	if (!fss_split_line(line, &name, &text)) {
		return 0;
	}
	/* In a copy the name would be another. */
	value = talloc_string_sub(talloc_tos(), text, "%S", share);
	if (value == NULL) {
		return ENOMEM;
	}
	fn(arg, name, value);
	TALLOC_FREE(value);
	return 0;
}

int fss_share_parameters(int snum, const char *name, fss_parameter_fn fn,
			 void *arg)
{
	char *text = fss_definition_text(snum);
	char *line = NULL;
	char *rest = NULL;
	int err = text != NULL ? 0 : ENOMEM;

	for (line = err == 0 ? strtok_r(text, "\n", &rest) : NULL;
	     line != NULL && err == 0; line = strtok_r(NULL, "\n", &rest)) {
		err = fss_definition_line(line, name, fn, arg);
	}
	SAFE_FREE(text);
	return err;
}

int fss_share_definition(void *_host, const char *share, fss_parameter_fn fn,
			 void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	TALLOC_CTX *frame = talloc_stackframe();
	const char *name = NULL;
	int snum;
	int err = 0;

	if (share == NULL) {
		err = fss_defaults(host, fn, arg);
		TALLOC_FREE(frame);
		return err;
	}
	snum = fss_config_share_number(host, share, NULL);
	if (snum < 0) {
		TALLOC_FREE(frame);
		return ENOENT;
	}
	name = fss_config_share_name(frame, snum);
	err = name != NULL ? fss_share_parameters(snum, name, fn, arg) : ENOMEM;
	TALLOC_FREE(frame);
	return err;
}
