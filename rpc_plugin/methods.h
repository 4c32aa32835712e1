/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thirteen methods, as pidl's dispatcher calls them. */
#ifndef FSS_METHODS_H
#define FSS_METHODS_H

#include "librpc/rpc/dcesrv_core.h"
#include "rpc_plugin/ndr_fss_agent.h"

#define FSS_METHOD(name) \
	uint32_t dcesrv_FssAgent_##name(struct dcesrv_call_state *call, \
					TALLOC_CTX *mem_ctx, \
					struct FssAgent_##name *r)

FSS_METHOD(GetSupportedVersion);
FSS_METHOD(SetContext);
FSS_METHOD(StartShadowCopySet);
FSS_METHOD(AddToShadowCopySet);
FSS_METHOD(CommitShadowCopySet);
FSS_METHOD(ExposeShadowCopySet);
FSS_METHOD(RecoveryCompleteShadowCopySet);
FSS_METHOD(AbortShadowCopySet);
FSS_METHOD(IsPathSupported);
FSS_METHOD(IsPathShadowCopied);
FSS_METHOD(GetShareMapping);
FSS_METHOD(DeleteShareMapping);
FSS_METHOD(PrepareShadowCopySet);

/* The server of the interface that they make up. */
const struct dcesrv_endpoint_server *fss_endpoint_server(void);

#endif /* FSS_METHODS_H */
