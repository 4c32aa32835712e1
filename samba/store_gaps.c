/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Room in a tdb file that nothing leads to: tdb notes the place of a new area for
 * recovery before its transaction is committed. Where that fails, the area before
 * it is neither that, nor free, and what is left in it is damage to tdb_check().
 */
#include "includes.h"
#include "host_private.h"
#include "tdb_file.h"

/* What a file grows with, as a word. */
static const uint32_t FSS_TDB_FILL = 0x42424242;

struct fss_tdb_span {
	size_t begin;
	size_t end;
};

struct fss_tdb_spans {
	const char *file;
	size_t size;
	struct fss_tdb_span *list;
	size_t count;
};

/* Notes a record; false: it is not in the file, or there is no memory. */
static bool fss_note_record(struct fss_tdb_spans *spans, size_t record)
{
	struct fss_tdb_span *longer = NULL;
	size_t length;

	if (record + FSS_TDB_RECORD > spans->size) {
		return false;
	}
	length = fss_tdb_word(spans->file, record + FSS_TDB_RECORD_LENGTH);
	if (length > spans->size - record - FSS_TDB_RECORD) {
		return false;
	}
	longer = talloc_realloc(spans, spans->list, struct fss_tdb_span,
				spans->count + 1);
	if (longer == NULL) {
		return false;
	}
	longer[spans->count++] = (struct fss_tdb_span){
		.begin = record,
		.end = record + FSS_TDB_RECORD + length,
	};
	spans->list = longer;
	return true;
}

/* All records that a list leads to. */
static bool fss_note_list(struct fss_tdb_spans *spans, size_t head)
{
	uint32_t record = fss_tdb_word(spans->file, head);

	while (record != 0) {
		/* A circle would have more than there is room for. */
		if (spans->count > spans->size / FSS_TDB_RECORD ||
		    !fss_note_record(spans, record) ||
		    !fss_tdb_is_listed(spans->file, record)) {
			return false;
		}
		record = fss_tdb_word(spans->file, record);
	}
	return true;
}

static bool fss_note_all(struct fss_tdb_spans *spans, size_t first)
{
	uint32_t area = fss_tdb_word(spans->file, FSS_TDB_RECOVERY_START);
	size_t head;

	for (head = FSS_TDB_FREE_LIST; head < first; head += sizeof(area)) {
		if (!fss_note_list(spans, head)) {
			return false;
		}
	}
	return area == 0 || fss_note_record(spans, area);
}

static int fss_span_compare(const struct fss_tdb_span *one,
			    const struct fss_tdb_span *other)
{
	return one->begin < other->begin ? -1 : one->begin > other->begin;
}

/* Makes a gap a free record. One that begins with a record in use has lost it,
 * and is damage indeed. */
static bool fss_free_gap(char *file, size_t begin, size_t end)
{
	size_t length = end - begin;
	uint32_t magic;

	if (length < FSS_TDB_RECORD + sizeof(uint32_t)) {
		return false;
	}
	magic = fss_tdb_word(file, begin + FSS_TDB_MAGIC);
	if (magic != 0 && magic != FSS_TDB_FILL && magic != FSS_TDB_RECOVERY) {
		return false;
	}
	memset(file + begin, 0, length);
	fss_tdb_put_word(file, begin, fss_tdb_word(file, FSS_TDB_FREE_LIST));
	fss_tdb_put_word(file, begin + FSS_TDB_RECORD_LENGTH,
			 length - FSS_TDB_RECORD);
	fss_tdb_put_word(file, begin + FSS_TDB_MAGIC, FSS_TDB_FREE);
	/* by which the record behind it finds it */
	fss_tdb_put_word(file, end - sizeof(uint32_t), length);
	fss_tdb_put_word(file, FSS_TDB_FREE_LIST, begin);
	return true;
}

bool fss_tdb_free_gaps(TALLOC_CTX *mem_ctx, char *file, size_t size)
{
	struct fss_tdb_spans *spans = talloc_zero(mem_ctx,
						  struct fss_tdb_spans);
	size_t at, i;

	if (spans == NULL || size < FSS_TDB_FREE_LIST) {
		return false;
	}
	at = fss_tdb_first_record(file);
	spans->file = file;
	spans->size = size;
	if (at > size || !fss_note_all(spans, at)) {
		return false;
	}
	TYPESAFE_QSORT(spans->list, spans->count, fss_span_compare);
	for (i = 0; i <= spans->count; i++) {
		size_t begin = i < spans->count ? spans->list[i].begin : size;

		if (begin < at || (begin > at &&
				   !fss_free_gap(file, at, begin))) {
			return false;
		}
		at = i < spans->count ? spans->list[i].end : size;
	}
	return true;
}
