/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of a file's data. They pass the write gate, which an exposed share's
 * that is read-only do not (fss_enter()).
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/util/tevent_ntstatus.h"
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

/* A copy that is not begun, in place of the next module's request. */
struct fss_refused_copy {
	bool unused;
};

static struct tevent_req *fss_refuse_copy(TALLOC_CTX *mem_ctx,
					  struct tevent_context *ev)
{
	struct fss_refused_copy *state = NULL;
	struct tevent_req *req = tevent_req_create(mem_ctx, &state,
						   struct fss_refused_copy);

	if (req == NULL) {
		return NULL;
	}
	tevent_req_nterror(req, NT_STATUS_MEDIA_WRITE_PROTECTED);
	return tevent_req_post(req, ev);
}

/* What a copy does at once, it does in here; what it does later are writes of
 * their own. */
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

	if (!fss_enter(handle)) {
		return fss_refuse_copy(mem_ctx, ev);
	}
	req = SMB_VFS_NEXT_OFFLOAD_WRITE_SEND(handle, mem_ctx, ev, fsctl,
					      token, transfer_offset, dest_fsp,
					      dest_off, to_copy);
	fss_leave(handle);
	return req;
}

NTSTATUS fss_vfs_offload_write_recv(struct vfs_handle_struct *handle,
				    struct tevent_req *req,
				    off_t *copied)
{
	NTSTATUS status;

	if (talloc_get_type(_tevent_req_data(req), struct fss_refused_copy) ==
	    NULL) {
		return SMB_VFS_NEXT_OFFLOAD_WRITE_RECV(handle, req, copied);
	}
	*copied = 0;
	if (!tevent_req_is_nterror(req, &status)) {
		status = NT_STATUS_INTERNAL_ERROR;
	}
	tevent_req_received(req);
	return status;
}
