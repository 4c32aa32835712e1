/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rpcd_fss: a worker of samba-dcerpcd that serves \pipe\FssagentRpc. */
#include "includes.h"
#include "librpc/rpc/dcesrv_core.h"
#include "compat/worker.h"
#include "fss_host.h"
#include "methods.h"
#include "rpcd_fss.h"

/* Defaults of rpcd_fss:num_workers and rpcd_fss:idle_seconds. A worker outlives
 * the longest message sequence timer, 1800 s. */
#define FSS_WORKER_COUNT 4
#define FSS_WORKER_IDLE_SECONDS 2100

/* A domain controller is no file server to take shadow copies of; the
 * distribution's own agent does not register on one either. */
static bool fss_worker_may_serve(void)
{
	return lp_server_role() != ROLE_ACTIVE_DIRECTORY_DC;
}

static size_t fss_worker_interfaces(const struct ndr_interface_table ***ifaces,
				    void *private_data)
{
	static const struct ndr_interface_table *table[] = {
		&ndr_table_FssAgent,
	};

	(void)private_data;
	if (!fss_worker_may_serve()) {
		*ifaces = NULL;
		return 0;
	}
	*ifaces = table;
	return ARRAY_SIZE(table);
}

static size_t fss_worker_servers(const struct dcesrv_endpoint_server ***_servers)
{
	static const struct dcesrv_endpoint_server *servers[1];

	*_servers = NULL;
	if (!fss_worker_may_serve()) {
		return 0;
	}
	/* The agent loads the shares' definitions when it first needs them. */
	fss_worker_start();

	servers[0] = fss_endpoint_server();
	*_servers = servers;
	return ARRAY_SIZE(servers);
}

int main(int argc, const char *argv[])
{
	int ret;

	/* samba-dcerpcd goes on without it. */
	if (!fss_samba_version_matches("rpcd_fss")) {
		return 1;
	}
	ret = fss_worker_main(argc, argv, "rpcd_fss", FSS_WORKER_COUNT,
			      FSS_WORKER_IDLE_SECONDS, fss_worker_interfaces,
			      fss_worker_servers);
	fss_worker_stop();
	return ret;
}
