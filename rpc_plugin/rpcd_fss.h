/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the worker share with each other. */
#ifndef RPCD_FSS_H
#define RPCD_FSS_H

#include "fss.h"

struct dcesrv_call_state;

/* --- agent.c: this worker's agent */

/* Makes the agent. Where that fails the log says why, and it is tried again
 * when a call comes. */
void fss_worker_start(void);

/* The agent, or NULL while it cannot be made. */
struct fss_agent *fss_worker_agent(void);

/* A client's connection is gone. */
void fss_worker_connection_closed(uint64_t connection);

/* Ends the work under way and frees the agent. */
void fss_worker_stop(void);

/* --- caller.c: who calls */

/* The caller's facts; strings are mem_ctx's. False: out of memory. */
bool fss_worker_caller(TALLOC_CTX *mem_ctx, struct dcesrv_call_state *call,
		       struct fss_caller *caller);

/* --- call.c: one call on its way through the agent */

/* Puts the answer of a successful call into its out parameters.
 * r: the method's structure; strings must be copied to mem_ctx. */
typedef void (*fss_answer_fn)(TALLOC_CTX *mem_ctx, void *r,
			      const struct fss_reply *reply);

/*
 * Carries a call out and answers it, now or later.
 *
 * mem_ctx: lives as long as the call.
 * answer: NULL for a method without out parameters.
 * result: the method's return value in its structure; written when it is known.
 * Returns that value where it is known already, else 0.
 */
uint32_t fss_worker_call(struct dcesrv_call_state *call, TALLOC_CTX *mem_ctx,
			 const struct fss_request *request,
			 fss_answer_fn answer, void *r, uint32_t *result);

#endif /* RPCD_FSS_H */
