/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The definition of a share, read from the configuration as it is loaded
 * rather than from smb.conf's text or the registry's keys: so includes,
 * "copy", [homes] and user shares are resolved, and names are canonical.
 */
#include "includes.h"
#include "host_private.h"

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

/* share: NULL for [global] */
static int fss_definition_line(char *line, const char *share,
			       fss_parameter_fn fn, void *arg)
{
	char *separator = strstr(line, " = ");
	char *value = NULL;

	if (line[0] != '\t' || separator == NULL) {
		return 0; /* the section's name, or an empty line */
	}
	*separator = '\0';
	if (share == NULL) {
		if (strchr(line + 1, ':') != NULL ||
		    !lp_parameter_is_global(line + 1)) {
			fn(arg, line + 1, separator + 3);
		}
		return 0;
	}
	/* In a copy the name would be another. */
	value = talloc_string_sub(talloc_tos(), separator + 3, "%S", share);
	if (value == NULL) {
		return ENOMEM;
	}
	fn(arg, line + 1, value);
	TALLOC_FREE(value);
	return 0;
}

int fss_share_definition(void *_host, const char *share, fss_parameter_fn fn,
			 void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	TALLOC_CTX *frame = talloc_stackframe();
	int snum = GLOBAL_SECTION_SNUM;
	const char *name = NULL;
	char *text = NULL;
	char *line = NULL;
	char *rest = NULL;
	int err = 0;

	if (share != NULL) {
		snum = fss_config_share_number(host, share, NULL);
		if (snum < 0) {
			TALLOC_FREE(frame);
			return ENOENT;
		}
		name = fss_config_share_name(frame, snum);
	}
	text = fss_definition_text(snum);
	if (text == NULL || (share != NULL && name == NULL)) {
		SAFE_FREE(text);
		TALLOC_FREE(frame);
		return ENOMEM;
	}
	for (line = strtok_r(text, "\n", &rest); line != NULL && err == 0;
	     line = strtok_r(NULL, "\n", &rest)) {
		err = fss_definition_line(line, name, fn, arg);
	}
	SAFE_FREE(text);
	TALLOC_FREE(frame);
	return err;
}
