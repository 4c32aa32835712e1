/* SPDX-License-Identifier: GPL-3.0-or-later */
/* This worker's agent, and its place in the event loop. */
#include "includes.h"
#include "messages.h"
#include "lib/global_contexts.h"
#include "fss_host.h"
#include "rpcd_fss.h"

/* Seconds between attempts to make an agent. */
#define FSS_WORKER_RETRY_INTERVAL 5

static struct {
	struct fss_host *host;
	struct fss_agent *agent;
	struct tevent_fd *event;
	time_t last_attempt;
	bool stopped;
} fss_worker;

static void fss_worker_dispatch(struct tevent_context *ev,
				struct tevent_fd *event, uint16_t flags,
				void *private_data)
{
	TALLOC_CTX *frame = talloc_stackframe();

	(void)ev;
	(void)event;
	(void)flags;
	(void)private_data;
	fss_agent_dispatch(fss_worker.agent);
	TALLOC_FREE(frame);
}

static bool fss_worker_make_host(struct messaging_context *msg_ctx)
{
	NTSTATUS status;

	if (fss_worker.host != NULL) {
		return true;
	}
	status = fss_host_create(NULL, msg_ctx, &fss_worker.host);
	if (!NT_STATUS_IS_OK(status)) {
		DBG_ERR("cannot reach the other processes of Samba: %s\n",
			nt_errstr(status));
		return false;
	}
	return true;
}

void fss_worker_start(void)
{
	struct messaging_context *msg_ctx = global_messaging_context();
	int err;

	fss_worker.last_attempt = time_mono(NULL);
	if (msg_ctx == NULL || !fss_worker_make_host(msg_ctx)) {
		return;
	}
	err = fss_agent_create(fss_host_ops(), fss_worker.host,
			       &fss_worker.agent);
	if (err != 0) {
		DBG_ERR("the shadow copy agent cannot work, calls fail: %s\n",
			strerror(err));
		fss_worker.agent = NULL;
		return;
	}
	fss_worker.event = tevent_add_fd(messaging_tevent_context(msg_ctx),
					 NULL,
					 fss_agent_fd(fss_worker.agent),
					 TEVENT_FD_READ, fss_worker_dispatch,
					 NULL);
	if (fss_worker.event == NULL) {
		DBG_ERR("out of memory\n");
		fss_agent_free(fss_worker.agent);
		fss_worker.agent = NULL;
	}
}

struct fss_agent *fss_worker_agent(void)
{
	if (fss_worker.agent == NULL && !fss_worker.stopped &&
	    time_mono(NULL) >=
		    fss_worker.last_attempt + FSS_WORKER_RETRY_INTERVAL) {
		fss_worker_start();
	}
	return fss_worker.agent;
}

void fss_worker_connection_closed(uint64_t connection)
{
	if (fss_worker.agent != NULL) {
		fss_agent_connection_closed(fss_worker.agent, connection);
	}
}

void fss_worker_stop(void)
{
	fss_worker.stopped = true;
	TALLOC_FREE(fss_worker.event);
	if (fss_worker.agent != NULL) {
		fss_agent_free(fss_worker.agent);
		fss_worker.agent = NULL;
	}
	TALLOC_FREE(fss_worker.host);
}
