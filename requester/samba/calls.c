/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MS-FSRVP 3.1.4: each method's arguments to the wire, and its answer back. */
#include "includes.h"
#include "rpc_client/rpc_client.h"
#include "librpc/gen_ndr/ndr_fsrvp_c.h"
#include "requester/samba/private.h"
#include "samba/guid_wire.h"

/* One call: where its arguments are, and where its answer goes. */
struct call {
	struct dcerpc_binding_handle *handle;
	TALLOC_CTX *mem_ctx;
	const struct smbshadow_request *request;
	struct smbshadow_reply *reply;
	struct GUID set;
	struct GUID copy;
};

static NTSTATUS get_supported_version(struct call *c)
{
	return dcerpc_fss_GetSupportedVersion(c->handle, c->mem_ctx,
					      &c->reply->min_version,
					      &c->reply->max_version,
					      &c->reply->result);
}

static NTSTATUS set_context(struct call *c)
{
	return dcerpc_fss_SetContext(c->handle, c->mem_ctx, c->request->number,
				     &c->reply->result);
}

static NTSTATUS start_shadow_copy_set(struct call *c)
{
	struct GUID id = {};
	NTSTATUS status;

	status = dcerpc_fss_StartShadowCopySet(c->handle, c->mem_ctx, c->set,
					       &id, &c->reply->result);
	c->reply->id = guid_from_wire(&id);
	return status;
}

static NTSTATUS add_to_shadow_copy_set(struct call *c)
{
	struct GUID id = {};
	NTSTATUS status;

	status = dcerpc_fss_AddToShadowCopySet(c->handle, c->mem_ctx, c->copy,
					       c->set, c->request->share, &id,
					       &c->reply->result);
	c->reply->id = guid_from_wire(&id);
	return status;
}

static NTSTATUS prepare_shadow_copy_set(struct call *c)
{
	return dcerpc_fss_PrepareShadowCopySet(c->handle, c->mem_ctx, c->set,
					       c->request->number,
					       &c->reply->result);
}

static NTSTATUS commit_shadow_copy_set(struct call *c)
{
	return dcerpc_fss_CommitShadowCopySet(c->handle, c->mem_ctx, c->set,
					      c->request->number,
					      &c->reply->result);
}

static NTSTATUS expose_shadow_copy_set(struct call *c)
{
	return dcerpc_fss_ExposeShadowCopySet(c->handle, c->mem_ctx, c->set,
					      c->request->number,
					      &c->reply->result);
}

static NTSTATUS recovery_complete(struct call *c)
{
	return dcerpc_fss_RecoveryCompleteShadowCopySet(c->handle, c->mem_ctx,
							c->set,
							&c->reply->result);
}

static NTSTATUS abort_shadow_copy_set(struct call *c)
{
	return dcerpc_fss_AbortShadowCopySet(c->handle, c->mem_ctx, c->set,
					     &c->reply->result);
}

static NTSTATUS is_path_supported(struct call *c)
{
	uint32_t supported = 0;
	NTSTATUS status;

	status = dcerpc_fss_IsPathSupported(c->handle, c->mem_ctx,
					    c->request->share, &supported,
					    &c->reply->name,
					    &c->reply->result);
	c->reply->flag = supported != 0;
	return status;
}

static NTSTATUS is_path_shadow_copied(struct call *c)
{
	uint32_t present = 0;
	NTSTATUS status;

	status = dcerpc_fss_IsPathShadowCopied(c->handle, c->mem_ctx,
					       c->request->share, &present,
					       &c->reply->compatibility,
					       &c->reply->result);
	c->reply->flag = present != 0;
	return status;
}

static NTSTATUS get_share_mapping(struct call *c)
{
	const uint32_t level = 1;
	union fssagent_share_mapping mapping = {};
	const struct fssagent_share_mapping_1 *found = NULL;
	NTSTATUS status;

	status = dcerpc_fss_GetShareMapping(c->handle, c->mem_ctx, c->copy,
					    c->set, c->request->share, level,
					    &mapping, &c->reply->result);
	if (!NT_STATUS_IS_OK(status) || c->reply->result != 0) {
		return status;
	}
	found = mapping.ShareMapping1;
	if (found == NULL) {
		return NT_STATUS_INVALID_NETWORK_RESPONSE;
	}
	c->reply->name = found->ShadowCopyShareName;
	c->reply->created = found->tstamp;
	return status;
}

static NTSTATUS delete_share_mapping(struct call *c)
{
	return dcerpc_fss_DeleteShareMapping(c->handle, c->mem_ctx, c->set,
					     c->copy, c->request->share,
					     &c->reply->result);
}

static NTSTATUS (*const methods[])(struct call *c) = {
	[FSS_GET_SUPPORTED_VERSION] = get_supported_version,
	[FSS_SET_CONTEXT] = set_context,
	[FSS_START_SHADOW_COPY_SET] = start_shadow_copy_set,
	[FSS_ADD_TO_SHADOW_COPY_SET] = add_to_shadow_copy_set,
	[FSS_COMMIT_SHADOW_COPY_SET] = commit_shadow_copy_set,
	[FSS_EXPOSE_SHADOW_COPY_SET] = expose_shadow_copy_set,
	[FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET] = recovery_complete,
	[FSS_ABORT_SHADOW_COPY_SET] = abort_shadow_copy_set,
	[FSS_IS_PATH_SUPPORTED] = is_path_supported,
	[FSS_IS_PATH_SHADOW_COPIED] = is_path_shadow_copied,
	[FSS_GET_SHARE_MAPPING] = get_share_mapping,
	[FSS_DELETE_SHARE_MAPPING] = delete_share_mapping,
	[FSS_PREPARE_SHADOW_COPY_SET] = prepare_shadow_copy_set,
};

uint32_t smbshadow_call(struct smbshadow_connection *connection,
			const struct smbshadow_request *request,
			struct smbshadow_reply *reply)
{
	struct call c = {
		.handle = connection->pipe->binding_handle,
		.request = request,
		.reply = reply,
		.set = guid_to_wire(&request->set),
		.copy = guid_to_wire(&request->copy),
	};

	*reply = (struct smbshadow_reply){};
	if (request->method >= ARRAY_SIZE(methods)) {
		return NT_STATUS_V(NT_STATUS_INVALID_PARAMETER);
	}
	TALLOC_FREE(connection->call);
	connection->call = talloc_new(connection);
	if (connection->call == NULL) {
		return NT_STATUS_V(NT_STATUS_NO_MEMORY);
	}
	c.mem_ctx = connection->call;
	return NT_STATUS_V(methods[request->method](&c));
}
