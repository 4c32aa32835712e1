/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SMBSHADOW_PRIVATE_H
#define SMBSHADOW_PRIVATE_H

#include "requester/samba/fsrvp_client.h"

struct smbshadow_connection {
	struct cli_state *session;
	struct rpc_pipe_client *pipe;
	TALLOC_CTX *call; /* what the last call answered */
};

#endif
