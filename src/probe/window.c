/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/window.h"

void window_reset(struct window *w)
{
	w->host_count = w->pairs = w->next = 0;
}

bool window_is_full(const struct window *w)
{
	return w->host_count == WINDOW_HOSTS || w->pairs >= WINDOW_CELLS;
}

void window_add(struct window *w, struct host *h)
{
	w->hosts[w->host_count] = h;
	w->first[w->host_count++] = w->pairs;
	w->pairs += h->count;
}

void window_start(struct window *w, bool sequential, uint64_t seed)
{
	w->sequential = sequential;
	permute_init(&w->order, w->pairs ? w->pairs : 1, seed);
}

static uint32_t host_of_pair(const struct window *w, uint32_t pair)
{
	uint32_t low = 0, high = w->host_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (w->first[middle] <= pair)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool window_next(struct window *w, struct host **host, uint32_t *cell)
{
	uint32_t pair, index;

	if (w->next == w->pairs)
		return false;
	pair = w->sequential ? w->next : (uint32_t)permute_at(&w->order, w->next);
	w->next++;
	index = host_of_pair(w, pair);
	*host = w->hosts[index];
	*cell = pair - w->first[index];
	return true;
}
