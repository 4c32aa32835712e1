/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Module fss_exposed, the last above the file system on a connection to an exposed
 * share: what Samba and its modules ask for by an absolute name (streams_depot its
 * directory, smbd what it knows by such a name) is looked for from the snapshot's
 * root on, which is held open. Users have no way through the directories around it.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "smbd/fd_handle.h"
#include "fss_host.h"
#include "vfs_fss.h"

struct fss_exposed_paths {
	const struct fss_exposed *exposed; /* the connection's */
	struct files_struct *root;         /* the snapshot's */
};

/* A name as the file system is to be asked for it. */
struct fss_redirected {
	struct files_struct *dirfsp;
	const struct smb_filename *name;
	struct smb_filename *made; /* NULL: none had to be */
	bool as_root;              /* it is on the way to the snapshot only */
};

static int fss_exposed_paths_destructor(struct fss_exposed_paths *paths)
{
	/* It is closed with fss_exposed_close(). */
	fsp_set_fd(paths->root, -1);
	return 0;
}

static void fss_exposed_paths_free(void **data)
{
	TALLOC_FREE(*data);
}

static const struct fss_exposed_paths *fss_paths(
	const struct vfs_handle_struct *handle)
{
	return handle->data;
}

static void fss_redirected_end(struct fss_redirected *to)
{
	int saved_errno = errno;

	if (to->as_root) {
		unbecome_root();
	}
	TALLOC_FREE(to->made);
	errno = saved_errno;
}

/* The absolute path of a name, where it is not inside the share already; NULL. */
static char *fss_absolute(TALLOC_CTX *ctx,
			  const struct vfs_handle_struct *handle,
			  const struct files_struct *dirfsp,
			  const struct smb_filename *name)
{
	const char *start = NULL;
	const char *inside = NULL;

	if (name->base_name[0] == '/') {
		return talloc_strdup(ctx, name->base_name);
	}
	if (dirfsp == NULL || dirfsp->fsp_name == NULL ||
	    dirfsp == handle->conn->cwd_fsp) {
		return NULL;
	}
	start = dirfsp->fsp_name->base_name;
	if (start[0] != '/' ||
	    fss_exposed_way_to(fss_paths(handle)->exposed, start, &inside) ==
		    FSS_EXPOSED_INSIDE) {
		return NULL;
	}
	return talloc_asprintf(ctx, "%s%s%s", start,
			       start[1] == '\0' ? "" : "/", name->base_name);
}

static bool fss_may_enter(const struct fss_exposed_paths *paths)
{
	int err = fss_exposed_may_enter(paths->exposed);

	errno = err;
	return err == 0;
}

static bool fss_redirect_inside(const struct fss_exposed_paths *paths,
				const char *inside,
				struct fss_redirected *to)
{
	if (!fss_may_enter(paths)) {
		return false;
	}
	to->made = cp_smb_filename(talloc_tos(), to->name);
	if (to->made != NULL) {
		TALLOC_FREE(to->made->base_name);
		to->made->base_name = talloc_strdup(to->made, inside);
	}
	if (to->made == NULL || to->made->base_name == NULL) {
		TALLOC_FREE(to->made);
		errno = ENOMEM;
		return false;
	}
	to->name = to->made;
	to->dirfsp = paths->root;
	return true;
}

/* Returns false, with errno, where the user may not go there; otherwise
 * fss_redirected_end() is to be called. */
static bool fss_redirect(const struct vfs_handle_struct *handle,
			 const struct files_struct *dirfsp,
			 const struct smb_filename *name,
			 struct fss_redirected *to)
{
	const struct fss_exposed_paths *paths = fss_paths(handle);
	const char *inside = NULL;
	bool done = true;
	char *path = fss_absolute(talloc_tos(), handle, dirfsp, name);

	*to = (struct fss_redirected){
		.dirfsp = discard_const_p(struct files_struct, dirfsp),
		.name = name,
	};
	if (path == NULL) {
		return true;
	}
	switch (fss_exposed_way_to(paths->exposed, path, &inside)) {
	case FSS_EXPOSED_INSIDE:
		done = fss_redirect_inside(paths, inside, to);
		break;
	case FSS_EXPOSED_ABOVE:
		/* smbd goes there name by name, where it has no openat2(). */
		done = fss_may_enter(paths);
		to->as_root = done;
		break;
	case FSS_EXPOSED_OUTSIDE:
		break;
	}
	if (to->as_root) {
		become_root();
	}
	TALLOC_FREE(path);
	return done;
}

