/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface's dispatcher, as pidl generates it, and its description. */
#include "includes.h"
#include "methods.h"

/* Any authentication level may bind: too low a one is refused call by call, by
 * a return code and not by a fault (MS-FSRVP 3.1.4). Samba's own default would
 * refuse the level "connect" here. */
#define DCESRV_INTERFACE_FSSAGENT_BIND(context, iface) \
	dcesrv_interface_bind_allow_connect(context, iface)
#include "rpc_plugin/ndr_fss_agent_s.c"

/* What the generated dcerpc_server_FssAgent_init() would register; the worker
 * registers it itself, and complains about one that is there already. */
const struct dcesrv_endpoint_server *fss_endpoint_server(void)
{
	static const struct dcesrv_endpoint_server server = {
		.name = "FssAgent",
		.init_server = FssAgent__op_init_server,
		.shutdown_server = FssAgent__op_shutdown_server,
		.interface_by_uuid = FssAgent__op_interface_by_uuid,
		.interface_by_name = FssAgent__op_interface_by_name,
	};

	return &server;
}
