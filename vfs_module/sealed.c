/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes through handles that were opened while an exposed share was writable
 * (ATTR_AUTO_RECOVERY) end with RecoveryComplete. The kernel refuses all else
 * on a read-only subvolume by itself, but looks at an open handle again only
 * for what changes the inode, not for its data.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/util/tevent_unix.h"
#include "vfs_fss.h"

/* Per connection, while its snapshot may become read-only. */
struct fss_watch {
	int fd;
	bool sealed; /* and stays so */
};

static int fss_watch_destructor(struct fss_watch *watch)
{
	close(watch->fd);
	return 0;
}

static void fss_watch_free(void **data)
{
	TALLOC_FREE(*data);
}

static bool fss_refuses_writes(struct vfs_handle_struct *handle)
{
	struct fss_watch *watch = handle->data;

	if (watch == NULL) {
		return false;
	}
	if (!watch->sealed) {
		watch->sealed = fss_exposed_is_sealed(watch->fd);
	}
	return watch->sealed;
}

int fss_vfs_connect(struct vfs_handle_struct *handle,
		    const char *service,
		    const char *user)
{
	struct fss_watch *watch = NULL;
	int ret = SMB_VFS_NEXT_CONNECT(handle, service, user);
	int fd;

	if (ret != 0) {
		return ret;
	}
	become_root();
	fd = fss_exposed_watch(handle->conn->connectpath);
	unbecome_root();
	if (fd == -1) {
		return 0;
	}
	watch = talloc(handle->conn, struct fss_watch);
	if (watch == NULL) {
		close(fd);
		SMB_VFS_NEXT_DISCONNECT(handle);
		errno = ENOMEM;
		return -1;
	}
	*watch = (struct fss_watch) { .fd = fd };
	talloc_set_destructor(watch, fss_watch_destructor);
	SMB_VFS_HANDLE_SET_DATA(handle, watch, fss_watch_free,
				struct fss_watch, return -1);
	return 0;
}

ssize_t fss_vfs_pwrite(struct vfs_handle_struct *handle,
		       struct files_struct *fsp,
		       const void *data,
		       size_t n,
		       off_t offset)
{
	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	return SMB_VFS_NEXT_PWRITE(handle, fsp, data, n, offset);
}

int fss_vfs_fallocate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      uint32_t mode,
		      off_t offset,
		      off_t len)
{
	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	return SMB_VFS_NEXT_FALLOCATE(handle, fsp, mode, offset, len);
}

/* --- asynchronous writes */

struct fss_pwrite_state {
	ssize_t ret;
	struct vfs_aio_state vfs_aio_state;
};

static void fss_pwrite_done(struct tevent_req *subreq);

struct tevent_req *fss_vfs_pwrite_send(struct vfs_handle_struct *handle,
				       TALLOC_CTX *mem_ctx,
				       struct tevent_context *ev,
				       struct files_struct *fsp,
				       const void *data,
				       size_t n,
				       off_t offset)
{
	struct fss_pwrite_state *state = NULL;
	struct tevent_req *subreq = NULL;
	struct tevent_req *req = tevent_req_create(mem_ctx, &state,
						   struct fss_pwrite_state);
	if (req == NULL) {
		return NULL;
	}
	if (fss_refuses_writes(handle)) {
		tevent_req_error(req, EROFS);
		return tevent_req_post(req, ev);
	}
	subreq = SMB_VFS_NEXT_PWRITE_SEND(state, ev, handle, fsp, data, n,
					  offset);
	if (tevent_req_nomem(subreq, req)) {
		return tevent_req_post(req, ev);
	}
	tevent_req_set_callback(subreq, fss_pwrite_done, req);
	return req;
}

static void fss_pwrite_done(struct tevent_req *subreq)
{
	struct tevent_req *req = tevent_req_callback_data(subreq,
							  struct tevent_req);
	struct fss_pwrite_state *state = tevent_req_data(
		req, struct fss_pwrite_state);

	state->ret = SMB_VFS_PWRITE_RECV(subreq, &state->vfs_aio_state);
	TALLOC_FREE(subreq);
	tevent_req_done(req);
}

ssize_t fss_vfs_pwrite_recv(struct tevent_req *req,
			    struct vfs_aio_state *vfs_aio_state)
{
	struct fss_pwrite_state *state = tevent_req_data(
		req, struct fss_pwrite_state);

	if (tevent_req_is_unix_error(req, &vfs_aio_state->error)) {
		return -1;
	}
	*vfs_aio_state = state->vfs_aio_state;
	return state->ret;
}
