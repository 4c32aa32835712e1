/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three hooks, each called once, and their answers. */
#include "includes.h"
#include "system/filesys.h"
#include "smbd/smbd.h"
#include "lib/util/sys_rw_data.h"
#include "snap_helper.h"

/* How many seconds a snapshot may seem younger than it is: vfs_btrfs calls it
 * by its second, and there may be one already. */
#define FSS_OTHER_SECONDS 60

static bool fss_uses_scripts(const struct connection_struct *conn)
{
	const char **objects = lp_vfs_objects(SNUM(conn));
	size_t i;

	for (i = 0; objects != NULL && objects[i] != NULL; i++) {
		/* By name or by an absolute path, with a parameter or not. */
		if (strstr(objects[i], "shell_snap") != NULL) {
			return true;
		}
	}
	return false;
}

/* vfs_shell_snap puts paths into a command line as they are: with white space
 * a script would get others, and might destroy what is there. */
static bool fss_path_is_safe(const struct fss_hook *hook, const char *path)
{
	return strpbrk(path, " \t\n\r\v\f") == NULL ||
	       !fss_uses_scripts(hook->conn);
}

static bool fss_send(const struct fss_hook *hook, const char *line)
{
	return line != NULL && fss_write_line(hook->channel, line);
}

static bool fss_send_failure(const struct fss_hook *hook, const char *step,
			     NTSTATUS status)
{
	DBG_NOTICE("share %s: cannot %s: %s\n", hook->share, step,
		   nt_errstr(status));
	return fss_send(hook, fss_answer_failure(step, status));
}

static bool fss_send_unsafe(const struct fss_hook *hook)
{
	return fss_send_failure(hook, "pass a path with white space to the "
				      "scripts of vfs_shell_snap",
				NT_STATUS_OBJECT_PATH_SYNTAX_BAD);
}

bool fss_hook_check(const struct fss_hook *hook)
{
	char *volume = NULL;
	NTSTATUS status;

	if (!fss_path_is_safe(hook, hook->arguments[0])) {
		return fss_send_unsafe(hook);
	}
	status = SMB_VFS_SNAP_CHECK_PATH(hook->conn, talloc_tos(),
					 hook->arguments[0], &volume);
	if (!NT_STATUS_IS_OK(status)) {
		return fss_send_failure(hook, "find the volume of its path",
					status);
	}
	return fss_send(hook, fss_answer_path(volume));
}

/* The agent says "go" once writers are held; or it is gone. */
static bool fss_may_go(const struct fss_hook *hook)
{
	char buf[3];

	return fss_write_line(hook->channel, "ready") &&
	       read_data(hook->channel, buf, sizeof(buf)) == sizeof(buf) &&
	       memcmp(buf, "go\n", sizeof(buf)) == 0;
}

static NTSTATUS fss_create(const struct fss_hook *hook, char **snapshot)
{
	time_t stamp = time(NULL);
	char *base = NULL;
	NTSTATUS status;
	int i;

	for (i = 0; i < FSS_OTHER_SECONDS; i++) {
		status = SMB_VFS_SNAP_CREATE(hook->conn, talloc_tos(),
					     hook->arguments[0], &stamp,
					     strequal(hook->arguments[1],
						      "writable"),
					     &base, snapshot);
		if (!NT_STATUS_EQUAL(status, NT_STATUS_OBJECT_NAME_COLLISION)) {
			return status;
		}
		stamp++;
	}
	return status;
}

/*
 * The record tells whoever comes after a crash what was done: that the hook was
 * called, and what came of it. It is in the file before the agent hears of it,
 * and on disk before "done".
 */
bool fss_hook_create(const struct fss_hook *hook)
{
	const char *line = NULL;
	char *snapshot = NULL;
	NTSTATUS status;

	if (!fss_path_is_safe(hook, hook->arguments[0])) {
		return fss_send_unsafe(hook);
	}
	if (!fss_may_go(hook)) {
		return false;
	}
	if (!fss_write_line(hook->record, "called")) {
		return fss_send_failure(hook, "write the shadow copy's record",
					map_nt_error_from_unix(errno));
	}
	status = fss_create(hook, &snapshot);
	if (NT_STATUS_IS_OK(status)) {
		line = fss_answer_path(snapshot);
	} else {
		line = fss_answer_failure("make a snapshot", status);
	}
	if (line == NULL || !fss_write_line(hook->record, line)) {
		DBG_ERR("share %s: the snapshot '%s' cannot be recorded, "
			"remove it by hand: %s\n",
			hook->share,
			snapshot != NULL ? snapshot : "none", strerror(errno));
		return false;
	}
	/* A lost client is no reason to leave the record behind. */
	(void)fss_write_line(hook->channel, line);
	return fsync(hook->record) == 0 &&
	       fss_write_line(hook->channel, "done");
}

bool fss_hook_delete(const struct fss_hook *hook)
{
	NTSTATUS status;

	if (!fss_path_is_safe(hook, hook->arguments[0]) ||
	    !fss_path_is_safe(hook, hook->arguments[1])) {
		return fss_send_unsafe(hook);
	}
	status = SMB_VFS_SNAP_DELETE(hook->conn, talloc_tos(),
				     hook->arguments[0], hook->arguments[1]);
	if (!NT_STATUS_IS_OK(status)) {
		return fss_send_failure(hook, "delete a snapshot", status);
	}
	return fss_send(hook, fss_answer_path(hook->arguments[1]));
}
