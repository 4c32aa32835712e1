/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host side of core/include/fss.h on Samba: store, share publication,
 * configuration and log of the Samba that this process belongs to.
 *
 * Include after Samba's "includes.h".
 */
#ifndef FSS_HOST_H
#define FSS_HOST_H

#include "fss.h"

struct messaging_context;
struct fss_host;

/*
 * Makes the `host` object of fss_agent_create(). The [global] section must
 * have been loaded; shares are loaded, and files opened, when they are first
 * needed.
 *
 * msg_ctx: reaches the running smbds; must outlive the host.
 */
NTSTATUS fss_host_create(TALLOC_CTX *mem_ctx,
			 struct messaging_context *msg_ctx,
			 struct fss_host **host);

/* The callbacks for that object; static. They must be called as root. */
const struct fss_host_ops *fss_host_ops(void);

/* Where this server's write gates are: fss_gate_open()'s directory. */
char *fss_gate_directory(TALLOC_CTX *mem_ctx);

/* The values of fss:store directory in the configuration as it is loaded; ends
 * with NULL. NULL: no memory. */
char **fss_store_directories(TALLOC_CTX *mem_ctx);

/* Whether a share's security descriptor can be read: 0 or an errno value, EIO
 * where its database is damaged. Samba's own functions do not tell. */
int fss_share_security_read(const char *share);

/*
 * fss_version_is_served(), and logs what is wrong.
 *
 * what: name of the executable or module, for the log.
 */
bool fss_samba_version_matches(const char *what);

#endif /* FSS_HOST_H */
