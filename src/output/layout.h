/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_LAYOUT_H
#define NETPROBE_OUTPUT_LAYOUT_H

#include "netprobe/output/record.h"

/* Between two columns. */
enum { LAYOUT_GAP = 2 };

/* A column that would have to be narrower than its title, or than what it keeps, is left to wrap;
 * this is what it keeps where the schema does not say. */
enum { LAYOUT_LEAST = 8 };

/* Which columns a table shows, and how wide. */
struct layout {
	const struct schema *schema;
	uint32_t shown;                   /* a bit for each column */
	size_t widest[RECORD_FIELDS_MAX]; /* of the title and the cells */
	size_t width[RECORD_FIELDS_MAX];  /* as laid out */
	size_t cut[RECORD_FIELDS_MAX];    /* the widest that a cell may be */
};

/* Pure: lays the shown columns out for lines of `columns` (0: of any width). What gives way is cut
 * as the schema says; GIVE_AWAY columns may lose their bit. Where that is not enough nothing is
 * cut. */
void layout_fit(struct layout *l, unsigned columns);

#endif
