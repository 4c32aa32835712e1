/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Module fss_versions, see versions.h: paths of earlier versions as the modules
 * above know them, and as the file system does. */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/globals.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "versions.h"

static struct fss_previous *fss_previous(const struct vfs_handle_struct *handle)
{
	return handle->data;
}

/* By its name in "vfs objects" it has nothing to work with. */
static int fss_versions_connect(struct vfs_handle_struct *handle,
				const char *service, const char *user)
{
	if (fss_previous(handle) == NULL) {
		DBG_ERR("share %s: remove fss_versions from 'vfs objects', "
			"and set 'fss:previous versions = yes'\n",
			lp_const_servicename(SNUM(handle->conn)));
		errno = EINVAL;
		return -1;
	}
	return SMB_VFS_NEXT_CONNECT(handle, service, user);
}

/* The time of the version that a path leads to, and the path's rest. */
static bool fss_parse_version(const struct fss_previous *previous,
			      const char *path, time_t *seconds,
			      const char **below)
{
	size_t length = strlen(previous->root);
	struct tm tm = { 0 };
	const char *end = NULL;

	if (strncmp(path, previous->root, length) != 0 ||
	    path[length] != '/') {
		return false;
	}
	end = strptime(path + length + 1, GMT_FORMAT, &tm);
	if (end == NULL || (*end != '/' && *end != '\0')) {
		return false;
	}
	*seconds = timegm(&tm);
	*below = end;
	return true;
}

/* Snapshots that are held open and nobody asks for are let go of, at the latest
 * after twice as long: deleted meanwhile, they still take up their room. */
#define FSS_HELD_SECONDS 5

static void fss_let_go(struct tevent_context *ev,
		       struct tevent_timer *timer,
		       struct timeval now,
		       void *private_data);

static void fss_let_go_later(struct fss_previous *previous,
			     struct tevent_context *ev)
{
	/* Without a timer they are held as long as the connection; so with
	 * those that Samba makes for itself, which have no events. */
	if (ev == NULL) {
		return;
	}
	previous->let_go = tevent_add_timer(
		ev, previous, tevent_timeval_current_ofs(FSS_HELD_SECONDS, 0),
		fss_let_go, previous);
}

static void fss_let_go(struct tevent_context *ev,
		       struct tevent_timer *timer,
		       struct timeval now,
		       void *private_data)
{
	struct fss_previous *previous = private_data;

	(void)timer;
	(void)now;
	previous->let_go = NULL; /* tevent frees it */
	if (fss_versions_let_go(previous->versions)) {
		fss_let_go_later(previous, ev);
	}
}

/* A path to a version. free(). NULL, with errno, where there is none. */
static char *fss_version_directory(const struct vfs_handle_struct *handle,
				   time_t seconds)
{
	struct fss_previous *previous = fss_previous(handle);
	char *directory = fss_versions_known(previous->versions, seconds);
	char *detail = NULL;
	int err;

	if (directory != NULL) {
		return directory;
	}
	become_root();
	err = fss_versions_find(previous->versions, seconds, &directory,
				&detail);
	unbecome_root();
	if (err != 0) {
		DBG_INFO("%s\n", detail != NULL ? detail : strerror(err));
		free(detail);
		errno = err;
		return NULL;
	}
	if (previous->let_go == NULL) {
		fss_let_go_later(previous, handle->conn->sconn->ev_ctx);
	}
	return directory;
}

bool fss_real_name(const struct vfs_handle_struct *handle,
		   const struct smb_filename *name,
		   struct smb_filename **real)
{
	struct fss_previous *previous = fss_previous(handle);
	const char *below = NULL;
	char *directory = NULL;
	time_t seconds;

