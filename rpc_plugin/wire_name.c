/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ShareName on the wire: a conformant varying array of 16 bit units.
 *
 * pidl's strings convert to the server's charset, and what cannot be converted
 * becomes an RPC fault. MS-FSRVP 3.1.4 wants a return code, so the units are
 * handed on as they are. Only a stub that is not valid NDR is a fault.
 */
#include "includes.h"
#include "librpc/ndr/libndr.h"
#include "compat/ndr.h"
#include "rpc_plugin/ndr_fss_agent.h"

static enum ndr_err_code pull_units(struct ndr_pull *ndr, uint32_t count,
				    struct FssAgent_Name *r)
{
	uint32_t i;

	/* Nothing is allocated for units that have not come. */
	if (count > (ndr->data_size - ndr->offset) / sizeof(uint16_t)) {
		return ndr_pull_error(ndr, NDR_ERR_BUFSIZE,
				      "name of %" PRIu32 " units is truncated",
				      count);
	}
	r->units = talloc_array(ndr->current_mem_ctx, uint16_t, count);
	if (r->units == NULL) {
		return ndr_pull_error(ndr, NDR_ERR_ALLOC,
				      "name of %" PRIu32 " units", count);
	}
	r->count = count;
	for (i = 0; i < count; i++) {
		NDR_CHECK(ndr_pull_uint16(ndr, NDR_SCALARS, &r->units[i]));
	}
	return NDR_ERR_SUCCESS;
}

enum ndr_err_code ndr_pull_FssAgent_Name(struct ndr_pull *ndr,
					 ndr_flags_type ndr_flags,
					 struct FssAgent_Name *r)
{
	uint32_t max_count;
	uint32_t offset;
	uint32_t count;

	NDR_PULL_CHECK_FLAGS(ndr, ndr_flags);
	if (!(ndr_flags & NDR_SCALARS)) {
		return NDR_ERR_SUCCESS;
	}

	/* 32 or 64 bit, as the transfer syntax has it */
	NDR_CHECK(ndr_pull_uint3264(ndr, NDR_SCALARS, &max_count));
	NDR_CHECK(ndr_pull_uint3264(ndr, NDR_SCALARS, &offset));
	NDR_CHECK(ndr_pull_uint3264(ndr, NDR_SCALARS, &count));
	if (offset != 0 || count > max_count) {
		return ndr_pull_error(ndr, NDR_ERR_ARRAY_SIZE,
				      "name of %" PRIu32 " units at %" PRIu32
				      " in %" PRIu32,
				      count, offset, max_count);
	}
	return pull_units(ndr, count, r);
}

/* The type is only received. */
enum ndr_err_code ndr_push_FssAgent_Name(struct ndr_push *ndr,
					 ndr_flags_type ndr_flags,
					 const struct FssAgent_Name *r)
{
	(void)ndr_flags;
	(void)r;
	return ndr_push_error(ndr, NDR_ERR_INVALID_POINTER,
			      "names are not sent");
}

void ndr_print_FssAgent_Name(struct ndr_print *ndr, const char *name,
			     const struct FssAgent_Name *r)
{
	ndr->print(ndr, "%s: %" PRIu32 " units", name, r->count);
}
