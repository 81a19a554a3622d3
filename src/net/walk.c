/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

struct run {
	u128 first; /* address */
	u128 rank;  /* how many free addresses come before it */
};

static void add_run(struct walk *w, size_t *cap, struct run run)
{
	if (w->run_count == *cap) {
		*cap = *cap ? *cap * 2 : 4;
		w->runs = mem_resize(w->runs, *cap, sizeof *w->runs);
	}
	w->runs[w->run_count++] = run;
}

static void find_runs(struct walk *w, const struct exclude *e)
{
	const struct addr *a = &w->range.first;
	u128 ip = addr_number(a), end = 0, rank = 0;
	size_t cap = 0;

	while (exclude_skip(e, a, w->range.last, &ip)) {
		end = exclude_free_until(e, a, ip, w->range.last);
		add_run(w, &cap, (struct run){ip, rank});
		w->last_rank = rank + (end - ip);
		rank = w->last_rank + 1;
		if (end == w->range.last)
			break;
		ip = end + 1;
	}
}

void walk_begin(struct walk *w, const struct range *r, const struct exclude *e, bool sequential,
	uint64_t seed)
{
	*w = (struct walk){.range = *r, .sequential = sequential, .more = true};
	if (sequential) {
		w->next = addr_number(&r->first);
		return;
	}
	find_runs(w, e);
	w->more = w->run_count > 0;
	/* ::/0 has one address more than u128 can say: rank_at() sees to the last of them */
	permute_init(&w->order, w->last_rank == U128_MAX ? U128_MAX : w->last_rank + 1, seed);
}

void walk_release(struct walk *w)
{
	free(w->runs);
	*w = (struct walk){0};
}

static u128 rank_at(const struct walk *w, u128 index)
{
	return index == U128_MAX ? index : permute_at(&w->order, index);
}

static u128 ip_of_rank(const struct walk *w, u128 rank)
{
	size_t low = 0, high = w->run_count; /* the run is in [low, high) */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (w->runs[middle].rank <= rank)
			low = middle;
		else
			high = middle;
	}
	return w->runs[low].first + (rank - w->runs[low].rank);
}

static bool next_shuffled(struct walk *w, const struct exclude *e, struct addr *out)
{
	while (w->more) {
		u128 index = w->next++;

		w->more = index != w->last_rank;
		addr_set_number(out, ip_of_rank(w, rank_at(w, index)));
		if (!exclude_has(e, out))
			return true;
	}
	return false;
}

static bool next_ascending(struct walk *w, const struct exclude *e, struct addr *out)
{
	w->more = w->more && exclude_skip(e, &w->range.first, w->range.last, &w->next);
	if (!w->more)
		return false;
	addr_set_number(out, w->next);
	w->more = w->next++ != w->range.last;
	return true;
}

bool walk_next(struct walk *w, const struct exclude *e, struct addr *out)
{
	*out = w->range.first;
	return w->sequential ? next_ascending(w, e, out) : next_shuffled(w, e, out);
}
