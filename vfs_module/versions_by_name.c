/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules fss_versions and fss_exposed: what takes or tells names until Samba 4.24. Since then
 * files are asked (versions_by_file.c), and smbd knows itself where it is. */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"
#include "versions.h"

uint64_t fss_versions_disk_free(struct vfs_handle_struct *handle,
				const struct smb_filename *smb_fname,
				uint64_t *block,
				uint64_t *available,
				uint64_t *size)
{
	struct smb_filename *real = NULL;
	uint64_t ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return (uint64_t)-1;
	}
	ret = SMB_VFS_NEXT_DISK_FREE(handle, real != NULL ? real : smb_fname,
				     block, available, size);
	fss_free_name(&real);
	return ret;
}

int fss_versions_get_quota(struct vfs_handle_struct *handle,
			   const struct smb_filename *smb_fname,
			   enum SMB_QUOTA_TYPE type,
			   unid_t id,
			   SMB_DISK_QUOTA *quota)
{
	struct smb_filename *real = NULL;
	int ret;

	if (!fss_real_name(handle, smb_fname, &real)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_GET_QUOTA(handle, real != NULL ? real : smb_fname,
				     type, id, quota);
	fss_free_name(&real);
	return ret;
}

struct smb_filename *fss_versions_getwd(struct vfs_handle_struct *handle,
					TALLOC_CTX *mem_ctx)
{
	return fss_shown_name(handle, SMB_VFS_NEXT_GETWD(handle, mem_ctx));
}

uint64_t fss_exposed_disk_free(struct vfs_handle_struct *handle,
			       const struct smb_filename *smb_fname,
			       uint64_t *block,
			       uint64_t *available,
			       uint64_t *size)
{
	struct smb_filename *real = fss_exposed_name(handle, smb_fname);
	uint64_t ret = (uint64_t)-1;

	if (real != NULL) {
		ret = SMB_VFS_NEXT_DISK_FREE(handle, real, block, available,
					     size);
		fss_free_name(&real);
	}
	return ret;
}

int fss_exposed_statvfs(struct vfs_handle_struct *handle,
			const struct smb_filename *smb_fname,
			struct vfs_statvfs_struct *statbuf)
{
	struct smb_filename *real = fss_exposed_name(handle, smb_fname);
	int ret = -1;

	if (real != NULL) {
		ret = SMB_VFS_NEXT_STATVFS(handle, real, statbuf);
		fss_free_name(&real);
	}
	return ret;
}
