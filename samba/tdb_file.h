/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tdb file as it is on the disk, of which libtdb tells nobody: its words are of
 * 32 bits in the machine's own byte order. Include after Samba's "includes.h".
 */
#ifndef FSS_TDB_FILE_H
#define FSS_TDB_FILE_H

/* Offsets and sizes. */
enum {
	FSS_TDB_HASH_SIZE = 36,
	FSS_TDB_RECOVERY_START = 44,
	FSS_TDB_HEADER = 168,
	FSS_TDB_FREE_LIST = FSS_TDB_HEADER,
	/* of a record: next, length, key's, data's, hash, mark; that for
	 * recovery has the file's old size as its key's */
	FSS_TDB_RECORD_LENGTH = 4,
	FSS_TDB_KEY_LENGTH = 8,
	FSS_TDB_MAGIC = 20,
	FSS_TDB_RECORD = 24,
	/* what a file grows with */
	FSS_TDB_PAD = 0x42,
};

/* Marks of records; an area for recovery that is not valid has none. */
static const uint32_t FSS_TDB_USED = 0x26011999;
static const uint32_t FSS_TDB_FREE = ~0x26011999U;
static const uint32_t FSS_TDB_DEAD = 0xFEE1DEAD;
static const uint32_t FSS_TDB_RECOVERY = 0xF53BC0E7;

static inline uint32_t fss_tdb_word(const char *file, size_t offset)
{
	uint32_t word;

	memcpy(&word, file + offset, sizeof(word));
	return word;
}

static inline void fss_tdb_put_word(char *file, size_t offset, uint32_t word)
{
	memcpy(file + offset, &word, sizeof(word));
}

/* Where records begin; the header must be there. */
static inline size_t fss_tdb_first_record(const char *file)
{
	size_t chains = fss_tdb_word(file, FSS_TDB_HASH_SIZE);

	/* a chain for each hash, and the list of what is free */
	return FSS_TDB_HEADER + (chains + 1) * sizeof(uint32_t);
}

/* Whether a record, or what may be one, is of those that are in a list. */
static inline bool fss_tdb_is_listed(const char *file, size_t record)
{
	uint32_t magic = fss_tdb_word(file, record + FSS_TDB_MAGIC);

	return magic == FSS_TDB_USED || magic == FSS_TDB_DEAD ||
	       magic == FSS_TDB_FREE;
}

#endif /* FSS_TDB_FILE_H */
