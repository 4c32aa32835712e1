/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers as lines of JSON. All of their text is plain ASCII. */
#include "includes.h"
#include "libcli/util/ntstatus.h"
#include "lib/util/sys_rw_data.h"
#include "snap_helper.h"

static bool fss_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7F && c != '%' && c != '"' && c != '\\';
}

static char *fss_escape(const char *text)
{
	char *escaped = talloc_strdup(talloc_tos(), "");
	const char *p = NULL;

	for (p = text; *p != '\0'; p++) {
		unsigned char c = *p;

		if (fss_is_plain(c)) {
			talloc_asprintf_addbuf(&escaped, "%c", c);
		} else {
			talloc_asprintf_addbuf(&escaped, "%%%02X", c);
		}
	}
	return escaped;
}

char *fss_answer_path(const char *path)
{
	char *escaped = fss_escape(path);

	if (escaped == NULL) {
		return NULL;
	}
	return talloc_asprintf(talloc_tos(), "{\"ok\":true,\"path\":\"%s\"}",
			       escaped);
}

char *fss_answer_failure(const char *step, NTSTATUS status)
{
	bool unsupported = NT_STATUS_EQUAL(status, NT_STATUS_NOT_SUPPORTED) ||
			   NT_STATUS_EQUAL(status, NT_STATUS_NOT_IMPLEMENTED);
	char *escaped = fss_escape(step);

	if (escaped == NULL) {
		return NULL;
	}
	return talloc_asprintf(talloc_tos(),
			       "{\"ok\":false,\"step\":\"%s\","
			       "\"status\":\"%s\",\"errno\":%d,"
			       "\"unsupported\":%s}",
			       escaped, nt_errstr(status),
			       map_errno_from_nt_status(status),
			       unsupported ? "true" : "false");
}

bool fss_write_line(int fd, const char *line)
{
	char *text = talloc_asprintf(talloc_tos(), "%s\n", line);
	ssize_t length;
	ssize_t written;

	if (text == NULL) {
		errno = ENOMEM;
		return false;
	}
	length = strlen(text);
	written = write_data(fd, text, length);
	TALLOC_FREE(text);
	return written == length;
}
