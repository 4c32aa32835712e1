/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asynchronous changes of a file's data, which is what SMB2 writes are. They
 * pass the write gate without blocking the connection.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/util/tevent_unix.h"
#include "vfs_fss.h"

/* --- a write that is not held goes straight to the next module: no request of
 * ours, and none of Samba's for the step from us to the next */

typedef ssize_t (*fss_pwrite_recv_t)(struct tevent_req *req,
				     struct vfs_aio_state *vfs_aio_state);

/* What ends such writes, on all connections of this process. Those on which it
 * would be another function do without the short way. */
static fss_pwrite_recv_t fss_direct_recv;

/* A child of the request: the write is under way for as long as it lives. */
struct fss_under_way {
	struct fss_gate *gate;
};

static int fss_under_way_destructor(struct fss_under_way *under_way)
{
	fss_gate_leave_pending(under_way->gate);
	return 0;
}

/* The next module that has a say in writes; NULL: there is no short way. */
static struct vfs_handle_struct *fss_direct_next(
	const struct vfs_handle_struct *handle)
{
	struct vfs_handle_struct *next = handle->next;

	while (next->fns->pwrite_send_fn == NULL) {
		next = next->next;
	}
	if (fss_direct_recv == NULL) {
		fss_direct_recv = next->fns->pwrite_recv_fn;
	}
	return fss_direct_recv == next->fns->pwrite_recv_fn ? next : NULL;
}

/* The gate was entered. */
static struct tevent_req *fss_pwrite_direct(struct fss_gate *gate,
					    struct vfs_handle_struct *next,
					    TALLOC_CTX *mem_ctx,
					    struct tevent_context *ev,
					    struct files_struct *fsp,
					    const void *data,
					    size_t n,
					    off_t offset)
{
	struct fss_under_way *under_way = NULL;
	struct tevent_req *req = next->fns->pwrite_send_fn(
		next, mem_ctx, ev, fsp, data, n, offset);

	if (gate == NULL) {
		return req;
	}
	if (req != NULL) {
		under_way = talloc(req, struct fss_under_way);
	}
	if (under_way == NULL) {
		TALLOC_FREE(req);
		fss_gate_leave_pending(gate);
		return NULL;
	}
	under_way->gate = gate;
	talloc_set_destructor(under_way, fss_under_way_destructor);
	return req;
}

/* --- others have a request of their own */

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
	struct fss_gate *gate = fss_gate_of(handle);
	struct vfs_handle_struct *next = fss_direct_next(handle);
	struct fss_pwrite_state *state = NULL;
	struct tevent_req *req = NULL;

	if (next != NULL && !fss_refuses_writes(handle) &&
	    fss_gate_enter_pending(gate)) {
		return fss_pwrite_direct(gate, next, mem_ctx, ev, fsp, data, n,
					 offset);
	}
	req = tevent_req_create(mem_ctx, &state, struct fss_pwrite_state);
	if (req == NULL) {
		return NULL;
	}
	*state = (struct fss_pwrite_state){
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
	const struct fss_pwrite_state *state = talloc_get_type(
		_tevent_req_data(req), struct fss_pwrite_state);

	if (state == NULL) {
		return fss_direct_recv(req, vfs_aio_state);
	}
	if (tevent_req_is_unix_error(req, &vfs_aio_state->error)) {
		return -1;
	}
	*vfs_aio_state = state->vfs_aio_state;
	return state->ret;
}
