/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of a file's data. They pass the write gate.
 *
 * Writes through handles that were opened while an exposed share was writable
 * (ATTR_AUTO_RECOVERY) end with RecoveryComplete. The kernel refuses all else
 * on a read-only subvolume by itself, but looks at an open handle again only
 * for what changes the inode, not for its data.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/util/tevent_unix.h"
#include "vfs_fss.h"

ssize_t fss_vfs_pwrite(struct vfs_handle_struct *handle,
		       struct files_struct *fsp,
		       const void *data,
		       size_t n,
		       off_t offset)
{
	ssize_t ret;

	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	fss_enter(handle);
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

	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	fss_enter(handle);
	ret = SMB_VFS_NEXT_RECVFILE(handle, from, to, offset, n);
	fss_leave(handle);
	return ret;
}

int fss_vfs_ftruncate(struct vfs_handle_struct *handle,
		      struct files_struct *fsp,
		      off_t offset)
{
	int ret;

	fss_enter(handle);
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

	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return -1;
	}
	fss_enter(handle);
	ret = SMB_VFS_NEXT_FALLOCATE(handle, fsp, mode, offset, len);
	fss_leave(handle);
	return ret;
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

	fss_enter(handle);
	req = SMB_VFS_NEXT_OFFLOAD_WRITE_SEND(handle, mem_ctx, ev, fsctl,
					      token, transfer_offset, dest_fsp,
					      dest_off, to_copy);
	fss_leave(handle);
	return req;
}

/* --- asynchronous writes */

/* How soon held writes try again, in microseconds. The connection's reads go on
 * meanwhile. */
#define FSS_AGAIN_US 1000

struct fss_pwrite_state {
	struct fss_pwrite_state *prev, *next; /* of the held ones */
	struct tevent_req *req;
	struct vfs_handle_struct *handle;
	struct tevent_context *ev;
	struct files_struct *fsp;
	const void *data;
	size_t n;
	off_t offset;
	bool held;
	bool entered;
	ssize_t ret;
	struct vfs_aio_state vfs_aio_state;
};

static void fss_pwrite_cleanup(struct tevent_req *req,
			       enum tevent_req_state req_state);
static bool fss_pwrite_start(struct fss_pwrite_state *state);
static bool fss_pwrite_hold(struct fss_pwrite_state *state);
static void fss_held_writes_again(struct tevent_context *ev,
				  struct tevent_timer *timer,
				  struct timeval now,
				  void *private_data);
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
	struct tevent_req *req = tevent_req_create(mem_ctx, &state,
						   struct fss_pwrite_state);
	if (req == NULL) {
		return NULL;
	}
	*state = (struct fss_pwrite_state) {
		.req = req,
		.handle = handle,
		.ev = ev,
		.fsp = fsp,
		.data = data,
		.n = n,
		.offset = offset,
	};
	if (fss_refuses_writes(handle)) {
		tevent_req_error(req, EROFS);
		return tevent_req_post(req, ev);
	}
	tevent_req_set_cleanup_fn(req, fss_pwrite_cleanup);
	if (!fss_pwrite_start(state) && !fss_pwrite_hold(state)) {
		tevent_req_oom(req);
	}
	if (!tevent_req_is_in_progress(req)) {
		return tevent_req_post(req, ev);
	}
	return req;
}

static void fss_pwrite_dequeue(struct fss_pwrite_state *state)
{
	if (state->held) {
		struct fss_held_writes *held =
			fss_held_writes_of(state->handle);

		state->held = false;
		DLIST_REMOVE(held->first, state);
	}
}

static void fss_pwrite_cleanup(struct tevent_req *req,
			       enum tevent_req_state req_state)
{
	struct fss_pwrite_state *state = tevent_req_data(
		req, struct fss_pwrite_state);

	(void)req_state;
	fss_pwrite_dequeue(state);
	if (state->entered) {
		state->entered = false;
		fss_gate_leave_pending(fss_gate_of(state->handle));
	}
}

/* False: writers are held. */
static bool fss_pwrite_start(struct fss_pwrite_state *state)
{
	struct tevent_req *subreq = NULL;

	if (!fss_gate_enter_pending(fss_gate_of(state->handle))) {
		return false;
	}
	fss_pwrite_dequeue(state);
	state->entered = true;
	subreq = SMB_VFS_NEXT_PWRITE_SEND(state, state->ev, state->handle,
					  state->fsp, state->data, state->n,
					  state->offset);
	if (!tevent_req_nomem(subreq, state->req)) {
		tevent_req_set_callback(subreq, fss_pwrite_done, state->req);
	}
	return true;
}

static bool fss_held_writes_wait(struct fss_held_writes *held,
				 struct tevent_context *ev)
{
	held->again = tevent_add_timer(
		ev, held, tevent_timeval_current_ofs(0, FSS_AGAIN_US),
		fss_held_writes_again, held);
	return held->again != NULL;
}

static bool fss_pwrite_hold(struct fss_pwrite_state *state)
{
	struct fss_held_writes *held = fss_held_writes_of(state->handle);

	if (held->again == NULL && !fss_held_writes_wait(held, state->ev)) {
		return false;
	}
	DLIST_ADD_END(held->first, state);
	state->held = true;
	return true;
}

static void fss_held_writes_again(struct tevent_context *ev,
				  struct tevent_timer *timer,
				  struct timeval now,
				  void *private_data)
{
	struct fss_held_writes *held = talloc_get_type_abort(
		private_data, struct fss_held_writes);

	(void)now;
	TALLOC_FREE(timer);
	held->again = NULL;
	while (held->first != NULL) {
		struct fss_pwrite_state *state = held->first;

		if (!fss_pwrite_start(state)) {
			break;
		}
	}
	while (held->first != NULL && !fss_held_writes_wait(held, ev)) {
		tevent_req_oom(held->first->req);
	}
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
