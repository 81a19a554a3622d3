/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_NDJSON_H
#define NETPROBE_OUTPUT_NDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Records that a run of ours wrote (output.h), read again: one JSON object a line. What was cut
 * short in the middle of its last line is told by ndjson_cut(); everything before it counts.
 */
struct ndjson;
struct ndjson_record; /* valid until the next is read */

/* NULL with errno; EISDIR for a folder. "-": standard input. */
struct ndjson *ndjson_open(const char *path);
void ndjson_close(struct ndjson *n); /* NULL is fine */

/*
 * 1: *out is the next record; 0: the end; ERR_SYNTAX: a line that is none, ERR_TOO_LONG: one of
 * more than NDJSON_LINE_MAX bytes (no more of it is read, since it may have no end, and the end
 * follows); ERR_CUT: the last line has no newline, whatever stands in it (the end follows); another
 * negative code: the file cannot be read. Empty lines are passed over.
 */
enum { NDJSON_LINE_MAX = 4 << 20 };

int ndjson_next(struct ndjson *n, const struct ndjson_record **out);
uint64_t ndjson_line(const struct ndjson *n); /* its number, from 1 */

/* The line that came last, record or not, without its newline, or the beginning of one that is too
 * long; ends in NUL; valid until the next is
 * read. */
const char *ndjson_raw(const struct ndjson *n, size_t *len);

/* At the end: whether the last line has no newline. *offset: how many bytes the lines take that
 * have one. */
bool ndjson_cut(const struct ndjson *n, uint64_t *offset);

/*
 * Of a record: NULL, false, 0 where the field is not there or of another kind. `field` may lead
 * into nested records: "counts.open". Texts may be escaped as the formats escape (base/text); one
 * that holds a NUL is none of ours, and not there.
 */
const char *ndjson_text(const struct ndjson_record *r, const char *field);
bool ndjson_uint(const struct ndjson_record *r, const char *field, uint64_t *out);
size_t ndjson_list(const struct ndjson_record *r, const char *field); /* items; 0: none */
const char *ndjson_item(
	const struct ndjson_record *r, const char *field, size_t i); /* NULL: no text */
bool ndjson_bool(const struct ndjson_record *r, const char *field, bool *out);
bool ndjson_nests(const struct ndjson_record *r, const char *field); /* it is a record itself */

#endif
