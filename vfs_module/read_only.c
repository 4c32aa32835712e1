/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What smbd may let users do on an exposed share. The snapshot takes no
 * changes, but of a deletion on close a client is not told that it has failed;
 * so access that changes something is not granted in the first place, whatever
 * the share's definition says.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "lib/param/loadparm.h"
#include "libcli/security/security.h"
#include "vfs_fss.h"

#define FSS_CHANGING_ACCESS \
	(SEC_FILE_WRITE_DATA | SEC_FILE_APPEND_DATA | SEC_FILE_WRITE_EA | \
	 SEC_FILE_WRITE_ATTRIBUTE | SEC_DIR_DELETE_CHILD | SEC_STD_DELETE | \
	 SEC_STD_WRITE_DAC | SEC_STD_WRITE_OWNER)

void fss_make_read_only(struct connection_struct *conn)
{
	size_t i;

	/* For whoever is looked up from now on. */
	lp_do_parameter(SNUM(conn), "read only", "yes");
	lp_do_parameter(SNUM(conn), "write list", "");

	/* For whoever was. */
	conn->read_only = true;
	conn->share_access &= ~FSS_CHANGING_ACCESS;
	for (i = 0; i < VUID_CACHE_SIZE; i++) {
		struct vuid_cache_entry *user = &conn->vuid_cache->array[i];

		user->read_only = true;
		user->share_access &= ~FSS_CHANGING_ACCESS;
	}
}
