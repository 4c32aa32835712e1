/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The definition of a share, read from the configuration as it is loaded. */
#ifndef FSS_DEFINITION_H
#define FSS_DEFINITION_H

#include "fss.h"

/*
 * Calls fn for each parameter of a share that differs from the defaults, with its
 * canonical name and "%S" replaced. Returns 0 or ENOMEM.
 * snum: the share's number in the configuration; name: what "%S" stands for.
 */
int fss_share_parameters(int snum, const char *name, fss_parameter_fn fn,
			 void *arg);

/* "vfs objects" as smb.conf would have it, each member in quotes. */
const char *fss_vfs_objects(TALLOC_CTX *mem_ctx, int snum);

#endif /* FSS_DEFINITION_H */
