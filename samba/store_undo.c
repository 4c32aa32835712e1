/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process leaves that dies while it prepares the commit of a transaction
 * in which the database grows: an area for recovery beyond the old end, not
 * marked as valid yet, with nothing changed before that. tdb goes on with such a
 * file, but tdb_check() takes the gap in front of the area for damage.
 */
#include "includes.h"
#include "system/filesys.h"
#include "host_private.h"

/* Offsets and sizes in a tdb file, whose words are of 32 bits in the machine's
 * own byte order. */
enum {
	FSS_TDB_HASH_SIZE = 36,
	FSS_TDB_RECOVERY_START = 44,
	FSS_TDB_HEADER = 168,
	/* of a record; that for recovery has the file's old size as its key's */
	FSS_TDB_RECORD_LENGTH = 4,
	FSS_TDB_KEY_LENGTH = 8,
	FSS_TDB_MAGIC = 20,
	FSS_TDB_RECORD = 24,
};

static size_t fss_tdb_word(const char *file, size_t offset)
{
	uint32_t word;

	memcpy(&word, file + offset, sizeof(word));
	return word;
}

static size_t fss_tdb_first_record(const char *file)
{
	/* a chain for each hash, and the list of what is free */
	return FSS_TDB_HEADER +
	       (fss_tdb_word(file, FSS_TDB_HASH_SIZE) + 1) * sizeof(uint32_t);
}

/* The file's size before the transaction that was not committed; 0: there is
 * none. */
static size_t fss_tdb_old_size(const char *file, size_t size)
{
	size_t area, old;

	if (size < FSS_TDB_HEADER) {
		return 0;
	}
	area = fss_tdb_word(file, FSS_TDB_RECOVERY_START);
	if (area == 0 || area + FSS_TDB_RECORD > size ||
	    fss_tdb_word(file, area + FSS_TDB_MAGIC) != 0) {
		return 0;
	}
	old = fss_tdb_word(file, area + FSS_TDB_KEY_LENGTH);
	return old < area && old >= fss_tdb_first_record(file) ? old : 0;
}

/* Where the area for recovery was before; 0: there was none. */
static size_t fss_tdb_old_area(const char *file, size_t size)
{
	size_t record = fss_tdb_first_record(file);

	while (record + FSS_TDB_RECORD <= size) {
		size_t length = fss_tdb_word(file,
					     record + FSS_TDB_RECORD_LENGTH);

		if (length != 0 &&
		    fss_tdb_word(file, record + FSS_TDB_MAGIC) == 0) {
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
		uint32_t area = fss_tdb_old_area(file, old);

		memcpy(file + FSS_TDB_RECOVERY_START, &area, sizeof(area));
		done = fss_save(mended, file, old) &&
		       fss_tdb_check(mended) == 0 &&
		       rename(mended, path) == 0;
		if (!done) {
			unlink(mended);
		}
	}
	if (done) {
		DBG_WARNING("%s: a commit that a process died in has been "
			    "undone\n", path);
	}
	TALLOC_FREE(frame);
	return done;
}
