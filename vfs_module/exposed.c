/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exposed shares whose snapshots lie where only root can go by path. Smbd works
 * relative to the share's directory nearly always: it has to be let in there,
 * and to be told where it is. */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

int fss_chdir_exposed(const struct vfs_handle_struct *handle,
		      const struct smb_filename *smb_fname)
{
	struct fss_exposed *exposed = fss_exposed_of(handle);

	if (exposed == NULL || smb_fname->base_name[0] != '/') {
		return 1;
	}
	return fss_exposed_chdir(exposed, smb_fname->base_name);
}

/* Where an open file is, which /proc tells root only. */
struct smb_filename *fss_name_of(TALLOC_CTX *ctx, int fd)
{
	struct smb_filename *result = NULL;
	char *path = NULL;

	become_root();
	path = fss_path_of(fd);
	unbecome_root();
	if (path == NULL) {
		return NULL;
	}
	result = synthetic_smb_fname(ctx, path, NULL, NULL, 0, 0);
	free(path);
	if (result == NULL) {
		errno = ENOMEM;
	}
	return result;
}

struct smb_filename *fss_vfs_realpath(struct vfs_handle_struct *handle,
				      TALLOC_CTX *ctx,
				      const struct smb_filename *smb_fname)
{
	struct fss_exposed *exposed = fss_exposed_of(handle);
	struct smb_filename *result = NULL;
	int saved_errno;
	int fd;

	if (exposed == NULL) {
		return SMB_VFS_NEXT_REALPATH(handle, ctx, smb_fname);
	}
	fd = fss_exposed_resolve(exposed, smb_fname->base_name);
	if (fd == -1) {
		if (errno == EXDEV) {
			return SMB_VFS_NEXT_REALPATH(handle, ctx, smb_fname);
		}
		return NULL;
	}
	result = fss_name_of(ctx, fd);
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return result;
}