	*real = NULL;
	if (name->base_name[0] != '/' ||
	    !fss_parse_version(previous, name->base_name, &seconds, &below)) {
		return true;
	}
	directory = fss_version_directory(handle, seconds);
	if (directory == NULL) {
		return false;
	}
	*real = cp_smb_filename(talloc_tos(), name);
	if (*real != NULL) {
		TALLOC_FREE((*real)->base_name);
		(*real)->base_name = talloc_asprintf(*real, "%s%s", directory,
						     below);
		if ((*real)->base_name == NULL) {
			TALLOC_FREE(*real);
		}
	}
	free(directory);
	if (*real == NULL) {
		errno = ENOMEM;
		return false;
	}
	return true;
}

void fss_free_name(struct smb_filename **real)
{
	int saved = errno;

	TALLOC_FREE(*real);
	errno = saved;
}

struct smb_filename *fss_shown_name(const struct vfs_handle_struct *handle,
				    struct smb_filename *found)
{
	struct fss_previous *previous = fss_previous(handle);
	const char *below = NULL;
	int64_t time;
	time_t seconds;
	struct tm tm;
	char label[GMT_NAME_LEN + 1];
	char *shown = NULL;

	if (found == NULL ||
	    !fss_versions_holds(previous->versions, found->base_name, &time,
				&below)) {
		return found;
	}
	seconds = time;
	if (gmtime_r(&seconds, &tm) != NULL &&
	    strftime(label, sizeof(label), GMT_FORMAT, &tm) != 0) {
		shown = talloc_asprintf(found, "%s/%s%s", previous->root,
					label, below);
	}
	if (shown == NULL) {
		TALLOC_FREE(found);
		errno = ENOMEM;
		return NULL;
	}
	TALLOC_FREE(found->base_name);
	found->base_name = shown;
	return found;
}

/*
 * A file is opened for writing and refuses to be written to, as on Windows.
 * shadow_copy2 sees to that where it sees the time; when smbd opens what it has
 * a path descriptor of, only the file knows it. A snapshot would refuse to be
 * opened for writing.
 */
