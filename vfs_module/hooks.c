/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on names: that of a snapshot store does not exist for clients.
 * What changes a directory passes the write gate. */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

/* Closes what should not have been opened; the result is openat's. */
static int fss_refuse_opened(struct vfs_handle_struct *handle,
			     struct files_struct *fsp,
			     int fd)
{
	/* What is there may be about to be opened once more. */
	int before = fsp_get_pathref_fd(fsp);

	/* The modules below find the descriptor in there. */
	fsp_set_fd(fsp, -1);
	fsp_set_fd(fsp, fd);
	SMB_VFS_NEXT_CLOSE(handle, fsp);
	fsp_set_fd(fsp, -1);
	fsp_set_fd(fsp, before);
	errno = ENOENT;
	return -1;
}

/* smbd opens what it has a descriptor of once more through /proc. */
static const struct smb_filename *fss_name_of_opened(
	const struct smb_filename *smb_fname,
	const struct files_struct *fsp)
{
	return smb_fname->twrp == 0 && fsp->fsp_name != NULL ? fsp->fsp_name
							     : smb_fname;
}

int fss_vfs_openat(struct vfs_handle_struct *handle,
		   const struct files_struct *dirfsp,
		   const struct smb_filename *smb_fname,
		   struct files_struct *fsp,
		   const struct vfs_open_how *how)
{
	/* The kernel sees to it that nothing is made in a read-only snapshot. */
	bool changes = !fss_refuses_writes(handle) &&
		       (how->flags & (O_CREAT | O_TRUNC));
	int ret;

	if (fss_is_other_session(handle)) {
		errno = EACCES;
		return -1;
	}
	if (fss_opens_noted_file(handle, dirfsp, smb_fname, fsp, how)) {
		return SMB_VFS_NEXT_OPENAT(handle, dirfsp, smb_fname, fsp, how);
	}
	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (changes && !fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_OPENAT(handle, dirfsp, smb_fname, fsp, how);
	if (changes) {
		fss_leave(handle);
	}
	if (ret != -1 &&
	    fss_is_in_store(handle, fss_name_of_opened(smb_fname, fsp),
			    ret) &&
	    !fss_walks_to_share(handle, dirfsp, smb_fname)) {
		return fss_refuse_opened(handle, fsp, ret);
	}
	return ret;
}

/* After an examination that went well: its result, or that of one of a name
 * that is not there. */
static int fss_examined(const struct vfs_handle_struct *handle,
			const struct files_struct *dirfsp,
			const struct smb_filename *smb_fname,
			SMB_STRUCT_STAT *sbuf,
			bool follow)
{
	if (!fss_leads_into_store(handle, dirfsp, smb_fname, follow)) {
		return 0;
	}
	*sbuf = (SMB_STRUCT_STAT){ 0 };
	errno = ENOENT;
	return -1;
}

int fss_vfs_stat(struct vfs_handle_struct *handle,
		 struct smb_filename *smb_fname)
{
	int ret;

	if (fss_names_store(handle, NULL, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	ret = SMB_VFS_NEXT_STAT(handle, smb_fname);
	if (ret != 0) {
		return ret;
	}
	return fss_examined(handle, NULL, smb_fname, &smb_fname->st, true);
}

int fss_vfs_lstat(struct vfs_handle_struct *handle,
		  struct smb_filename *smb_fname)
{
	/* For all others wide links are no links. */
	bool posix = smb_fname->flags & SMB_FILENAME_POSIX_PATH;
	int ret;

	if (fss_names_store(handle, NULL, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	ret = SMB_VFS_NEXT_LSTAT(handle, smb_fname);
	if (ret != 0) {
		return ret;
	}
	return fss_examined(handle, NULL, smb_fname, &smb_fname->st, !posix);
}

int fss_vfs_fstatat(struct vfs_handle_struct *handle,
		    const struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    SMB_STRUCT_STAT *sbuf,
		    int flags)
{
	int ret;

	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	ret = SMB_VFS_NEXT_FSTATAT(handle, dirfsp, smb_fname, sbuf, flags);
	if (ret != 0) {
		return ret;
	}
	return fss_examined(handle, dirfsp, smb_fname, sbuf,
			    !(flags & AT_SYMLINK_NOFOLLOW));
}

int fss_vfs_chdir(struct vfs_handle_struct *handle,
		  const struct smb_filename *smb_fname)
{
	int ret;

	if (fss_chdir_names_store(handle, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	ret = fss_chdir_exposed(handle, smb_fname);
	if (ret != 1) {
		return ret;
	}
	return SMB_VFS_NEXT_CHDIR(handle, smb_fname);
}

int fss_vfs_mkdirat(struct vfs_handle_struct *handle,
		    struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    mode_t mode)
{
	int ret;

	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_MKDIRAT(handle, dirfsp, smb_fname, mode);
	fss_leave(handle);
	return ret;
}

int fss_vfs_mknodat(struct vfs_handle_struct *handle,
		    struct files_struct *dirfsp,
		    const struct smb_filename *smb_fname,
		    mode_t mode,
		    SMB_DEV_T dev)
{
	int ret;

	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_MKNODAT(handle, dirfsp, smb_fname, mode, dev);
	fss_leave(handle);
	return ret;
}

int fss_vfs_symlinkat(struct vfs_handle_struct *handle,
		      const struct smb_filename *target,
		      struct files_struct *dirfsp,
		      const struct smb_filename *smb_fname)
{
	int ret;

	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_SYMLINKAT(handle, target, dirfsp, smb_fname);
	fss_leave(handle);
	return ret;
}

int fss_vfs_readlinkat(struct vfs_handle_struct *handle,
		       const struct files_struct *dirfsp,
		       const struct smb_filename *smb_fname,
		       char *buf,
		       size_t size)
{
	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	return SMB_VFS_NEXT_READLINKAT(handle, dirfsp, smb_fname, buf, size);
}

int fss_vfs_linkat(struct vfs_handle_struct *handle,
		   struct files_struct *srcfsp,
		   const struct smb_filename *src,
		   struct files_struct *dstfsp,
		   const struct smb_filename *dst,
		   int flags)
{
	int ret;

	if (fss_names_store(handle, srcfsp, src) ||
	    fss_names_store(handle, dstfsp, dst)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_LINKAT(handle, srcfsp, src, dstfsp, dst, flags);
	fss_leave(handle);
	return ret;
}

int fss_vfs_renameat(struct vfs_handle_struct *handle,
		     struct files_struct *srcfsp,
		     const struct smb_filename *src,
		     struct files_struct *dstfsp,
		     const struct smb_filename *dst FSS_RENAME_HOW)
{
	int ret;

	if (fss_names_store(handle, srcfsp, src) ||
	    fss_names_store(handle, dstfsp, dst)) {
		errno = ENOENT;
		return -1;
	}
	if (fss_moves_store(handle, srcfsp, src)) {
		errno = EACCES;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = FSS_NEXT_RENAMEAT(handle, srcfsp, src, dstfsp, dst);
	fss_leave(handle);
	return ret;
}

int fss_vfs_unlinkat(struct vfs_handle_struct *handle,
		     struct files_struct *dirfsp,
		     const struct smb_filename *smb_fname,
		     int flags)
{
	int ret;

	if (fss_names_store(handle, dirfsp, smb_fname)) {
		errno = ENOENT;
		return -1;
	}
	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_UNLINKAT(handle, dirfsp, smb_fname, flags);
	fss_leave(handle);
	return ret;
}

struct dirent *fss_vfs_readdir(struct vfs_handle_struct *handle,
			       struct files_struct *dirfsp,
			       DIR *dirp FSS_ENTRY_STAT)
{
	struct dirent *entry = NULL;

	do {
		entry = FSS_NEXT_READDIR(handle, dirfsp, dirp);
	} while (entry != NULL &&
		 fss_entry_is_store(handle, dirfsp, entry->d_name));
	if (entry != NULL) {
		fss_note_entry(handle, dirfsp, entry);
	}
	return entry;
}

NTSTATUS fss_vfs_get_real_filename_at(struct vfs_handle_struct *handle,
				      struct files_struct *dirfsp,
				      const char *name,
				      TALLOC_CTX *mem_ctx,
				      char **found_name)
{
	NTSTATUS status;

	status = SMB_VFS_NEXT_GET_REAL_FILENAME_AT(handle, dirfsp, name,
						   mem_ctx, found_name);
	if (NT_STATUS_IS_OK(status) &&
	    fss_entry_is_store(handle, dirfsp, *found_name)) {
		TALLOC_FREE(*found_name);
		return NT_STATUS_OBJECT_NAME_NOT_FOUND;
	}
	return status;
}
