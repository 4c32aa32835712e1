/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host object and its table of callbacks. */
#include "includes.h"
#include "messages.h"
#include "fss_charset.h"
#include "host_private.h"

static void fss_host_conf_updated(struct messaging_context *msg_ctx,
				  void *private_data,
				  uint32_t msg_type,
				  struct server_id server_id,
				  DATA_BLOB *data)
{
	struct fss_host *host =
		talloc_get_type_abort(private_data, struct fss_host);

	(void)msg_ctx;
	(void)msg_type;
	(void)server_id;
	(void)data;
	host->config_stale = true;
}

static int fss_host_destructor(struct fss_host *host)
{
	messaging_deregister(host->msg_ctx, MSG_SMB_CONF_UPDATED, host);
	if (host->store_lock != -1) {
		close(host->store_lock);
	}
	return 0;
}

NTSTATUS fss_host_create(TALLOC_CTX *mem_ctx,
			 struct messaging_context *msg_ctx,
			 struct fss_host **_host)
{
	struct fss_host *host = NULL;
	NTSTATUS status;

	host = talloc_zero(mem_ctx, struct fss_host);
	if (host == NULL) {
		return NT_STATUS_NO_MEMORY;
	}
	if (!fss_charset_pin()) {
		TALLOC_FREE(host);
		return NT_STATUS_NO_MEMORY;
	}
	host->msg_ctx = msg_ctx;
	host->store_lock = -1;
	/* Registry shares may have changed since the process loaded them. */
	host->config_stale = true;
	fss_log_init(host);

	status = messaging_register(msg_ctx, host, MSG_SMB_CONF_UPDATED,
				    fss_host_conf_updated);
	if (!NT_STATUS_IS_OK(status)) {
		TALLOC_FREE(host);
		return status;
	}
	talloc_set_destructor(host, fss_host_destructor);

	*_host = host;
	return NT_STATUS_OK;
}

const struct fss_host_ops *fss_host_ops(void)
{
	static const struct fss_host_ops ops = {
		.log = fss_log,
		.audit = fss_audit,
		.option = fss_option,
		.registry_shares = fss_registry_shares,
		.find_share = fss_find_share,
		.gate_directory = fss_host_gate_directory,
		.snapshot_helper = fss_snapshot_helper,
		.configuration = fss_configuration,
		.check_security = fss_check_security,
		.server_names = fss_server_names,
		.store_is_single = fss_store_is_single,
		.store_begin = fss_store_begin,
		.store_commit = fss_store_commit,
		.store_cancel = fss_store_cancel,
		.store_fetch = fss_store_fetch,
		.store_put = fss_store_put,
		.store_erase = fss_store_erase,
		.store_each = fss_store_each,
		.foreign_each = fss_foreign_each,
		.foreign_erase = fss_foreign_erase,
		.share_definition = fss_share_definition,
		.publish_begin = fss_publish_begin,
		.publish = fss_publish,
		.unpublish = fss_unpublish,
		.publish_commit = fss_publish_commit,
		.publish_cancel = fss_publish_cancel,
		.publish_set = fss_publish_set,
		.is_published = fss_is_published,
		.disconnect = fss_disconnect,
		.announce = fss_announce,
	};

	return &ops;
}