/* The same for an operation that takes a path: one that goes by the descriptor.
 * NULL, with errno, where the user may not go there. */
struct smb_filename *fss_exposed_name(
	const struct vfs_handle_struct *handle,
	const struct smb_filename *name)
{
	const struct fss_exposed_paths *paths = fss_paths(handle);
	struct smb_filename *made = cp_smb_filename(talloc_tos(), name);
	const char *inside = NULL;

	if (made == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	if (name->base_name[0] != '/' ||
	    fss_exposed_way_to(paths->exposed, name->base_name, &inside) !=
		    FSS_EXPOSED_INSIDE) {
		return made;
	}
	if (!fss_may_enter(paths)) {
		int saved_errno = errno;

		TALLOC_FREE(made);
		errno = saved_errno;
		return NULL;
	}
	TALLOC_FREE(made->base_name);
	made->base_name = talloc_asprintf(made, "/proc/self/fd/%d/./%s",
					  fss_exposed_root(paths->exposed),
					  inside);
	if (made->base_name == NULL) {
		TALLOC_FREE(made);
		errno = ENOMEM;
	}
	return made;
}

static int fss_exposed_openat(struct vfs_handle_struct *handle,
			      const struct files_struct *dirfsp,
			      const struct smb_filename *smb_fname,
			      struct files_struct *fsp,
			      const struct vfs_open_how *how)
{
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, dirfsp, smb_fname, &to)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_OPENAT(handle, to.dirfsp, to.name, fsp, how);
	fss_redirected_end(&to);
	return ret;
}

static int fss_exposed_fstatat(struct vfs_handle_struct *handle,
			       const struct files_struct *dirfsp,
			       const struct smb_filename *smb_fname,
			       SMB_STRUCT_STAT *sbuf,
			       int flags)
{
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, dirfsp, smb_fname, &to)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FSTATAT(handle, to.dirfsp, to.name, sbuf, flags);
	fss_redirected_end(&to);
	return ret;
}

static int fss_exposed_stat(struct vfs_handle_struct *handle,
			    struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	int ret;

	if (smb_fname->base_name[0] != '/') {
		return SMB_VFS_NEXT_STAT(handle, smb_fname);
	}
	real = fss_exposed_name(handle, smb_fname);
	if (real == NULL) {
		return -1;
	}
	ret = SMB_VFS_NEXT_STAT(handle, real);
	smb_fname->st = real->st;
	fss_free_name(&real);
	return ret;
}

static int fss_exposed_lstat(struct vfs_handle_struct *handle,
			     struct smb_filename *smb_fname)
{
	struct smb_filename *real = NULL;
	int ret;

	if (smb_fname->base_name[0] != '/') {
		return SMB_VFS_NEXT_LSTAT(handle, smb_fname);
	}
	real = fss_exposed_name(handle, smb_fname);
	if (real == NULL) {
		return -1;
	}
	ret = SMB_VFS_NEXT_LSTAT(handle, real);
	smb_fname->st = real->st;
	fss_free_name(&real);
	return ret;
}

static int fss_exposed_lchown(struct vfs_handle_struct *handle,
			      const struct smb_filename *smb_fname,
			      uid_t uid,
			      gid_t gid)
{
	struct smb_filename *real = fss_exposed_name(handle, smb_fname);
	int ret = -1;

	if (real != NULL) {
		ret = SMB_VFS_NEXT_LCHOWN(handle, real, uid, gid);
		fss_free_name(&real);
	}
	return ret;
}

static int fss_exposed_mkdirat(struct vfs_handle_struct *handle,
			       struct files_struct *dirfsp,
			       const struct smb_filename *smb_fname,
			       mode_t mode)
{
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, dirfsp, smb_fname, &to)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_MKDIRAT(handle, to.dirfsp, to.name, mode);
	fss_redirected_end(&to);
	return ret;
}

