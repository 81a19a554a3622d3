/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_RECORD_H
#define NETPROBE_OUTPUT_RECORD_H

#include "netprobe/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The result record: a schema that a command declares once, as constant data, and values that are
 * set by field index. Formats (table, JSON) take it from there; the command never formats anything.
 */
enum field_kind {
	FIELD_TEXT, /* any bytes; escaped by the formats */
	FIELD_UINT,
	FIELD_REAL, /* double */
	FIELD_MS,   /* nsec_t, shown as milliseconds with microseconds kept; name ends in _ms */
	FIELD_BOOL,
	FIELD_TIME,    /* wall-clock nsec_t, shown as RFC 3339 */
	FIELD_RECORD,  /* a nested record of schema `sub` */
	FIELD_LIST,    /* array of strings: any bytes, escaped like FIELD_TEXT */
	FIELD_RECORDS, /* array of nested records of schema `sub`; tables do not show it */
	FIELD_UINTS,   /* array of numbers; tables do not show it */
	FIELD_COUNTS,  /* name -> number, in the order given */
};

struct schema;

struct field {
	const char *name;  /* JSON key: fixed by the contract */
	const char *title; /* table heading; NULL keeps the field out of tables */
	const struct schema *sub;
	enum field_kind kind;
	bool right;      /* right-aligned in tables */
	bool optional;   /* absent from JSON when unset, instead of null */
	bool cut_middle; /* where the column gives way: keeps both ends of a text */
	uint8_t give; /* how soon the column gives way to the terminal's edge, the largest first, in
			 equal parts where it is the same. 0: not at all, but for the last column of
			 words where none gives way */
	uint8_t least; /* columns that it takes at least where there is room: rows that come later
			  may be wider than the first */
	uint8_t keep;  /* columns that it does not give away; 0: those that say something of any
			   text. KEEP_WHOLE: it is left out, or not cut */
	uint8_t keep_while; /* columns that it does not give away while another column can be left
			       out instead */
};

/* A column that is rather left out than lets lines wrap: the one that gives most, and of equals the
 * last, goes first. */
#define GIVE_AWAY      UINT8_MAX
#define GIVE_AWAY_LAST 128
#define KEEP_WHOLE     UINT8_MAX

struct schema {
	const char *type; /* JSON "type" of a top-level record; NULL for nested ones */
	const struct field *fields;
	size_t count;
};

struct count {
	const char *name;
	uint64_t value;
};

struct record;

/* One value; which member counts is said by the field's kind. Unset means null. */
struct value {
	bool set;
	union {
		struct {
			const char *bytes;
			size_t len;
			bool escaped; /* by text_escape() or text_quote(), in parts */
		} text;
		uint64_t uint;
		double real;
		nsec_t ns;
		bool flag;
		const struct record *record;
		struct {
			const struct record *items;
			size_t count;
		} records;
		struct {
			const uint64_t *items;
			size_t count;
		} uints;
		struct {
			const char *const *items;
			const size_t *lens; /* NULL: the items end in NUL */
			size_t count;
		} list;
		struct {
			const struct count *items;
			size_t count;
		} counts;
	};
};

enum { RECORD_FIELDS_MAX = 32 };

/* Lives on the caller's stack; borrows every pointer it is given until the record was written. */
struct record {
	const struct schema *schema;
	struct value values[RECORD_FIELDS_MAX];
};

void record_init(struct record *r, const struct schema *schema);    /* all unset */
void record_text(struct record *r, size_t field, const char *text); /* NULL leaves it unset */
void record_bytes(struct record *r, size_t field, const void *bytes, size_t len);
/* Already as text_escape() makes it, and not escaped again. */
void record_escaped(struct record *r, size_t field, const char *text, size_t len);
void record_uint(struct record *r, size_t field, uint64_t value);
void record_real(struct record *r, size_t field, double value);
void record_ns(struct record *r, size_t field, nsec_t value); /* FIELD_MS and FIELD_TIME */
void record_bool(struct record *r, size_t field, bool value);
void record_record(struct record *r, size_t field, const struct record *sub);
void record_records(struct record *r, size_t field, const struct record *items, size_t count);
void record_uints(struct record *r, size_t field, const uint64_t *items, size_t count);
void record_list(struct record *r, size_t field, const char *const *items, size_t count);
/* The same for items that may hold NUL bytes. */
void record_list_bytes(
	struct record *r, size_t field, const char *const *items, const size_t *lens, size_t count);
void record_counts(struct record *r, size_t field, const struct count *items, size_t count);

#endif
