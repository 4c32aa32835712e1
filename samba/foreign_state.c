/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The database in which Samba's own agent (rpcd_fsrvp) keeps its sets. It is
 * read as it is: what its records mean, and which are sound, the core decides.
 */
#include "includes.h"
#include "system/filesys.h"
#include "dbwrap/dbwrap.h"
#include "dbwrap/dbwrap_open.h"
#include "librpc/gen_ndr/ndr_fsrvp_state.h"
#include "fss_charset.h"
#include "host_private.h"

#define FSS_FOREIGN_NAME "srv_fss.tdb"
#define FSS_FOREIGN_KEY_VERSION "db_version"
#define FSS_FOREIGN_KEY_SET "sc_set/"
#define FSS_FOREIGN_KEY_COPY "/sc/"
#define FSS_FOREIGN_KEY_MAPPING "/smap/"

/* In a cluster ctdb knows. An empty file holds nothing. */
static bool fss_foreign_exists(const char *path)
{
	struct stat st = { 0 };

	return lp_clustering() || (stat(path, &st) == 0 && st.st_size > 0);
}

/*
 * db: NULL where there is no database.
 * Returns 0 or an errno value.
 */
static int fss_foreign_open(TALLOC_CTX *mem_ctx, bool check,
			    struct db_context **db)
{
	char *path = lock_path(mem_ctx, FSS_FOREIGN_NAME);
	int err = 0;

	*db = NULL;
	if (path == NULL) {
		return ENOMEM;
	}
	if (!fss_foreign_exists(path)) {
		return 0;
	}
	if (check) {
		err = fss_tdb_check(path);
	}
	if (err != 0) {
		return err;
	}
	errno = 0;
	*db = db_open(mem_ctx, path, 0, TDB_DEFAULT, O_RDWR, 0600,
		      DBWRAP_LOCK_ORDER_2, DBWRAP_FLAG_NONE);
	if (*db == NULL) {
		return errno != 0 ? errno : EIO;
	}
	return 0;
}

typedef void (*fss_foreign_fill_fn)(const void *decoded,
				    struct fss_foreign_record *record);

static void fss_foreign_fill_set(const void *decoded,
				 struct fss_foreign_record *record)
{
	const struct fsrvp_state_sc_set *set = decoded;

	record->kind = FSS_FOREIGN_SET;
	record->state = set->state;
	record->context = set->context;
	record->children = set->scs_count;
}

static void fss_foreign_fill_copy(const void *decoded,
				  struct fss_foreign_record *record)
{
	const struct fsrvp_state_sc *copy = decoded;

	record->kind = FSS_FOREIGN_COPY;
	record->volume = copy->volume_name;
	record->path = copy->sc_path;
	record->created = copy->create_ts;
	record->children = copy->smaps_count;
}

static void fss_foreign_fill_mapping(const void *decoded,
				     struct fss_foreign_record *record)
{
	const struct fsrvp_state_smap *mapping = decoded;

	record->kind = FSS_FOREIGN_MAPPING;
	record->share = fss_text_to_core(talloc_tos(), mapping->share_name);
	record->exposed_name = fss_text_to_core(talloc_tos(),
						mapping->sc_share_name);
	if (record->share == NULL || record->exposed_name == NULL) {
		record->kind = FSS_FOREIGN_UNREADABLE;
	}
	record->exposed = mapping->is_exposed != 0;
}

/* How the records of one kind are read; the first whose part the key has. */
static const struct fss_foreign_format {
	const char *part;
	size_t size;
	ndr_pull_flags_fn_t pull;
	fss_foreign_fill_fn fill;
} fss_foreign_formats[] = {
	{
		.part = FSS_FOREIGN_KEY_MAPPING,
		.size = sizeof(struct fsrvp_state_smap),
		.pull = (ndr_pull_flags_fn_t)ndr_pull_fsrvp_state_smap,
		.fill = fss_foreign_fill_mapping,
	},
	{
		.part = FSS_FOREIGN_KEY_COPY,
		.size = sizeof(struct fsrvp_state_sc),
		.pull = (ndr_pull_flags_fn_t)ndr_pull_fsrvp_state_sc,
		.fill = fss_foreign_fill_copy,
	},
	{
		.part = FSS_FOREIGN_KEY_SET,
		.size = sizeof(struct fsrvp_state_sc_set),
		.pull = (ndr_pull_flags_fn_t)ndr_pull_fsrvp_state_sc_set,
		.fill = fss_foreign_fill_set,
	},
};

