/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agent and smbds find each other's write gates in the lock directory, which
 * all processes of a server share. */
#include "includes.h"
#include "fss_host.h"

char *fss_gate_directory(TALLOC_CTX *mem_ctx)
{
	return lock_path(mem_ctx, "fss-gate");
}
