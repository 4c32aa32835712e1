/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of fss_snap_helper share. Its other side, which says how it is
 * called and what it answers, is core/provider/vfs/HookProcess.h.
 */
#ifndef FSS_SNAP_HELPER_H
#define FSS_SNAP_HELPER_H

struct connection_struct;

/* The share's connection and what its hooks are to be called with. */
struct fss_hook {
	struct connection_struct *conn;
	const char *share;
	int channel; /* lines to and from the agent */
	int record;  /* the shadow copy's record; create only */
	char **arguments;
};

typedef bool (*fss_hook_fn)(const struct fss_hook *hook);

/* --- connection.c */
/*
 * Connects to a share as root, for as long as the process lives.
 * path: absolute, the connection's directory.
 */
NTSTATUS fss_hook_connect(const char *share, const char *path,
			  struct connection_struct **conn);

/* --- hooks.c: true where an answer was sent, good or bad */
bool fss_hook_check(const struct fss_hook *hook);
bool fss_hook_create(const struct fss_hook *hook);
bool fss_hook_delete(const struct fss_hook *hook);

/* --- guard.c: the same */
/* Asks the scripts of the share that may refuse a client, as smbd does. */
bool fss_hook_guard(const struct fss_hook *hook);

/* --- answer.c: one line of JSON, on the talloc stack; NULL: out of memory */
/* path: any bytes; those that are no plain ASCII, and "%", become %XX. */
char *fss_answer_path(const char *path);
char *fss_answer_failure(const char *step, NTSTATUS status);
/* Writes all of it. Returns false with errno set. */
bool fss_write_line(int fd, const char *line);

#endif /* FSS_SNAP_HELPER_H */
