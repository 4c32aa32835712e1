/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is left of a transaction in which the database grows, where the process
 * dies or the file system fails while its commit is prepared: beyond the old end
 * room and an area for recovery, not marked as valid yet or not written at all,
 * with nothing changed before that but where the area is. tdb_check() takes it
 * for damage.
 */
#include "includes.h"
#include "system/filesys.h"
#include "compat/files.h"
#include "host_private.h"
#include "tdb_file.h"

/* Where the records end, of any kind that tdb has. */
static size_t fss_tdb_records_end(const char *file, size_t size)
{
	size_t record = fss_tdb_first_record(file);

	while (record + FSS_TDB_RECORD <= size) {
		size_t length = fss_tdb_word(file,
					     record + FSS_TDB_RECORD_LENGTH);
		size_t magic = fss_tdb_word(file, record + FSS_TDB_MAGIC);
		bool known = fss_tdb_is_listed(file, record) ||
			     magic == FSS_TDB_RECOVERY ||
			     (magic == 0 && length != 0);

		if (!known || length > size - record - FSS_TDB_RECORD) {
			break;
		}
		record += FSS_TDB_RECORD + length;
	}
	return record;
}

/* Whether there is nothing but what tdb lets a file grow with, or what a file
 * system has for that which never came to the disk. */
static bool fss_tdb_is_blank(const char *file, size_t from, size_t size)
{
	size_t i;

	for (i = from; i < size; i++) {
		if (file[i] != 0 && file[i] != FSS_TDB_PAD) {
			return false;
		}
	}
	return true;
}

/* The same where the area for recovery was not written. */
static size_t fss_tdb_size_without_room(const char *file, size_t size)
{
	size_t end = fss_tdb_records_end(file, size);

	return end <= size && fss_tdb_is_blank(file, end, size) ? end : 0;
}

/* The file's size before the transaction that was not committed, by what the
 * area for recovery says; 0: that says nothing. */
static size_t fss_tdb_noted_size(const char *file, size_t size)
{
	size_t area, old;

	area = fss_tdb_word(file, FSS_TDB_RECOVERY_START);
	if (area == 0 || area + FSS_TDB_RECORD > size ||
	    fss_tdb_word(file, area + FSS_TDB_MAGIC) != 0) {
		return 0;
	}
	old = fss_tdb_word(file, area + FSS_TDB_KEY_LENGTH);
	return old < area && old >= fss_tdb_first_record(file) ? old : 0;
}

static size_t fss_tdb_old_size(const char *file, size_t size)
{
	size_t old;

	if (size < FSS_TDB_HEADER || fss_tdb_first_record(file) > size) {
		return 0;
	}
	old = fss_tdb_noted_size(file, size);
	return old != 0 ? old : fss_tdb_size_without_room(file, size);
}

/* Where the area for recovery was before; 0: there was none. */
static size_t fss_tdb_old_area(const char *file, size_t size)
{
	size_t record = fss_tdb_first_record(file);

	while (record + FSS_TDB_RECORD <= size) {
		size_t length = fss_tdb_word(file,
					     record + FSS_TDB_RECORD_LENGTH);

		size_t magic = fss_tdb_word(file, record + FSS_TDB_MAGIC);

		/* A valid one is of a commit before, to be undone by tdb. */
		if (magic == FSS_TDB_RECOVERY || (magic == 0 && length != 0)) {
			return record;
		}
		record += FSS_TDB_RECORD + length;
	}
	return 0;
}

static bool fss_save(const char *path, const char *data, size_t size)
{
	bool saved = file_save_mode(path, data, size, 0600);
	int fd = saved ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd == -1) {
		return false;
	}
	saved = fsync(fd) == 0;
	close(fd);
	return saved;
}

/* Puts a file's image in the place of the file, if it is sound. */
static bool fss_replace(const char *path, const char *mended,
			const char *image, size_t size)
{
	if (fss_save(mended, image, size) && fss_tdb_check(mended) == 0 &&
	    rename(mended, path) == 0) {
		return true;
	}
	unlink(mended);
	return false;
}

/*
 * Brings a file that tdb_check() refuses to what it was before such a
 * transaction, where that is sound. To be called while nobody has it open.
 */
bool fss_tdb_undo_commit(const char *path)
{
	TALLOC_CTX *frame = talloc_stackframe();
	char *mended = talloc_asprintf(frame, "%s.mended", path);
	size_t size = 0;
	char *file = file_load(path, &size, 0, frame);
	size_t old = file != NULL ? fss_tdb_old_size(file, size) : 0;
	bool done = false;

	if (mended != NULL && old != 0) {
		uint32_t area = fss_tdb_word(file, FSS_TDB_RECOVERY_START);

		fss_tdb_put_word(file, FSS_TDB_RECOVERY_START,
				 fss_tdb_old_area(file, old));
		done = fss_replace(path, mended, file, old);
		fss_tdb_put_word(file, FSS_TDB_RECOVERY_START, area);
	}
	if (mended != NULL && file != NULL && !done &&
	    fss_tdb_free_gaps(frame, file, size)) {
		done = fss_replace(path, mended, file, size);
	}
	if (done) {
		DBG_WARNING("%s: a commit that did not end has been undone\n",
			    path);
	}
	TALLOC_FREE(frame);
	return done;
}