/* mem_ctx: owns the record's strings. */
static void fss_foreign_decode(TALLOC_CTX *mem_ctx, TDB_DATA value,
			       struct fss_foreign_record *record)
{
	DATA_BLOB blob = data_blob_const(value.dptr, value.dsize);
	size_t i;

	record->kind = FSS_FOREIGN_UNREADABLE;
	for (i = 0; i < ARRAY_SIZE(fss_foreign_formats); i++) {
		const struct fss_foreign_format *format =
			&fss_foreign_formats[i];
		void *decoded = NULL;

		if (strstr(record->key, format->part) == NULL) {
			continue;
		}
		decoded = talloc_zero_size(mem_ctx, format->size);
		if (decoded != NULL &&
		    ndr_pull_struct_blob_all(&blob, decoded, decoded,
					     format->pull) ==
			    NDR_ERR_SUCCESS) {
			format->fill(decoded, record);
		}
		return;
	}
}

struct fss_foreign_each_state {
	fss_foreign_fn fn;
	void *arg;
};

static int fss_foreign_each_record(struct db_record *rec, void *private_data)
{
	struct fss_foreign_each_state *state = private_data;
	struct fss_foreign_record record = { 0 };
	TDB_DATA key = dbwrap_record_get_key(rec);
	TALLOC_CTX *frame = NULL;

	if (key.dsize == 0 || key.dptr[key.dsize - 1] != '\0' ||
	    !strnequal((const char *)key.dptr, FSS_FOREIGN_KEY_SET,
		       strlen(FSS_FOREIGN_KEY_SET))) {
		return 0;
	}
	frame = talloc_stackframe();
	record.key = (const char *)key.dptr;
	fss_foreign_decode(frame, dbwrap_record_get_value(rec), &record);
	state->fn(state->arg, &record);
	TALLOC_FREE(frame);
	return 0;
}

/* A format that this was not built for is not to be guessed at. */
static int fss_foreign_check_version(struct db_context *db)
{
	int32_t version = 0;
	NTSTATUS status;

	status = dbwrap_fetch_int32_bystring(db, FSS_FOREIGN_KEY_VERSION,
					     &version);
	if (NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
		/* It is emptied before it is written. */
		return 0;
	}
	if (!NT_STATUS_IS_OK(status)) {
		return EIO;
	}
	return version == FSRVP_STATE_DB_VERSION ? 0 : EPROTONOSUPPORT;
}

int fss_foreign_each(void *host, fss_foreign_fn fn, void *arg)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct fss_foreign_each_state state = { .fn = fn, .arg = arg };
	struct db_context *db = NULL;
	int err;

	(void)host;
	err = fss_foreign_open(frame, true, &db);
	if (err == 0 && db != NULL) {
		err = fss_foreign_check_version(db);
	}
	if (err == 0 && db != NULL) {
		NTSTATUS status = dbwrap_traverse_read(
			db, fss_foreign_each_record, &state, NULL);
		err = NT_STATUS_IS_OK(status) ? 0 : EIO;
	}
	TALLOC_FREE(frame);
	return err;
}

static int fss_foreign_erase_all(struct db_context *db,
				 const char *const *keys, size_t count)
{
	size_t i;

	if (dbwrap_transaction_start(db) != 0) {
		return EIO;
	}
	for (i = 0; i < count; i++) {
		NTSTATUS status = dbwrap_delete_bystring(db, keys[i]);

		if (!NT_STATUS_IS_OK(status) &&
		    !NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
			(void)dbwrap_transaction_cancel(db);
			return map_errno_from_nt_status(status);
		}
	}
	return dbwrap_transaction_commit(db) == 0 ? 0 : EIO;
}

int fss_foreign_erase(void *host, const char *const *keys, size_t count)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct db_context *db = NULL;
	int err;

	(void)host;
	err = fss_foreign_open(frame, false, &db);
	if (err == 0 && db != NULL) {
		err = fss_foreign_erase_all(db, keys, count);
	}
	TALLOC_FREE(frame);
	return err;
}
