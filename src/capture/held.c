/* SPDX-License-Identifier: MIT */
#include "held.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64 };

void held_release(struct held *h)
{
	free(h->heap);
	*h = (struct held){0};
}

void held_put(struct held *h, struct tracked *f)
{
	size_t at = h->count;

	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : ROOM_FIRST;
		h->heap = mem_resize(h->heap, h->room, sizeof *h->heap);
	}
	for (h->count++; at > 0 && h->heap[(at - 1) / 2].id > f->flow.id; at = (at - 1) / 2)
		h->heap[at] = h->heap[(at - 1) / 2];
	h->heap[at] = (struct held_flow){f->flow.id, f};
}

uint64_t held_lowest(const struct held *h)
{
	return h->count ? h->heap[0].id : UINT64_MAX;
}

struct tracked *held_take(struct held *h)
{
	struct tracked *lowest = h->heap[0].flow;
	struct held_flow last = h->heap[--h->count];
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
		if (child + 1 < h->count && h->heap[child + 1].id < h->heap[child].id)
			child++;
		if (h->heap[child].id >= last.id)
			break;
		h->heap[at] = h->heap[child];
	}
	h->heap[at] = last;
	if (h->count > 0)
		flow_fetch(h->heap[0].flow);
	return lowest;
}
