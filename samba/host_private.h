/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the host share with each other; see fss_host.h. */
#ifndef FSS_HOST_PRIVATE_H
#define FSS_HOST_PRIVATE_H

#include "fss_host.h"
#include "lib/smbconf/smbconf.h"

struct db_context;
struct fss_defaults;

/*
 * Samba reloads the configuration by itself, as when a client authenticates:
 * then shares that are gone stay in memory, and the files' times count as
 * seen. This global option lasts until any reload, and so gives that away.
 */
#define FSS_MARK "as loaded by the agent"

struct fss_host {
	struct messaging_context *msg_ctx;

	/* log.c: debug classes */
	int log_class;
	int audit_class;

	/* config.c */
	bool config_stale; /* a reload was asked for */
	struct smbconf_csn registry_csn;
	TALLOC_CTX *share_strings;  /* of the last find_share() */
	TALLOC_CTX *option_strings; /* of the last option() */

	char *gate_directory;
	struct fss_snapshot_helper *snapshot_helper;

	/* names.c: answers of the resolver, asked once for each configuration */
	bool dns_asked;
	char *dns_name;
	time_t interfaces_loaded; /* monotonic, in seconds */

	/* store.c */
	struct db_context *stores[2]; /* by enum fss_store */
	int store_lock;               /* descriptor; -1: none */

	/* definition.c: what [global] sets for shares; NULL: not read yet from
	 * the configuration as it is loaded */
	struct fss_defaults *defaults;

	/* publisher.c */
	struct smbconf_ctx *registry;
	bool publishing;
	/* Descriptors to take away if the transaction does not commit, and
	 * those to take away once it has. */
	char **descriptors_set;
	char **descriptors_to_drop;
};

/* --- log.c */
void fss_log_init(struct fss_host *host);
void fss_log(void *host, enum fss_log_level level, const char *text);
void fss_audit(void *host, const char *text);

/* --- config.c */
/* Takes in what changed in smb.conf and in the registry's shares. */
void fss_config_refresh(struct fss_host *host);
/* The same for what is not a share's: the agent's own changes of the registry's
 * shares make nothing of that anew. */
void fss_config_refresh_globals(struct fss_host *host);
/* The number of a disk share as a tree connect finds it; -1: none. */
int fss_config_share_number(struct fss_host *host, const char *name,
			    const struct auth_session_info *session);
/* Its name, as clients call it. */
char *fss_config_share_name(TALLOC_CTX *mem_ctx, int snum);
const char *fss_option(void *host, const char *share, const char *name);
bool fss_registry_shares(void *host);
int fss_find_share(void *host, const char *name, const void *session,
		   struct fss_share *share);

const char *fss_host_gate_directory(void *host);

/* --- snapshot_helper.c */
const struct fss_snapshot_helper *fss_snapshot_helper(void *host);

/* --- definition.c */
int fss_share_definition(void *host, const char *share, fss_parameter_fn fn,
			 void *arg);

/* --- configuration_text.c */
int fss_configuration(void *host, const char *file, const char *share,
		      fss_line_fn fn, void *arg);

/* --- names.c */
void fss_server_names(void *host, fss_text_fn fn, void *arg);

/* --- store_undo.c */
bool fss_tdb_undo_commit(const char *path);

/* --- store_gaps.c */
/* Makes room in a tdb file's image that nothing leads to free again; false: what
 * there is is not only that. */
bool fss_tdb_free_gaps(TALLOC_CTX *mem_ctx, char *file, size_t size);

/* --- store.c */
/* Whether a local database is sound: 0 or an errno value, EIO where not. */
int fss_tdb_check(const char *path);
bool fss_store_is_single(void *host);
int fss_store_begin(void *host, enum fss_store which);
int fss_store_commit(void *host, enum fss_store which);
void fss_store_cancel(void *host, enum fss_store which);
int fss_store_fetch(void *host, enum fss_store which, const char *key,
		    fss_value_fn fn, void *arg);
int fss_store_put(void *host, enum fss_store which, const char *key,
		  const void *data, size_t size);
int fss_store_erase(void *host, enum fss_store which, const char *key);
int fss_store_each(void *host, enum fss_store which, fss_record_fn fn,
		   void *arg);

/* --- foreign_state.c */
int fss_foreign_each(void *host, fss_foreign_fn fn, void *arg);
int fss_foreign_erase(void *host, const char *const *keys, size_t count);

/* --- publisher.c */
/* The registry's configuration, opened when first asked for; NULL: failed. */
struct smbconf_ctx *fss_registry(struct fss_host *host);
int fss_publish_begin(void *host);
int fss_publish(void *host, const char *name,
		const struct fss_parameter *parameters, size_t count,
		const char *base);
int fss_unpublish(void *host, const char *name);
int fss_publish_commit(void *host);
void fss_publish_cancel(void *host);
int fss_publish_set(void *host, const char *name, const char *parameter,
		    const char *value);
bool fss_is_published(void *host, const char *name);
void fss_disconnect(void *host, const char *name);
void fss_announce(void *host);

/* --- share_security.c: share security descriptors, an errno each */
/* stored: whether there was one to copy; else the share has the default, too. */
int fss_share_security_copy(const char *base, const char *name, bool *stored);
/* Whether all of the database can be read. */
/* Whether the database is sound and can be read for the share; logs why not. */
int fss_share_security_check(const char *name);
int fss_check_security(void *host, const char *share);
/* Absent: 0. */
int fss_share_security_remove(const char *name);

#endif /* FSS_HOST_PRIVATE_H */
