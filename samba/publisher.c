/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publishes shares through the registry's configuration. */
#include "includes.h"
#include "messages.h"
#include "lib/util/util_strlist.h"
#include "fss_charset.h"
#include "host_private.h"
#include "lib/smbconf/smbconf_init.h"

struct smbconf_ctx *fss_registry(struct fss_host *host)
{
	sbcErr err;

	if (host->registry == NULL) {
		err = smbconf_init(host, &host->registry, "registry");
		if (!SBC_ERROR_IS_OK(err)) {
			DBG_ERR("cannot open the registry's configuration: "
				"%s\n",
				sbcErrorString(err));
			host->registry = NULL;
		}
	}
	return host->registry;
}

static int fss_sbc_errno(sbcErr err)
{
	switch (err) {
	case SBC_ERR_OK:
		return 0;
	case SBC_ERR_NOT_IMPLEMENTED:
	case SBC_ERR_NOT_SUPPORTED:
		return ENOTSUP;
	case SBC_ERR_NOMEM:
		return ENOMEM;
	case SBC_ERR_INVALID_PARAM:
		return EINVAL;
	case SBC_ERR_NO_SUCH_SERVICE:
		return ENOENT;
	case SBC_ERR_FILE_EXISTS:
		return EEXIST;
	case SBC_ERR_ACCESS_DENIED:
		return EACCES;
	default:
		return EIO;
	}
}

/*
 * Share names are registry keys, whose parts are separated by these characters.
 * One that is longer than an fstring makes the whole list of keys unreadable.
 * Returns 0 or an errno value.
 */
static int fss_check_name(const char *name)
{
	if (name == NULL) {
		return EILSEQ;
	}
	if (name[0] == '\0' || strpbrk(name, "/\\") != NULL ||
	    strequal(name, GLOBAL_NAME)) {
		return EINVAL;
	}
	return strlen(name) < sizeof(fstring) ? 0 : ENAMETOOLONG;
}

static void fss_publish_end(struct fss_host *host)
{
	host->publishing = false;
	TALLOC_FREE(host->descriptors_set);
	TALLOC_FREE(host->descriptors_to_drop);
}

/* Takes descriptors away for which no share is left. */
static int fss_drop_descriptors(char **names)
{
	size_t i;
	int err = 0;

	for (i = 0; names != NULL && names[i] != NULL; i++) {
		int ret = fss_share_security_remove(names[i]);

		err = err != 0 ? err : ret;
	}
	return err;
}

static bool fss_note_name(struct fss_host *host, char ***list,
			  const char *name)
{
	const char **longer = str_list_add(
		discard_const_p(const char *, *list), name);

	if (longer == NULL) {
		return false;
	}
	*list = discard_const_p(char *, talloc_steal(host, longer));
	return true;
}

int fss_publish_begin(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct smbconf_ctx *registry = fss_registry(host);
	sbcErr err;

	if (registry == NULL) {
		return EIO;
	}
	if (host->publishing) {
		return EBUSY;
	}
	err = smbconf_transaction_start(registry);
	if (!SBC_ERROR_IS_OK(err)) {
		return fss_sbc_errno(err);
	}
	fss_publish_end(host);
	host->publishing = true;
	return 0;
}

/* The comment is a sentence of the core's; other values are bytes. */
static const char *fss_registry_value(const struct fss_parameter *parameter)
{
	if (!strequal(parameter->name, "comment")) {
		return parameter->value;
	}
	return fss_text_or_bytes_from_core(talloc_tos(), parameter->value);
}

static sbcErr fss_publish_share(struct smbconf_ctx *registry, const char *name,
				const struct fss_parameter *parameters,
				size_t count)
{
	sbcErr err;
	size_t i;

	if (smbconf_share_exists(registry, name)) {
		err = smbconf_delete_share(registry, name);
		if (!SBC_ERROR_IS_OK(err)) {
			return err;
		}
	}
	err = smbconf_create_share(registry, name);
	for (i = 0; SBC_ERROR_IS_OK(err) && i < count; i++) {
		err = smbconf_set_parameter(registry, name, parameters[i].name,
					    fss_registry_value(&parameters[i]));
		if (!SBC_ERROR_IS_OK(err)) {
			DBG_ERR("the registry does not take \"%s = %s\" for "
				"share %s: %s\n",
				parameters[i].name,
				parameters[i].value, name, sbcErrorString(err));
		}
	}
	return err;
}

