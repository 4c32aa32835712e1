/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "when.h"
#if FSS_SAMBA_4(25)
#include "rpc_server/rpc_worker_dcerpc.h"
#else
#include "rpc_server/rpc_worker.h"
#endif
#include "worker.h"

static size_t (*fss_worker_ask)(const struct dcesrv_endpoint_server ***servers);

#if FSS_SAMBA_4(20)
static NTSTATUS fss_worker_servers(
	struct dcesrv_context *dce_ctx,
	const struct dcesrv_endpoint_server ***servers,
	size_t *count,
	void *private_data)
{
	(void)dce_ctx;
	(void)private_data;
	*count = fss_worker_ask(servers);
	return NT_STATUS_OK;
}
#else
static size_t fss_worker_servers(
	struct dcesrv_context *dce_ctx,
	const struct dcesrv_endpoint_server ***servers,
	void *private_data)
{
	(void)dce_ctx;
	(void)private_data;
	return fss_worker_ask(servers);
}
#endif

int fss_worker_main(
	int argc, const char *argv[], const char *name, int workers,
	int idle_seconds,
	size_t (*interfaces)(const struct ndr_interface_table ***ifaces,
			     void *private_data),
	size_t (*servers)(const struct dcesrv_endpoint_server ***servers))
{
	fss_worker_ask = servers;
	return rpc_worker_main(argc, argv, name, workers, idle_seconds,
			       interfaces, fss_worker_servers, NULL);
}
