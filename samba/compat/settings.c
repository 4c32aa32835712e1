/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "lib/param/loadparm.h"
#include "settings.h"
#include "when.h"

#if FSS_SAMBA_4(20)
/* From lib/param/param.h, which includes another that only Samba's whole build
 * has. */
bool lpcfg_set_cmdline(struct loadparm_context *lp_ctx, const char *name,
		       const char *value);
#endif

bool fss_set_parameter(const char *name, const char *value)
{
#if FSS_SAMBA_4(20)
	TALLOC_CTX *frame = talloc_stackframe();
	struct loadparm_context *lp_ctx = loadparm_init_s3(
		frame, loadparm_s3_helpers());
	bool ok = lp_ctx != NULL && lpcfg_set_cmdline(lp_ctx, name, value);

	TALLOC_FREE(frame);
	return ok;
#else
	return lp_set_cmdline(name, value);
#endif
}
