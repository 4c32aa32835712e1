/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log and audit trail, each a debug class of its own. */
#include "includes.h"
#include "fss_charset.h"
#include "host_private.h"

void fss_log_init(struct fss_host *host)
{
	host->log_class = debug_add_class("fss");
	if (host->log_class == -1) {
		host->log_class = DBGC_ALL;
	}
	host->audit_class = debug_add_class("fss_audit");
	if (host->audit_class == -1) {
		host->audit_class = DBGC_ALL;
	}
}

/* Client's strings may be part of the text: it must stay one line. */
static char *fss_one_line(TALLOC_CTX *mem_ctx, const char *text)
{
	char *line = fss_line_from_core(mem_ctx, text);
	char *p = NULL;

	for (p = line; p != NULL && *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p)) {
			*p = '?';
		}
	}
	return line;
}

void fss_log(void *_host, enum fss_log_level level, const char *text)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	char *line = NULL;

	if (!CHECK_DEBUGLVLC(host->log_class, (int)level)) {
		return;
	}
	line = fss_one_line(NULL, text);
	DEBUGC(host->log_class, (int)level,
	       ("%s\n", line != NULL ? line : "out of memory"));
	TALLOC_FREE(line);
}

void fss_audit(void *_host, const char *text)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	char *line = fss_one_line(NULL, text);

	/* Level 0 is written whatever "log level" says. */
	DEBUGC(host->audit_class, 0,
	       ("fss_audit: %s\n", line != NULL ? line : "out of memory"));
	TALLOC_FREE(line);
}
