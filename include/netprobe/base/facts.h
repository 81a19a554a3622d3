/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_FACTS_H
#define NETPROBE_BASE_FACTS_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a reader of some protocol has found, by the index of a constant table that its protocol has.
 * All are outside bytes: any value, bounded in number and size, never terminated by their content.
 */
enum fact_kind { FACT_TEXT, FACT_LIST, FACT_NUMBER, FACT_FLAG };

struct fact_def {
	const char *name; /* key in the protocol's object of a record */
	enum fact_kind kind;
};

enum {
	FACTS_MAX = 24,            /* in a table */
	FACTS_ITEMS_MAX = 256,     /* in a list */
	FACTS_BYTES_MAX = 1 << 16, /* in all texts and lists together */
};

struct fact {
	bool set;
	uint64_t number;    /* FACT_NUMBER; FACT_FLAG: 0 or 1 */
	struct strbuf text; /* FACT_TEXT; FACT_LIST: the items' bytes, one after another */
	uint32_t *ends;     /* FACT_LIST: where each item ends in `text` */
	size_t count;       /* FACT_LIST: items */
};

struct facts {
	const struct fact_def *defs;
	struct fact *items; /* as many as the table has; NULL until the first is set */
	size_t count;
	size_t bytes;   /* in use */
	bool truncated; /* something did not fit */
};

void facts_init(struct facts *f, const struct fact_def *defs, size_t count);
void facts_release(struct facts *f); /* leaves what facts_init() gives, without a table */

void facts_number(struct facts *f, size_t index, uint64_t value);
void facts_flag(struct facts *f, size_t index, bool value);
/* Sets a text, in the place of what stood there; facts_append() adds to it. What does not fit is
 * cut, an item left out, and `truncated` set. The bytes may not be the fact's own. */
void facts_text(struct facts *f, size_t index, const void *bytes, size_t len);
void facts_puts(struct facts *f, size_t index, const char *text); /* facts_text() up to the NUL */
void facts_append(struct facts *f, size_t index, const void *bytes, size_t len);
void facts_item(struct facts *f, size_t index, const void *bytes, size_t len);
void facts_clear(struct facts *f, size_t index); /* unset, a list empty */

/* The fact, NULL where it is not set. */
const struct fact *facts_get(const struct facts *f, size_t index);
/* Item of a list; i < count. *len its bytes. */
const char *fact_item(const struct fact *fact, size_t i, size_t *len);

#endif