static int fss_exposed_unlinkat(struct vfs_handle_struct *handle,
				struct files_struct *dirfsp,
				const struct smb_filename *smb_fname,
				int flags)
{
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, dirfsp, smb_fname, &to)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_UNLINKAT(handle, to.dirfsp, to.name, flags);
	fss_redirected_end(&to);
	return ret;
}

static int fss_exposed_renameat(struct vfs_handle_struct *handle,
				struct files_struct *srcfsp,
				const struct smb_filename *src,
				struct files_struct *dstfsp,
				const struct smb_filename *dst FSS_RENAME_HOW)
{
	struct fss_redirected from;
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, srcfsp, src, &from)) {
		return -1;
	}
	if (!fss_redirect(handle, dstfsp, dst, &to)) {
		fss_redirected_end(&from);
		return -1;
	}
	ret = FSS_NEXT_RENAMEAT(handle, from.dirfsp, from.name, to.dirfsp,
				to.name);
	fss_redirected_end(&to);
	fss_redirected_end(&from);
	return ret;
}

static int fss_exposed_readlinkat(struct vfs_handle_struct *handle,
				  const struct files_struct *dirfsp,
				  const struct smb_filename *smb_fname,
				  char *buf,
				  size_t size)
{
	struct fss_redirected to;
	int ret;

	if (!fss_redirect(handle, dirfsp, smb_fname, &to)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_READLINKAT(handle, to.dirfsp, to.name, buf, size);
	fss_redirected_end(&to);
	return ret;
}

/* All operations by name that Samba's own modules ask for by an absolute one. */
const struct vfs_fn_pointers fss_exposed_operations = {
	.openat_fn = fss_exposed_openat,
	.stat_fn = fss_exposed_stat,
	.lstat_fn = fss_exposed_lstat,
	.fstatat_fn = fss_exposed_fstatat,
	.lchown_fn = fss_exposed_lchown,
	.mkdirat_fn = fss_exposed_mkdirat,
	.unlinkat_fn = fss_exposed_unlinkat,
	.renameat_fn = fss_exposed_renameat,
	.readlinkat_fn = fss_exposed_readlinkat,
	FSS_BEFORE_4_25(.disk_free_fn = fss_exposed_disk_free,
			.statvfs_fn = fss_exposed_statvfs)
};

/* Above the file system itself, below all other modules. */
static struct vfs_handle_struct *fss_stack_last(struct connection_struct *conn,
						const char *module)
{
	struct vfs_handle_struct *added = NULL;
	struct vfs_handle_struct *last = NULL;

	if (!vfs_init_custom(conn, module)) {
		return NULL;
	}
	added = conn->vfs_handles;
	DLIST_REMOVE(conn->vfs_handles, added);
	last = DLIST_TAIL(conn->vfs_handles);
	DLIST_ADD_AFTER(conn->vfs_handles, added, DLIST_PREV(last));
	return added;
}

bool fss_exposed_set_up(struct connection_struct *conn,
			const struct fss_exposed *exposed)
{
	struct fss_exposed_paths *paths = NULL;
	struct vfs_handle_struct *handle = NULL;

	paths = talloc_zero(conn, struct fss_exposed_paths);
	if (paths == NULL) {
		return false;
	}
	paths->exposed = exposed;
	paths->root = talloc_zero(paths, struct files_struct);
	if (paths->root == NULL) {
		TALLOC_FREE(paths);
		return false;
	}
	paths->root->conn = conn;
	paths->root->fh = fd_handle_create(paths->root);
	paths->root->fsp_name = synthetic_smb_fname(
		paths->root, conn->connectpath, NULL, NULL, 0, 0);
	if (paths->root->fh == NULL || paths->root->fsp_name == NULL) {
		TALLOC_FREE(paths);
		return false;
	}
	fsp_set_fd(paths->root, fss_exposed_root(exposed));
	talloc_set_destructor(paths, fss_exposed_paths_destructor);
	handle = fss_stack_last(conn, "fss_exposed");
	if (handle == NULL) {
		TALLOC_FREE(paths);
		return false;
	}
	handle->data = paths;
	handle->free_data = fss_exposed_paths_free;
	return true;
}
