/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where fss_snap_helper is and what it is started with. */
#include "includes.h"
#include "lib/param/loadparm.h"
#include "host_private.h"

#define FSS_SNAP_HELPER "fss_snap_helper"

const struct fss_snapshot_helper *fss_snapshot_helper(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct fss_snapshot_helper *helper = host->snapshot_helper;
	const char *program = NULL;

	if (helper != NULL) {
		return helper;
	}
	helper = talloc(host, struct fss_snapshot_helper);
	if (helper == NULL) {
		smb_panic("out of memory");
	}
	program = lp_parm_const_string(GLOBAL_SECTION_SNUM, "fss",
				       "snapshot helper",
				       FSS_LIBEXECDIR "/" FSS_SNAP_HELPER);
	*helper = (struct fss_snapshot_helper){
		.program = talloc_strdup(helper, program),
		.configuration = talloc_strdup(helper, get_dyn_CONFIGFILE()),
		.log_file = talloc_asprintf(helper, "%s/log." FSS_SNAP_HELPER,
					    get_dyn_LOGFILEBASE()),
		.records = state_path(helper, "fss-hooks"),
	};
	if (helper->program == NULL || helper->configuration == NULL ||
	    helper->log_file == NULL || helper->records == NULL) {
		smb_panic("out of memory");
	}
	host->snapshot_helper = helper;
	return helper;
}
