/* SPDX-License-Identifier: MIT */
#include "exclude.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct block {
	u128 first, last;
};

/* blocks[0..settled) are sorted and neither overlap nor touch; what was added since stands behind
 * them. */
struct block_set {
	uint8_t family;
	uint32_t scope;
	struct block *blocks;
	size_t count, settled, cap;
};

void exclude_release(struct exclude *e)
{
	for (size_t i = 0; i < e->set_count; i++)
		free(e->sets[i].blocks);
	for (size_t i = 0; i < e->name_count; i++)
		free(e->names[i]);
	free(e->sets);
	free(e->names);
	*e = (struct exclude){0};
}

static struct block_set *set_for(struct exclude *e, const struct addr *a)
{
	struct block_set *set;

	for (size_t i = 0; i < e->set_count; i++)
		if (e->sets[i].family == a->family && e->sets[i].scope == a->scope)
			return &e->sets[i];
	e->sets = mem_resize(e->sets, e->set_count + 1, sizeof *e->sets);
	set = &e->sets[e->set_count++];
	*set = (struct block_set){.family = a->family, .scope = a->scope};
	return set;
}

void exclude_add(struct exclude *e, const struct range *r)
{
	struct block_set *set = set_for(e, &r->first);

	if (set->count == set->cap) {
		set->cap = set->cap ? set->cap * 2 : 8;
		set->blocks = mem_resize(set->blocks, set->cap, sizeof *set->blocks);
	}
	set->blocks[set->count++] = (struct block){addr_number(&r->first), r->last};
}

static int compare_blocks(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Appends `b`, which starts no earlier than what is there, to merged blocks. Returns their number.
 */
static size_t append_merged(struct block *blocks, size_t count, struct block b)
{
	struct block *end = count ? &blocks[count - 1] : NULL;

	if (!end || (end->last != U128_MAX && end->last + 1 < b.first)) {
		blocks[count] = b;
		return count + 1;
	}
	if (b.last > end->last)
		end->last = b.last;
	return count;
}

static void settle_set(struct block_set *set)
{
	struct block *old = set->blocks, *merged;
	size_t left = 0, right = set->settled, count = 0;

	if (set->settled == set->count)
		return;
	qsort(old + right, set->count - right, sizeof *old, compare_blocks);
	merged = mem_alloc(set->cap, sizeof *merged);
	while (left < set->settled || right < set->count) {
		bool from_left = right == set->count ||
				 (left < set->settled && old[left].first <= old[right].first);

		count = append_merged(merged, count, from_left ? old[left++] : old[right++]);
	}
	free(old);
	set->blocks = merged;
	set->count = set->settled = count;
}

/* The first block that ends at or behind `ip`, or NULL. */
static const struct block *block_from(const struct block_set *set, u128 ip)
{
	size_t low = 0, high = set->settled;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->blocks[middle].last < ip)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->settled ? &set->blocks[low] : NULL;
}

static bool set_covers(const struct block_set *set, const struct addr *a)
{
	return set->family == a->family &&
	       (set->scope == 0 || a->scope == 0 || set->scope == a->scope);
}

/* Of all sets that cover `a`, the block that begins first among those that end at or behind `ip`.
 */
static const struct block *next_block(const struct exclude *e, const struct addr *a, u128 ip)
{
	const struct block *found = NULL;

	for (size_t i = 0; i < e->set_count; i++) {
		const struct block *b =
			set_covers(&e->sets[i], a) ? block_from(&e->sets[i], ip) : NULL;

		if (b && (!found || b->first < found->first))
			found = b;
	}
	return found;
}

bool exclude_skip(const struct exclude *e, const struct addr *a, u128 last, u128 *ip)
{
	const struct block *b;

	while ((b = next_block(e, a, *ip)) && b->first <= *ip) {
		if (b->last >= last)
			return false;
		*ip = b->last + 1;
	}
	return true;
}

u128 exclude_free_until(const struct exclude *e, const struct addr *a, u128 ip, u128 last)
{
	const struct block *b = next_block(e, a, ip);

	return b && b->first <= last ? b->first - 1 : last;
}

bool exclude_has(const struct exclude *e, const struct addr *a)
{
	const struct block *b = next_block(e, a, addr_number(a));

	return b && b->first <= addr_number(a);
}

void exclude_add_name(struct exclude *e, const char *name)
{
	if (e->name_count == e->name_cap) {
		e->name_cap = e->name_cap ? e->name_cap * 2 : 8;
		e->names = mem_resize(e->names, e->name_cap, sizeof *e->names);
	}
	e->names[e->name_count++] = mem_strdup(name);
	e->names_settled = false;
}

static size_t name_len(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static int compare_names(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t xlen = name_len(x), ylen = name_len(y);
	int order = strncasecmp(x, y, xlen < ylen ? xlen : ylen);

	return order ? order : (xlen > ylen) - (xlen < ylen);
}

bool exclude_has_name(const struct exclude *e, const char *name)
{
	return e->name_count > 0 &&
	       bsearch(&name, e->names, e->name_count, sizeof *e->names, compare_names);
}

void exclude_settle(struct exclude *e)
{
	for (size_t i = 0; i < e->set_count; i++)
		settle_set(&e->sets[i]);
	if (!e->names_settled && e->name_count > 0)
		qsort(e->names, e->name_count, sizeof *e->names, compare_names);
	e->names_settled = true;
}
