/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Security descriptors of shares, kept in a database apart from the registry. */
#include "includes.h"
#include "libcli/security/security.h"
#include "host_private.h"

int fss_share_security_copy(const char *base, const char *name)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct security_descriptor *sd = NULL;
	size_t size = 0;
	NTSTATUS status;

	/* A share without one has the default, which is copied likewise. */
	sd = get_share_security(frame, base, &size);
	if (sd == NULL) {
		DBG_ERR("cannot read the security descriptor of share %s\n",
			base);
		TALLOC_FREE(frame);
		return EIO;
	}
	status = set_share_security(name, sd);
	TALLOC_FREE(frame);
	if (!NT_STATUS_IS_OK(status)) {
		DBG_ERR("cannot give share %s the security descriptor of share "
			"%s: %s\n", name, base, nt_errstr(status));
		return map_errno_from_nt_status(status);
	}
	return 0;
}

int fss_share_security_remove(const char *name, bool present)
{
	TALLOC_CTX *frame = talloc_stackframe();
	NTSTATUS status;
	int err = 0;

	/*
	 * delete_share_security() reports one that is absent as an error in
	 * the log; and nothing tells whether one is there.
	 */
	if (!present) {
		err = fss_share_security_copy(name, name);
	}
	if (err == 0) {
		status = delete_share_security(name);
		if (!NT_STATUS_IS_OK(status) &&
		    !NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
			err = map_errno_from_nt_status(status);
		}
	}
	TALLOC_FREE(frame);
	return err;
}
