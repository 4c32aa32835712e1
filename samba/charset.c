/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text between Samba's unix charset and the core's UTF-8. The only place: what is
 * text and what is not stands in fss_charset.h.
 */
#include "includes.h"
#include "lib/param/loadparm.h"
#include "compat/settings.h"
#include "fss_charset.h"

static bool fss_is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80) {
			return false;
		}
	}
	return true;
}

/* By way of UTF-16: from a charset to itself malformed text would be copied. */
static char *fss_convert(TALLOC_CTX *mem_ctx, charset_t from, charset_t to,
			 const char *text)
{
	smb_ucs2_t *units = NULL;
	char *result = NULL;
	size_t units_size = 0;
	size_t size = 0;

	if (text == NULL) {
		errno = EINVAL;
		return NULL;
	}
	if (fss_is_ascii(text)) {
		return talloc_strdup(mem_ctx, text);
	}
	if (!convert_string_talloc(mem_ctx, from, CH_UTF16LE, text,
				   strlen(text) + 1, &units, &units_size)) {
		errno = EILSEQ;
		return NULL;
	}
	if (!convert_string_talloc(mem_ctx, CH_UTF16LE, to, units, units_size,
				   &result, &size)) {
		TALLOC_FREE(units);
		errno = EILSEQ;
		return NULL;
	}
	TALLOC_FREE(units);
	return result;
}

char *fss_text_to_core(TALLOC_CTX *mem_ctx, const char *text)
{
	return fss_convert(mem_ctx, CH_UNIX, CH_UTF8, text);
}

char *fss_text_from_core(TALLOC_CTX *mem_ctx, const char *text)
{
	return fss_convert(mem_ctx, CH_UTF8, CH_UNIX, text);
}

char *fss_text_or_bytes_to_core(TALLOC_CTX *mem_ctx, const char *text)
{
	char *converted = fss_text_to_core(mem_ctx, text);

	return converted != NULL ? converted : talloc_strdup(mem_ctx, text);
}

char *fss_text_or_bytes_from_core(TALLOC_CTX *mem_ctx, const char *text)
{
	char *converted = fss_text_from_core(mem_ctx, text);

	return converted != NULL ? converted : talloc_strdup(mem_ctx, text);
}

/* The bytes of the character of UTF-8 that text begins with; 1 for what is none. */
static size_t fss_character_size(const char *text)
{
	size_t size = 1;

	if (next_codepoint_ext(text, strlen(text), CH_UTF8, &size) ==
	    INVALID_CODEPOINT) {
		return 1;
	}
	return size;
}

char *fss_line_from_core(TALLOC_CTX *mem_ctx, const char *line)
{
	char *result = talloc_strdup(mem_ctx, "");

	while (*line != '\0' && result != NULL) {
		size_t plain = 0;
		size_t size = 0;
		char *character = NULL;
		char *converted = NULL;

		while (line[plain] != '\0' && (unsigned char)line[plain] < 0x80) {
			plain++;
		}
		result = talloc_strndup_append(result, line, plain);
		line += plain;
		if (*line == '\0' || result == NULL) {
			break;
		}
		size = fss_character_size(line);
		character = talloc_strndup(mem_ctx, line, size);
		converted = character != NULL ? fss_text_or_bytes_from_core(
							mem_ctx, character)
					      : NULL;
		result = converted != NULL
				 ? talloc_strdup_append(result, converted)
				 : NULL;
		TALLOC_FREE(character);
		TALLOC_FREE(converted);
		line += size;
	}
	return result;
}

bool fss_text_is_valid(const char *path)
{
	char *text = fss_text_to_core(talloc_tos(), path);
	bool valid = text != NULL;

	TALLOC_FREE(text);
	return valid;
}

bool fss_charset_is_unicode(void)
{
	return strequal(lp_unix_charset(), "UTF-8") ||
	       strequal(lp_unix_charset(), "UTF8");
}

/*
 * While Samba reads smb.conf it converts by the charsets that it had before
 * "unix charset": by the default ones, as each load resets them. The names of
 * shares that it cannot read so are all filed under one key, and the next load
 * finds a share there that is gone. Parameters that are set for the process are
 * applied before the file is read; "dos charset" after "unix charset", and in
 * another spelling than the default's, has Samba take both into account.
 */
bool fss_charset_pin(void)
{
	char *unix_charset = NULL;
	char *dos_charset = NULL;
	bool ok;

	if (fss_charset_is_unicode()) {
		return true;
	}
	unix_charset = talloc_strdup(talloc_tos(), lp_unix_charset());
	dos_charset = talloc_strdup(talloc_tos(), lp_dos_charset());
	if (unix_charset == NULL || dos_charset == NULL) {
		return false;
	}
	if (strcmp(dos_charset, "CP850") == 0) {
		dos_charset[0] = 'c';
	}
	ok = fss_set_parameter("unix charset", unix_charset) &&
	     fss_set_parameter("dos charset", dos_charset);
	TALLOC_FREE(unix_charset);
	TALLOC_FREE(dos_charset);
	return ok;
}

bool fss_charset_reload_is_safe(void)
{
	int snum;

	if (fss_charset_is_unicode()) {
		return true;
	}
	for (snum = 0; snum < lp_numservices(); snum++) {
		const char *name = VALID_SNUM(snum) ? lp_const_servicename(snum)
						    : NULL;

		if (name != NULL && !fss_is_ascii(name)) {
			return false;
		}
	}
	return true;
}
