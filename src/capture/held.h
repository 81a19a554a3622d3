/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HELD_H
#define CAPTURE_HELD_H

#include "flow_table.h"

/* Flows that are over and wait to be told, by id: a binary heap. Zeroed it is empty. */
struct held {
	struct held_flow {
		uint64_t id;
		struct tracked *flow;
	} * heap;
	size_t count, room;
};

void held_release(struct held *h);
void held_put(struct held *h, struct tracked *f);
uint64_t held_lowest(const struct held *h); /* its id; UINT64_MAX when empty */
struct tracked *held_take(struct held *h);  /* the one with the lowest id */

#endif
