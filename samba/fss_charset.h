/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text between Samba's unix charset and the core's UTF-8 (charset.c). Include
 * after Samba's "includes.h".
 *
 * The rule, in both directions: names (of shares and sections, accounts, servers)
 * and sentences are text, and converted. Paths, the values of parameters and the
 * names that users have in Unix are bytes, and are not: the core compares them with
 * others and gives them to the kernel. A shadow copy's comment is a sentence of the
 * core's.
 */
#ifndef FSS_CHARSET_H
#define FSS_CHARSET_H

/* NULL with errno EILSEQ: malformed, or the other charset does not have it. */
char *fss_text_to_core(TALLOC_CTX *mem_ctx, const char *text);
char *fss_text_from_core(TALLOC_CTX *mem_ctx, const char *text);

/* The same; what cannot be converted stays as it is. For names that are only shown
 * or compared, and for the comment. NULL: no memory. */
char *fss_text_or_bytes_to_core(TALLOC_CTX *mem_ctx, const char *text);
char *fss_text_or_bytes_from_core(TALLOC_CTX *mem_ctx, const char *text);

/* A sentence of the core's with paths and values in it, which are bytes already.
 * NULL: no memory. */
char *fss_line_from_core(TALLOC_CTX *mem_ctx, const char *line);

/* Whether a path is text, as the registry and SMB need it. */
bool fss_text_is_valid(const char *path);

/* Whether Samba's unix charset is UTF-8. */
bool fss_charset_is_unicode(void);

/* Has this process read share names by the charsets of smb.conf, whose [global]
 * section must have been loaded, and no share yet. They stay what they are until
 * the process ends, as in smbd. */
bool fss_charset_pin(void);

/* Whether smbd outlives a reload of its configuration: see docs/limits.md. */
bool fss_charset_reload_is_safe(void);

#endif /* FSS_CHARSET_H */