int fss_publish(void *_host, const char *_name,
		const struct fss_parameter *parameters, size_t count,
		const char *_base)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const char *name = fss_text_from_core(talloc_tos(), _name);
	const char *base = fss_text_from_core(talloc_tos(), _base);
	int bad_name = fss_check_name(name);
	bool stored = false;
	sbcErr err;
	int ret;

	if (!host->publishing || bad_name != 0 || base == NULL) {
		return bad_name != 0 ? bad_name : EINVAL;
	}
	err = fss_publish_share(host->registry, name, parameters, count);
	if (!SBC_ERROR_IS_OK(err)) {
		return fss_sbc_errno(err);
	}
	/* Before the share can be seen, that it is never seen without. */
	ret = fss_share_security_copy(base, name, &stored);
	if (stored && !fss_note_name(host, &host->descriptors_set, name)) {
		(void)fss_share_security_remove(name);
		return ENOMEM;
	}
	return ret;
}

int fss_publish_commit(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	sbcErr err;

	if (!host->publishing) {
		return EINVAL;
	}
	err = smbconf_transaction_commit(host->registry);
	if (!SBC_ERROR_IS_OK(err)) {
		(void)fss_drop_descriptors(host->descriptors_set);
		fss_publish_end(host);
		return fss_sbc_errno(err);
	}
	(void)fss_drop_descriptors(host->descriptors_to_drop);
	fss_publish_end(host);
	return 0;
}

void fss_publish_cancel(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	if (!host->publishing) {
		return;
	}
	(void)smbconf_transaction_cancel(host->registry);
	(void)fss_drop_descriptors(host->descriptors_set);
	fss_publish_end(host);
}

int fss_unpublish(void *_host, const char *_name)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const char *name = fss_text_from_core(talloc_tos(), _name);
	struct smbconf_ctx *registry = fss_registry(host);
	int bad_name = fss_check_name(name);
	bool present;
	sbcErr err;

	if (registry == NULL || bad_name != 0) {
		return bad_name != 0 ? bad_name : EIO;
	}
	present = smbconf_share_exists(registry, name);
	if (present) {
		err = smbconf_delete_share(registry, name);
		if (!SBC_ERROR_IS_OK(err)) {
			return fss_sbc_errno(err);
		}
	}
	/*
	 * While the share may come back it must keep its descriptor. One whose
	 * share is gone, or never came, was left by a worker that died.
	 */
	if (host->publishing && present) {
		if (!fss_note_name(host, &host->descriptors_to_drop, name)) {
			return ENOMEM;
		}
		return 0;
	}
	return fss_share_security_remove(name);
}

int fss_publish_set(void *_host, const char *_name, const char *parameter,
		    const char *value)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const char *name = fss_text_from_core(talloc_tos(), _name);
	struct smbconf_ctx *registry = fss_registry(host);
	int bad_name = fss_check_name(name);

	if (registry == NULL || bad_name != 0) {
		return bad_name != 0 ? bad_name : EIO;
	}
	return fss_sbc_errno(
		smbconf_set_parameter(registry, name, parameter, value));
}

bool fss_is_published(void *_host, const char *_name)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const char *name = fss_text_from_core(talloc_tos(), _name);
	struct smbconf_ctx *registry = fss_registry(host);

	return registry != NULL && fss_check_name(name) == 0 &&
	       smbconf_share_exists(registry, name);
}

void fss_disconnect(void *_host, const char *_name)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const char *name = fss_text_from_core(talloc_tos(), _name);

	if (name == NULL) {
		return; /* smbd cannot have such a share */
	}
	messaging_send_all(host->msg_ctx, MSG_SMB_FORCE_TDIS, name,
			   strlen(name) + 1);
}

void fss_announce(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	/* Where smbd would not outlive it: it finds new shares without, and one
	 * that is gone leads nowhere. */
	if (!fss_charset_reload_is_safe()) {
		return;
	}
	messaging_send_all(host->msg_ctx, MSG_SMB_CONF_UPDATED, NULL, 0);
}
