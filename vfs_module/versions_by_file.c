/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the volume of a version has, since Samba 4.25 asks a file for it. To do so
 * shadow_copy2 opens the version's name anew from the file system's root on, where
 * it is not to be found (versions.h). Nor has it to: a version is on the volume
 * that the share is on.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"
#include "versions.h"

static bool fss_is_version(const struct vfs_handle_struct *handle,
			   const struct files_struct *fsp)
{
	return fsp->fsp_name->twrp != 0 && fss_previous_of(handle) != NULL;
}

uint64_t fss_vfs_disk_free(struct vfs_handle_struct *handle,
			   struct files_struct *fsp,
			   uint64_t *block,
			   uint64_t *available,
			   uint64_t *size)
{
	NTTIME time = fsp->fsp_name->twrp;
	uint64_t ret;

	if (!fss_is_version(handle, fsp)) {
		return SMB_VFS_NEXT_DISK_FREE(handle, fsp, block, available,
					      size);
	}
	/* It is asked of the descriptor. */
	fsp->fsp_name->twrp = 0;
	ret = SMB_VFS_NEXT_DISK_FREE(handle, fsp, block, available, size);
	fsp->fsp_name->twrp = time;
	return ret;
}

int fss_vfs_get_quota(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      enum SMB_QUOTA_TYPE type,
		      unid_t id,
		      SMB_DISK_QUOTA *quota)
{
	/* This one is asked of the name: the share's own is always there. */
	if (fss_is_version(handle, fsp)) {
		fsp = handle->conn->cwd_fsp;
	}
	return SMB_VFS_NEXT_GET_QUOTA(handle, fsp, type, id, quota);
}
