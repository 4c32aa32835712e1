/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of a file's data. They pass the write gate, which an exposed share's
 * that is read-only do not (fss_enter()).
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "vfs_fss.h"

ssize_t fss_vfs_pwrite(struct vfs_handle_struct *handle,
		       struct files_struct *fsp,
		       const void *data,
		       size_t n,
		       off_t offset)
{
	ssize_t ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_PWRITE(handle, fsp, data, n, offset);
	fss_leave(handle);
	return ret;
}

ssize_t fss_vfs_recvfile(struct vfs_handle_struct *handle,
			 int from,
			 struct files_struct *to,
			 off_t offset,
			 size_t n)
{
	ssize_t ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_RECVFILE(handle, from, to, offset, n);
	fss_leave(handle);
	return ret;
}

int fss_vfs_ftruncate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      off_t offset)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FTRUNCATE(handle, fsp, offset);
	fss_leave(handle);
	return ret;
}

int fss_vfs_fallocate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      uint32_t mode,
		      off_t offset,
		      off_t len)
{
	int ret;

	if (!fss_enter(handle)) {
		return -1;
	}
	ret = SMB_VFS_NEXT_FALLOCATE(handle, fsp, mode, offset, len);
	fss_leave(handle);
	return ret;
}

/* What a copy does at once, it does in here; what it does later are writes of
 * their own. The kernel clones nothing into a read-only subvolume, whatever the
 * handle, so that it need not be refused here. */
struct tevent_req *fss_vfs_offload_write_send(struct vfs_handle_struct *handle,
					      TALLOC_CTX *mem_ctx,
					      struct tevent_context *ev,
					      uint32_t fsctl,
					      DATA_BLOB *token,
					      off_t transfer_offset,
					      struct files_struct *dest_fsp,
					      off_t dest_off,
					      off_t to_copy)
{
	struct tevent_req *req = NULL;
	bool entered = fss_enter(handle);

	req = SMB_VFS_NEXT_OFFLOAD_WRITE_SEND(handle, mem_ctx, ev, fsctl,
					      token, transfer_offset, dest_fsp,
					      dest_off, to_copy);
	if (entered) {
		fss_leave(handle);
	}
	return req;
}
