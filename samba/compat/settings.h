/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Include after Samba's "includes.h". */
#ifndef FSS_COMPAT_SETTINGS_H
#define FSS_COMPAT_SETTINGS_H

/* Sets a global parameter for this process, whatever smb.conf says. */
bool fss_set_parameter(const char *name, const char *value);

struct loadparm_s3_helpers;
struct loadparm_context;

/* From lib/param/param_proto.h, a header that only Samba's whole build has. */
struct loadparm_context *loadparm_init_s3(
	TALLOC_CTX *mem_ctx, const struct loadparm_s3_helpers *helpers);

#endif /* FSS_COMPAT_SETTINGS_H */
