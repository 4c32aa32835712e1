/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state stores. What survives a power failure is a persistent database in
 * the state directory. All else is in a database of this boot in the lock
 * directory, which does not wait for the disk. In a cluster dbwrap gives the
 * first to ctdb, and there is no other.
 */
#include "includes.h"
#include "system/filesys.h"
#include "dbwrap/dbwrap.h"
#include "dbwrap/dbwrap_open.h"
#include "util_tdb.h"
#include "host_private.h"
#include <glob.h>
#include <tdb.h>

#define FSS_STORE_NAME "fss.tdb"
#define FSS_STORE_LOCK_NAME "fss.lock"

int fss_tdb_check(const char *path)
{
	struct stat st = { 0 };
	struct tdb_context *tdb = NULL;
	int err = 0;

	/* In a cluster the file is ctdb's. An empty one never held anything. */
	if (lp_clustering() || stat(path, &st) != 0 || st.st_size == 0) {
		return 0;
	}
	tdb = tdb_open(path, 0, TDB_DEFAULT, O_RDWR, 0600);
	if (tdb == NULL) {
		return errno != 0 ? errno : EIO;
	}
	err = tdb_check(tdb, NULL, NULL) == 0 ? 0 : EIO;
	tdb_close(tdb);
	return err;
}

static bool fss_store_lock(int fd, int command, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int ret;

	do {
		ret = fcntl(fd, command, &lock);
	} while (ret != 0 && errno == EINTR);
	return ret == 0;
}

/*
 * Every process that has the store open holds a lock, so that one can see
 * whether it is the first. Others wait while the first one holds it alone.
 *
 * Returns a descriptor that holds the lock, or -1.
 */
static int fss_store_enter(bool *first)
{
	char *path = lock_path(talloc_tos(), FSS_STORE_LOCK_NAME);
	int fd;

	if (path == NULL) {
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	TALLOC_FREE(path);
	if (fd == -1) {
		return -1;
	}
	*first = fss_store_lock(fd, F_OFD_SETLK, F_WRLCK);
	if (*first) {
		return fd;
	}
	if (!fss_store_lock(fd, F_OFD_SETLKW, F_RDLCK)) {
		close(fd);
		return -1;
	}
	/* Alone all the same: the first one died before it was done. */
	*first = fss_store_lock(fd, F_OFD_SETLK, F_WRLCK);
	return fd;
}

/*
 * A file that is damaged would be made anew, or lose records, without a word.
 * It takes as long as there are records, so it is for the first process only:
 * what happens while others have it open, tdb's transactions take care of.
 * Returns 0 or an errno value.
 */
static int fss_store_check(struct fss_host *host, const char *path)
{
	bool first = true;
	int err = 0;

	if (lp_clustering()) {
		return 0;
	}
	host->store_lock = fss_store_enter(&first);
	if (first) {
		err = fss_tdb_check(path);
	}
	if (err == EIO && fss_tdb_undo_commit(path)) {
		err = 0;
	}
	if (host->store_lock != -1 && err != 0) {
		close(host->store_lock);
		host->store_lock = -1;
	} else if (host->store_lock != -1 && first) {
		(void)fss_store_lock(host->store_lock, F_OFD_SETLK, F_RDLCK);
	}
	if (err == EIO) {
		DBG_ERR("the state store %s is damaged; put a sound copy in "
			"its place, or move it away: then the snapshots and "
			"shares that it names stay, and have to be removed "
			"by hand\n",
			path);
	} else if (err != 0) {
		DBG_ERR("cannot open the state store %s: %s\n", path,
			strerror(err));
	}
	return err;
}

static struct db_context *fss_store_open(struct fss_host *host,
					 const char *path, int tdb_flags)
{
	struct db_context *db = NULL;

	db = db_open(host, path, 0, tdb_flags, O_RDWR | O_CREAT, 0600,
		     tdb_flags & TDB_NOSYNC ? DBWRAP_LOCK_ORDER_1
					    : DBWRAP_LOCK_ORDER_2,
		     DBWRAP_FLAG_NONE);
	if (db == NULL) {
		int err = errno;

		DBG_ERR("cannot open the state store %s: %s\n", path,
			strerror(err));
		errno = err != 0 ? err : EIO;
	}
	return db;
}

static struct db_context *fss_store_open_disk(struct fss_host *host)
{
	struct db_context *db = NULL;
	char *path = state_path(talloc_tos(), FSS_STORE_NAME);
	int unsound;

	if (path == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	unsound = fss_store_check(host, path);
	if (unsound != 0) {
		TALLOC_FREE(path);
		errno = unsound;
		return NULL;
	}
	db = fss_store_open(host, path, TDB_DEFAULT);
	TALLOC_FREE(path);
	return db;
}

/* boot: the kernel's id of a boot, or a pattern for any. */
static char *fss_store_working_path(TALLOC_CTX *mem_ctx, const char *boot)
{
	char *name = talloc_asprintf(mem_ctx, "fss-%s.tdb", boot);
	char *path = name != NULL ? lock_path(mem_ctx, name) : NULL;

	TALLOC_FREE(name);
	return path;
}

static void fss_store_remove_earlier(const char *current)
{
	char *pattern = fss_store_working_path(
		talloc_tos(), "*-*-*-*-*");
	glob_t found = { 0 };
	size_t i;

	if (pattern != NULL && glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++) {
			if (strcmp(found.gl_pathv[i], current) != 0) {
				unlink(found.gl_pathv[i]);
			}
		}
		globfree(&found);
	}
	TALLOC_FREE(pattern);
}

/* The file's name names the boot: one of an earlier boot may be damaged. */
static struct db_context *fss_store_open_working(struct fss_host *host)
{
	struct db_context *db = NULL;
	char *path = fss_store_working_path(talloc_tos(), fss_boot_id());

	if (path == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	fss_store_remove_earlier(path);
	db = fss_store_open(host, path, TDB_NOSYNC);
	TALLOC_FREE(path);
	return db;
}

static struct db_context *fss_store(struct fss_host *host,
				    enum fss_store store)
{
	if (host->stores[store] == NULL) {
		if (store == FSS_STORE_DISK) {
			host->stores[store] = fss_store_open_disk(host);
		} else {
			host->stores[store] = fss_store_open_working(host);
		}
	}
	return host->stores[store];
}

bool fss_store_is_single(void *host)
{
	(void)host;
	return lp_clustering();
}

static int fss_store_errno(NTSTATUS status)
{
	if (NT_STATUS_IS_OK(status)) {
		return 0;
	}
	if (NT_STATUS_EQUAL(status, NT_STATUS_NOT_FOUND)) {
		return ENOENT;
	}
	return map_errno_from_nt_status(status);
}

int fss_store_begin(void *_host, enum fss_store which)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host, which);

	if (store == NULL) {
		return errno;
	}
	return dbwrap_transaction_start(store) == 0 ? 0 : EIO;
}

