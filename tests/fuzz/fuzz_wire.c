/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request structures as they come over the wire, for every opnum, in NDR
 * and NDR64, either byte order. */
#include "includes.h"
#include "librpc/ndr/libndr.h"
#include "rpc_plugin/ndr_fss_agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void drop_message(void *private_ptr, int level, const char *message)
{
	(void)private_ptr;
	(void)level;
	(void)message;
}

/* Samba has a line to say about each broken stub. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	debug_set_callback(NULL, drop_message);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ndr_interface_call *call = NULL;
	TALLOC_CTX *frame = NULL;
	struct ndr_pull *pull = NULL;
	DATA_BLOB blob;
	void *r = NULL;

	if (size < 2) {
		return 0;
	}
	frame = talloc_new(NULL);
	call = &ndr_table_FssAgent.calls[data[0] % ndr_table_FssAgent.num_calls];
	blob = data_blob_const(data + 2, size - 2);
	pull = ndr_pull_init_blob(&blob, frame);
	r = talloc_zero_size(frame, call->struct_size);
	if (pull == NULL || r == NULL) {
		abort();
	}
	pull->flags |= LIBNDR_FLAG_REF_ALLOC;
	if ((data[1] & 1) != 0) {
		pull->flags |= LIBNDR_FLAG_NDR64;
	}
	if ((data[1] & 2) != 0) {
		pull->flags |= LIBNDR_FLAG_BIGENDIAN;
	}
	(void)call->ndr_pull(pull, NDR_IN, r);
	TALLOC_FREE(frame);
	return 0;
}
