/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Security descriptors of shares, kept in a database apart from the registry. */
#include "includes.h"
#include "libcli/security/security.h"
#include "fss_charset.h"
#include "host_private.h"

/* No share has this name. Without a descriptor of its own a share has the
 * default, which is what is read for it. */
#define FSS_NO_SHARE "@{}"

static bool fss_is_default_security(const struct security_descriptor *sd)
{
	size_t size = 0;
	struct security_descriptor *usual = get_share_security(
		talloc_tos(), FSS_NO_SHARE, &size);

	return usual != NULL && security_descriptor_equal(sd, usual);
}

int fss_share_security_check(const char *name)
{
	int err = fss_share_security_read(name);

	if (err != 0) {
		DBG_ERR("cannot read the security descriptor of share %s "
			"(%s): put a sound copy in the place of "
			"share_info.tdb in Samba's state directory, or set "
			"the share's permissions anew\n",
			name, strerror(err));
	}
	return err;
}

int fss_check_security(void *host, const char *share)
{
	(void)host;
	share = fss_text_from_core(talloc_tos(), share);
	return share != NULL ? fss_share_security_check(share) : errno;
}

int fss_share_security_copy(const char *base, const char *name, bool *stored)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct security_descriptor *sd = NULL;
	size_t size = 0;
	NTSTATUS status;
	int ret;

	*stored = false;
	ret = fss_share_security_check(base);
	if (ret != 0) {
		TALLOC_FREE(frame);
		return ret;
	}
	sd = get_share_security(frame, base, &size);
	if (sd == NULL) {
		DBG_ERR("cannot read the security descriptor of share %s\n",
			base);
		TALLOC_FREE(frame);
		return EIO;
	}
	/* It costs a write to the disk. */
	if (fss_is_default_security(sd)) {
		TALLOC_FREE(frame);
		return 0;
	}
	status = set_share_security(name, sd);
	TALLOC_FREE(frame);
	if (!NT_STATUS_IS_OK(status)) {
		DBG_ERR("cannot give share %s the security descriptor of share "
			"%s: %s\n",
			name, base, nt_errstr(status));
		return map_errno_from_nt_status(status);
	}
	*stored = true;
	return 0;
}

int fss_share_security_remove(const char *name)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct security_descriptor *sd = NULL;
	NTSTATUS status = NT_STATUS_OK;
	size_t size = 0;

	/* Removing one that is absent would be logged as an error. */
	sd = get_share_security(frame, name, &size);
	if (sd == NULL || !fss_is_default_security(sd)) {
		status = delete_share_security(name);
	}
	TALLOC_FREE(frame);
	if (NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
		return 0;
	}
	return NT_STATUS_IS_OK(status) ? 0 : map_errno_from_nt_status(status);
}
