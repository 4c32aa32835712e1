/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * This process as one of Samba's: configuration, log, messages to smbd, and the
 * host of core/include/fss.h. No Samba type crosses this header.
 */
#ifndef FSSCTL_SAMBA_PROCESS_H
#define FSSCTL_SAMBA_PROCESS_H

#include "fss.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Loads smb.conf's [global] section.
 * config_file: absolute; NULL: Samba's own.
 * log_directory: absolute; NULL: where smb.conf has its log file, or Samba's own.
 * Returns 0, or an errno value: ENOENT or EINVAL for the file, ENOTSUP where the
 * running Samba is another than this was built for.
 */
int fssctl_samba_load(const char *config_file, const char *log_directory);

/* The file that was loaded; valid while the process is. */
const char *fssctl_samba_config_file(void);

/* Reaches the running smbds, and makes the host for fss_host_ops(). Returns 0 or
 * an errno value. */
int fssctl_samba_open(void **host);
void fssctl_samba_close(void *host);

/* The callbacks that belong to it. */
const struct fss_host_ops *fssctl_samba_ops(void);

/* Deals with messages that other processes of Samba have sent meanwhile. */
void fssctl_samba_messages(void);

#ifdef __cplusplus
}
#endif

#endif /* FSSCTL_SAMBA_PROCESS_H */
