/* SPDX-License-Identifier: MIT */
#ifndef CMD_FACTS_RECORD_H
#define CMD_FACTS_RECORD_H

#include "netprobe/base/facts.h"
#include "netprobe/output/record.h"

/* The object of what a protocol has to tell: its schema is made of the table of facts. Borrows the
 * facts; has to last until the record that it stands in was written. */
struct facts_record {
	struct field fields[FACTS_MAX + 1];
	struct schema schema;
	struct record record;
	const char **items; /* of all lists, one behind the other */
	size_t *lens;
};

/* `protocol` becomes its first field; NULL: none. False where there is nothing to tell. To be
 * released in either case. */
bool facts_record_begin(struct facts_record *t, const char *protocol, const struct facts *f);
void facts_record_release(struct facts_record *t); /* zeroed is fine */

#endif
