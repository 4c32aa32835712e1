/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a share's security descriptor can be read. Samba itself goes on with
 * one for everybody where it cannot.
 */
#include "includes.h"
#include "dbwrap/dbwrap.h"
#include "dbwrap/dbwrap_open.h"
#include "libcli/security/security.h"
#include "util_tdb.h"
#include "host_private.h"

/* It stays open, as Samba's own does: of one file there is one in a process. Where
 * it may be made, a damaged one would be made anew. */
static struct db_context *fss_security_database(void)
{
	static struct db_context *database;
	char *path = NULL;

	if (database != NULL) {
		return database;
	}
	path = state_path(talloc_tos(), "share_info.tdb");
	errno = ENOMEM;
	if (path != NULL) {
		errno = EIO;
		database = db_open(NULL, path, 0, TDB_DEFAULT, O_RDWR, 0600,
				   DBWRAP_LOCK_ORDER_1, DBWRAP_FLAG_NONE);
	}
	TALLOC_FREE(path);
	return database;
}

static int fss_check_descriptor(TALLOC_CTX *mem_ctx, TDB_DATA data)
{
	struct security_descriptor *sd = NULL;
	NTSTATUS status = unmarshall_sec_desc(mem_ctx, data.dptr, data.dsize,
					      &sd);

	return NT_STATUS_IS_OK(status) && sd != NULL ? 0 : EIO;
}

static int fss_pass_by(struct db_record *record, void *private_data)
{
	(void)record;
	(void)private_data;
	return 0;
}

/*
 * Libtdb finds no record, too, where it cannot follow the way to it. Its own check
 * wants the file for itself, which Samba has open.
 */
static int fss_check_database(struct db_context *database)
{
	NTSTATUS status = dbwrap_traverse_read(database, fss_pass_by, NULL,
					       NULL);

	return NT_STATUS_IS_OK(status) ? 0 : EIO;
}

int fss_share_security_read(const char *share)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct db_context *database = NULL;
	char *key = talloc_asprintf(frame, "SECDESC/%s", share);
	TDB_DATA data = { .dptr = NULL };
	NTSTATUS status;
	int err = 0;

	if (key == NULL || !strlower_m(key + strlen("SECDESC/"))) {
		TALLOC_FREE(frame);
		return ENOMEM;
	}
	database = fss_security_database();
	if (database == NULL) {
		/* Without one all shares have the default. */
		err = errno == ENOENT ? 0 : EIO;
		TALLOC_FREE(frame);
		return err;
	}
	status = dbwrap_fetch_bystring(database, frame, key, &data);
	if (NT_STATUS_IS_OK(status)) {
		err = fss_check_descriptor(frame, data);
	} else if (NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
		err = fss_check_database(database);
	} else {
		err = EIO;
	}
	TALLOC_FREE(frame);
	return err;
}
