/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts about the Samba that this process belongs to, for those who look after
 * it (fssctl doctor). No Samba type crosses this header, and nothing is changed.
 * smb.conf's [global] section must have been loaded.
 *
 * Texts are handed to a callback, and are valid during its call.
 */
#ifndef FSS_FACTS_H
#define FSS_FACTS_H

#include "fss.h"

#ifdef __cplusplus
extern "C" {
#endif

enum fss_facts_place {
	FSS_FACTS_CONFIGURATION, /* smb.conf */
	FSS_FACTS_PROGRAMS,      /* of samba-dcerpcd and rpcd_* */
	FSS_FACTS_MODULES,       /* of VFS modules */
	FSS_FACTS_STATE,
	FSS_FACTS_LOCKS,
	FSS_FACTS_PIDS,
};

/* Whether smb.conf is the one that Samba's programs take by themselves. */
bool fss_facts_is_default_configuration(void);

void fss_facts_path(enum fss_facts_place which, fss_text_fn fn, void *arg);

/* A global parameter as testparm shows it; no call of fn: there is none. */
void fss_facts_parameter(const char *name, fss_text_fn fn, void *arg);

/* The names of all disk shares. host: fss_host_create()'s. */
void fss_facts_shares(void *host, fss_text_fn fn, void *arg);

/* The "fss:" options in a share's section, or in [global] (NULL), without that
 * prefix and with their names as they are written. Returns an errno value. */
int fss_facts_options(void *host, const char *share, fss_parameter_fn fn,
		      void *arg);

enum fss_facts_right {
	FSS_FACTS_ADMINISTRATORS,
	FSS_FACTS_BACKUP_OPERATORS,
	FSS_FACTS_BACKUP_PRIVILEGE,
};

/* The accounts that have a right to use the agent: "DOMAIN\name", a Unix name,
 * or a SID that cannot be named. An account may come twice. */
void fss_facts_accounts(enum fss_facts_right right, fss_text_fn fn, void *arg);

/* Whether a local database is sound: 0 or an errno value, EIO where it is not. */
int fss_facts_check_database(const char *path);

#ifdef __cplusplus
}
#endif

#endif /* FSS_FACTS_H */
