/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state store: a persistent database in the state directory, because sets
 * survive a restart of the machine. In a cluster dbwrap gives it to ctdb.
 */
#include "includes.h"
#include "system/filesys.h"
#include "dbwrap/dbwrap.h"
#include "dbwrap/dbwrap_open.h"
#include "util_tdb.h"
#include "host_private.h"
#include <tdb.h>

#define FSS_STORE_NAME "fss.tdb"

#define FSS_STORE_LOCK_NAME "fss.lock"

int fss_tdb_check(const char *path)
{
	struct stat st = {0};
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
			"by hand\n", path);
	} else if (err != 0) {
		DBG_ERR("cannot open the state store %s: %s\n", path,
			strerror(err));
	}
	return err;
}

static struct db_context *fss_store(struct fss_host *host)
{
	char *path = NULL;
	int unsound;

	if (host->store != NULL) {
		return host->store;
	}
	path = state_path(talloc_tos(), FSS_STORE_NAME);
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
	host->store = db_open(host, path, 0, TDB_DEFAULT, O_RDWR | O_CREAT,
			      0600, DBWRAP_LOCK_ORDER_1, DBWRAP_FLAG_NONE);
	if (host->store == NULL) {
		int err = errno;
		DBG_ERR("cannot open the state store %s: %s\n", path,
			strerror(err));
		errno = err != 0 ? err : EIO;
	}
	TALLOC_FREE(path);
	return host->store;
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

int fss_store_begin(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host);

	if (store == NULL) {
		return errno;
	}
	return dbwrap_transaction_start(store) == 0 ? 0 : EIO;
}

int fss_store_commit(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	if (host->store == NULL) {
		return EINVAL;
	}
	return dbwrap_transaction_commit(host->store) == 0 ? 0 : EIO;
}

void fss_store_cancel(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	if (host->store != NULL) {
		(void)dbwrap_transaction_cancel(host->store);
	}
}

int fss_store_fetch(void *_host, const char *key, fss_value_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host);
	TDB_DATA value = {0};
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

int fss_store_put(void *_host, const char *key, const void *data, size_t size)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host);

	if (store == NULL) {
		return errno;
	}
	return fss_store_errno(dbwrap_store_bystring(
		store, key,
		make_tdb_data(discard_const_p(uint8_t, data), size),
		TDB_REPLACE));
}

int fss_store_erase(void *_host, const char *key)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host);
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

int fss_store_each(void *_host, fss_record_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct db_context *store = fss_store(host);
	struct fss_store_each_state state = { .fn = fn, .arg = arg };

	if (store == NULL) {
		return errno;
	}
	return fss_store_errno(dbwrap_traverse_read(
		store, fss_store_each_record, &state, NULL));
}
