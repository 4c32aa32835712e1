/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call on its way through the agent: answered at once, or when it is done. */
#include "includes.h"
#include "system/select.h"
#include "librpc/rpc/dcesrv_core.h"
#include "rpcd_fss.h"

/* E_FAIL: this server cannot serve; why is in its log. */
#define FSS_RESULT_FAIL 0x80004005

struct fss_worker_pending {
	struct dcesrv_call_state *call;
	TALLOC_CTX *mem_ctx;
	struct fss_call *handle; /* while the agent has it */
	fss_answer_fn answer;
	void *r;
	uint32_t *result;
	bool finished;
	bool async;
};

/* The call is freed before it was answered. */
static int fss_worker_pending_destructor(struct fss_worker_pending *pending)
{
	if (!pending->finished && pending->handle != NULL) {
		fss_call_abandon(pending->handle);
	}
	return 0;
}

static void fss_worker_done(void *arg, const struct fss_reply *reply)
{
	struct fss_worker_pending *pending =
		talloc_get_type_abort(arg, struct fss_worker_pending);
	NTSTATUS status;

	pending->finished = true;
	*pending->result = reply->result;
	if (reply->result == 0 && pending->answer != NULL) {
		pending->answer(pending->mem_ctx, pending->r, reply);
	}
	if (!pending->async) {
		return;
	}
	/* This may free the call, if the client has gone away meanwhile. */
	status = dcesrv_reply(pending->call);
	if (!NT_STATUS_IS_OK(status)) {
		DBG_WARNING("a finished call could not be answered: %s\n",
			    nt_errstr(status));
	}
}

/* For security mechanisms that cannot answer later. */
static void fss_worker_wait(struct fss_agent *agent,
			    struct fss_worker_pending *pending)
{
	while (!pending->finished) {
		struct pollfd pfd = {
			.fd = fss_agent_fd(agent),
			.events = POLLIN,
		};

		(void)poll(&pfd, 1, -1);
		fss_agent_dispatch(agent);
	}
}

uint32_t fss_worker_call(struct dcesrv_call_state *call, TALLOC_CTX *mem_ctx,
			 const struct fss_request *request,
			 fss_answer_fn answer, void *r, uint32_t *result)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct fss_agent *agent = fss_worker_agent();
	struct fss_worker_pending *pending = NULL;
	struct fss_caller caller;

	*result = FSS_RESULT_FAIL;
	pending = talloc(mem_ctx, struct fss_worker_pending);
	if (agent == NULL || pending == NULL ||
	    !fss_worker_caller(frame, call, &caller)) {
		TALLOC_FREE(frame);
		return *result;
	}
	*pending = (struct fss_worker_pending){
		.call = call,
		.mem_ctx = mem_ctx,
		.answer = answer,
		.r = r,
		.result = result,
	};

	pending->handle = fss_agent_call(agent, &caller, request,
					 fss_worker_done, pending);
	TALLOC_FREE(frame);
	if (pending->finished) {
		return *result;
	}
	talloc_set_destructor(pending, fss_worker_pending_destructor);
	if (!(call->state_flags & DCESRV_CALL_STATE_FLAG_MAY_ASYNC)) {
		fss_worker_wait(agent, pending);
		return *result;
	}
	call->state_flags |= DCESRV_CALL_STATE_FLAG_ASYNC;
	pending->async = true;
	return 0;
}
