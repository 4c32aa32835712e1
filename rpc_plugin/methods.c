/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MS-FSRVP 3.1.4: each method's arguments to the agent, and its answer back.
 * Out parameters come zeroed from the receiver, and stay so in a failed call.
 */
#include "includes.h"
#include "methods.h"
#include "fss_charset.h"
#include "rpcd_fss.h"
#include "samba/guid_wire.h"

static void answer_version(TALLOC_CTX *mem_ctx, void *_r,
			   const struct fss_reply *reply)
{
	struct FssAgent_GetSupportedVersion *r = _r;

	(void)mem_ctx;
	*r->out.MinVersion = reply->min_version;
	*r->out.MaxVersion = reply->max_version;
}

FSS_METHOD(GetSupportedVersion)
{
	struct fss_request request = { .method = FSS_GET_SUPPORTED_VERSION };

	return fss_worker_call(call, mem_ctx, &request, answer_version, r,
			       &r->out.result);
}

FSS_METHOD(SetContext)
{
	struct fss_request request = {
		.method = FSS_SET_CONTEXT,
		.context = r->in.Context,
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

static void answer_set_id(TALLOC_CTX *mem_ctx, void *_r,
			  const struct fss_reply *reply)
{
	struct FssAgent_StartShadowCopySet *r = _r;

	(void)mem_ctx;
	*r->out.ShadowCopySetId = guid_to_wire(&reply->set_id);
}

FSS_METHOD(StartShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_START_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ClientShadowCopySetId),
	};

	return fss_worker_call(call, mem_ctx, &request, answer_set_id, r,
			       &r->out.result);
}

static void answer_copy_id(TALLOC_CTX *mem_ctx, void *_r,
			   const struct fss_reply *reply)
{
	struct FssAgent_AddToShadowCopySet *r = _r;

	(void)mem_ctx;
	*r->out.ShadowCopyId = guid_to_wire(&reply->copy_id);
}

FSS_METHOD(AddToShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_ADD_TO_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.copy_id = guid_from_wire(&r->in.ClientShadowCopyId),
		.name = r->in.ShareName.units,
		.name_units = r->in.ShareName.count,
	};

	return fss_worker_call(call, mem_ctx, &request, answer_copy_id, r,
			       &r->out.result);
}

FSS_METHOD(CommitShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_COMMIT_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.timeout_ms = r->in.TimeOutInMilliseconds,
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

FSS_METHOD(ExposeShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_EXPOSE_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.timeout_ms = r->in.TimeOutInMilliseconds,
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

FSS_METHOD(RecoveryCompleteShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

FSS_METHOD(AbortShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_ABORT_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

static void answer_supported(TALLOC_CTX *mem_ctx, void *_r,
			     const struct fss_reply *reply)
{
	struct FssAgent_IsPathSupported *r = _r;

	*r->out.SupportedByThisProvider = reply->supported;
	*r->out.OwnerMachineName = fss_text_from_core(
		mem_ctx, reply->owner_machine_name);
}

FSS_METHOD(IsPathSupported)
{
	struct fss_request request = {
		.method = FSS_IS_PATH_SUPPORTED,
		.name = r->in.ShareName.units,
		.name_units = r->in.ShareName.count,
	};

	return fss_worker_call(call, mem_ctx, &request, answer_supported, r,
			       &r->out.result);
}

static void answer_shadow_copied(TALLOC_CTX *mem_ctx, void *_r,
				 const struct fss_reply *reply)
{
	struct FssAgent_IsPathShadowCopied *r = _r;

	(void)mem_ctx;
	*r->out.ShadowCopyPresent = reply->present;
	*r->out.ShadowCopyCompatibility = reply->compatibility;
}

FSS_METHOD(IsPathShadowCopied)
{
	struct fss_request request = {
		.method = FSS_IS_PATH_SHADOW_COPIED,
		.name = r->in.ShareName.units,
		.name_units = r->in.ShareName.count,
	};

	return fss_worker_call(call, mem_ctx, &request, answer_shadow_copied, r,
			       &r->out.result);
}

static void answer_mapping(TALLOC_CTX *mem_ctx, void *_r,
			   const struct fss_reply *reply)
{
	struct FssAgent_GetShareMapping *r = _r;
	struct FssAgent_ShareMapping1 *mapping = NULL;

	/* The union has an arm for level 1 only. */
	if (r->in.Level != 1) {
		return;
	}
	mapping = talloc(mem_ctx, struct FssAgent_ShareMapping1);
	if (mapping == NULL) {
		return;
	}
	*mapping = (struct FssAgent_ShareMapping1){
		.ShadowCopySetId = guid_to_wire(&reply->set_id),
		.ShadowCopyId = guid_to_wire(&reply->copy_id),
		.ShareNameUNC = fss_text_from_core(mapping, reply->share_name_unc),
		.ShadowCopyShareName = fss_text_from_core(
			mapping, reply->shadow_copy_share_name),
		.CreationTimestamp = (uint64_t)reply->creation_timestamp,
	};
	r->out.ShareMapping->ShareMapping1 = mapping;
}

FSS_METHOD(GetShareMapping)
{
	struct fss_request request = {
		.method = FSS_GET_SHARE_MAPPING,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.copy_id = guid_from_wire(&r->in.ShadowCopyId),
		.level = r->in.Level,
		.name = r->in.ShareName.units,
		.name_units = r->in.ShareName.count,
	};

	return fss_worker_call(call, mem_ctx, &request, answer_mapping, r,
			       &r->out.result);
}

FSS_METHOD(DeleteShareMapping)
{
	struct fss_request request = {
		.method = FSS_DELETE_SHARE_MAPPING,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.copy_id = guid_from_wire(&r->in.ShadowCopyId),
		.name = r->in.ShareName.units,
		.name_units = r->in.ShareName.count,
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}

FSS_METHOD(PrepareShadowCopySet)
{
	struct fss_request request = {
		.method = FSS_PREPARE_SHADOW_COPY_SET,
		.set_id = guid_from_wire(&r->in.ShadowCopySetId),
		.timeout_ms = r->in.TimeOutInMilliseconds,
	};

	return fss_worker_call(call, mem_ctx, &request, NULL, r,
			       &r->out.result);
}