int fss_store_commit(void *_host, enum fss_store which)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	if (host->stores[which] == NULL) {
		return EINVAL;
	}
	return dbwrap_transaction_commit(host->stores[which]) == 0 ? 0 : EIO;
}

void fss_store_cancel(void *_host, enum fss_store which)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	if (host->stores[which] != NULL) {
		(void)dbwrap_transaction_cancel(host->stores[which]);
	}
}

int fss_store_fetch(void *_host, enum fss_store which, const char *key, fss_value_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host, which);
	TDB_DATA value = { 0 };
	NTSTATUS status;

	if (store == NULL) {
		return errno;
	}
	status = dbwrap_fetch_bystring(store, host, key, &value);
	if (!NT_STATUS_IS_OK(status)) {
		return fss_store_errno(status);
	}
	fn(arg, value.dptr, value.dsize);
	TALLOC_FREE(value.dptr);
	return 0;
}

int fss_store_put(void *_host, enum fss_store which, const char *key, const void *data, size_t size)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host, which);

	if (store == NULL) {
		return errno;
	}
	return fss_store_errno(dbwrap_store_bystring(
		store, key,
		make_tdb_data(discard_const_p(uint8_t, data), size),
		TDB_REPLACE));
}

int fss_store_erase(void *_host, enum fss_store which, const char *key)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host, which);
	int err;

	if (store == NULL) {
		return errno;
	}
	err = fss_store_errno(dbwrap_delete_bystring(store, key));
	return err == ENOENT ? 0 : err;
}

struct fss_store_each_state {
	fss_record_fn fn;
	void *arg;
};

static int fss_store_each_record(struct db_record *rec, void *private_data)
{
	struct fss_store_each_state *state = private_data;
	TDB_DATA key = dbwrap_record_get_key(rec);
	TDB_DATA value = dbwrap_record_get_value(rec);

	/* Ours end in NUL; ctdb keeps records of its own beside them. */
	if (key.dsize == 0 || key.dptr[key.dsize - 1] != '\0') {
		return 0;
	}
	state->fn(state->arg, (const char *)key.dptr, value.dptr, value.dsize);
	return 0;
}

int fss_store_each(void *_host, enum fss_store which, fss_record_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host, which);
	struct fss_store_each_state state = { .fn = fn, .arg = arg };

	if (store == NULL) {
		return errno;
	}
	return fss_store_errno(dbwrap_traverse_read(
		store, fss_store_each_record, &state, NULL));
}
