/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_WALK_H
#define NETPROBE_NET_WALK_H

#include "exclude.h"
#include "netprobe/net/range.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Visits every address of a range once that is not excluded, in ascending or in shuffled order.
 * Memory grows with the exclusions inside the range, never with its size. Zero-initialised has
 * nothing to visit.
 */
struct walk {
	struct range range;
	bool sequential, more;
	u128 next; /* ascending: an address; shuffled: an index of the order */
	struct run *
		runs; /* shuffled: the stretches that were free of exclusions when the walk began */
	size_t run_count;
	u128 last_rank; /* the free addresses count from 0 to here */
	struct permute order;
};

void walk_begin(struct walk *w, const struct range *r, const struct exclude *e, bool sequential,
	uint64_t seed);
void walk_release(struct walk *w);

/* True and the next address, false at the end. Exclusions made since walk_begin() count as well. */
bool walk_next(struct walk *w, const struct exclude *e, struct addr *out);

#endif
