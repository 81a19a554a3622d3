/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_EXCLUDE_H
#define NETPROBE_NET_EXCLUDE_H

#include "netprobe/net/range.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Addresses and names to be left out. Additions are only collected; exclude_settle() sorts and
 * merges them and must come before the next question. Zero-initialised is empty. A block with a
 * zone excludes addresses of that zone or of none, a block without one excludes those of every
 * zone.
 */
struct exclude {
	struct block_set *sets; /* one for each family and zone */
	size_t set_count;
	char **names;
	size_t name_count, name_cap;
	bool names_settled;
};

void exclude_release(struct exclude *e);
void exclude_add(struct exclude *e, const struct range *r);
void exclude_add_name(struct exclude *e, const char *name);
void exclude_settle(struct exclude *e);

/* Moves *ip to the first address from *ip to `last` that is not excluded; false if there is none.
 * Family and zone are those of `a`. */
bool exclude_skip(const struct exclude *e, const struct addr *a, u128 last, u128 *ip);

/* The last address of the stretch without exclusions that begins at `ip`, which is not excluded
 * itself. */
u128 exclude_free_until(const struct exclude *e, const struct addr *a, u128 ip, u128 last);

bool exclude_has(const struct exclude *e, const struct addr *a);

/* Without regard to case and to a final dot. */
bool exclude_has_name(const struct exclude *e, const char *name);

#endif