static struct vfs_open_how fss_readable(const struct files_struct *fsp,
					const struct vfs_open_how *how)
{
	struct vfs_open_how readable = *how;

	if (fsp->fsp_name != NULL && fsp->fsp_name->twrp != 0) {
		readable.flags &= ~(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
	}
	return readable;
}

static int fss_versions_openat(struct vfs_handle_struct *handle,
			       const struct files_struct *dirfsp,
			       const struct smb_filename *smb_fname,
			       struct files_struct *fsp,
			       const struct vfs_open_how *how)
{
	struct vfs_open_how readable = fss_readable(fsp, how);
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_OPENAT(handle, dirfsp,
				  real != NULL ? real : smb_fname, fsp,
				  &readable);
	fss_free_name(&real);
	return ret;
}

/*
 * smbd keeps names of directories for all its connections. That of a snapshot,
 * from a connection to its exposed share, would not do on this one.
 */
static bool fss_is_bare_snapshot(const struct vfs_handle_struct *handle,
				 const struct smb_filename *smb_fname)
{
	const char *below = NULL;
	int64_t time;

	return smb_fname->base_name[0] == '/' &&
	       fss_versions_holds(fss_previous(handle)->versions,
				  smb_fname->base_name, &time, &below);
}

static int fss_versions_stat(struct vfs_handle_struct *handle,
			     struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	int ret;

	if (fss_is_bare_snapshot(handle, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	if (real == NULL) {
		return SMB_VFS_NEXT_STAT(handle, smb_fname);
	}
	ret = SMB_VFS_NEXT_STAT(handle, real);
	smb_fname->st = real->st;
	fss_free_name(&real);
	return ret;
}

static int fss_versions_lstat(struct vfs_handle_struct *handle,
			      struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	if (real == NULL) {
		return SMB_VFS_NEXT_LSTAT(handle, smb_fname);
	}
	ret = SMB_VFS_NEXT_LSTAT(handle, real);
	smb_fname->st = real->st;
	fss_free_name(&real);
	return ret;
}

static int fss_versions_fstatat(struct vfs_handle_struct *handle,
				const struct files_struct *dirfsp,
				const struct smb_filename *smb_fname,
				SMB_STRUCT_STAT *sbuf,
				int flags)
{
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FSTATAT(handle, dirfsp,
				   real != NULL ? real : smb_fname, sbuf,
				   flags);
	fss_free_name(&real);
	return ret;
}

static int fss_versions_chdir(struct vfs_handle_struct *handle,
			      const struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_CHDIR(handle, real != NULL ? real : smb_fname);
	fss_free_name(&real);
	return ret;
}

/* Whether a path starts in a version that smbd is in. */
static bool fss_starts_in_version(const struct vfs_handle_struct *handle,
				  const struct smb_filename *smb_fname)
{
	const struct files_struct *cwd = handle->conn->cwd_fsp;
	const char *below = NULL;
	time_t seconds;

	return smb_fname->base_name[0] != '/' &&
	       cwd != NULL && cwd->fsp_name != NULL &&
	       fss_parse_version(fss_previous(handle),
				 cwd->fsp_name->base_name, &seconds, &below);
}

/* What a path leads to, as the user. The C library's realpath() goes by the names
 * of all directories on the way, which are not all open to users. */
static struct smb_filename *fss_follow(TALLOC_CTX *mem_ctx, const char *path)
{
	struct smb_filename *found = NULL;
	int fd = open(path, O_PATH | O_CLOEXEC);
	int saved_errno;

	if (fd == -1) {
		return NULL;
	}
	found = fss_name_of(mem_ctx, fd);
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return found;
}

static struct smb_filename *fss_versions_realpath(
	struct vfs_handle_struct *handle, TALLOC_CTX *mem_ctx,
	const struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	struct smb_filename *found = NULL;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return NULL;
	}
	if (real != NULL) {
		found = fss_follow(mem_ctx, real->base_name);
	} else if (fss_starts_in_version(handle, smb_fname)) {
		found = fss_follow(mem_ctx, smb_fname->base_name);
	} else {
		found = SMB_VFS_NEXT_REALPATH(handle, mem_ctx, smb_fname);
	}
	fss_free_name(&real);
	return fss_shown_name(handle, found);
}

static int fss_versions_readlinkat(struct vfs_handle_struct *handle,
				   const struct files_struct *dirfsp,
				   const struct smb_filename *smb_fname,
				   char *buf,
				   size_t size)
{
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_READLINKAT(handle, dirfsp,
				      real != NULL ? real : smb_fname, buf,
				      size);
	fss_free_name(&real);
	return ret;
}

static NTSTATUS fss_versions_read_dfs_pathat(struct vfs_handle_struct *handle,
					     TALLOC_CTX *mem_ctx,
					     struct files_struct *dirfsp,
					     struct smb_filename *smb_fname,
					     struct referral **referrals,
					     size_t *count)
{
	struct smb_filename *real = NULL;
	NTSTATUS status;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return map_nt_error_from_unix(errno);
	}
	status = SMB_VFS_NEXT_READ_DFS_PATHAT(handle, mem_ctx, dirfsp,
					      real != NULL ? real : smb_fname,
					      referrals, count);
	if (real != NULL) {
		smb_fname->st = real->st;
		TALLOC_FREE(real);
	}
	return status;
}

/* The operations that shadow_copy2 hands converted paths to, and those that
 * tell of paths. Where it refuses a change nothing comes here. */
const struct vfs_fn_pointers fss_versions_operations = {
	.connect_fn = fss_versions_connect,
	.read_dfs_pathat_fn = fss_versions_read_dfs_pathat,
	.openat_fn = fss_versions_openat,
	.stat_fn = fss_versions_stat,
	.lstat_fn = fss_versions_lstat,
	.fstatat_fn = fss_versions_fstatat,
	.chdir_fn = fss_versions_chdir,
	.readlinkat_fn = fss_versions_readlinkat,
	.realpath_fn = fss_versions_realpath,
	FSS_BEFORE_4_25(.disk_free_fn = fss_versions_disk_free,
			.get_quota_fn = fss_versions_get_quota,
			.getwd_fn = fss_versions_getwd)
};
