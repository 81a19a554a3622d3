/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * SEEN_LEAST };

/* Two halves: the younger one fills up, then the older one is emptied and takes over. */
struct seen {
	uint64_t seed;
	unsigned young, count;
	uint64_t slots[2][SLOTS]; /* open addressing; 0 is free */
};

struct seen *seen_new(void)
{
	struct seen *s = mem_alloc(1, sizeof *s);

	s->seed = rng_seed();
	return s;
}

void seen_free(struct seen *s)
{
	free(s);
}

void seen_clear(struct seen *s)
{
	memset(s->slots, 0, sizeof s->slots);
	s->count = 0;
}

/* Where it stands, or where it would. A half is never more than half full. */
static uint64_t *find(uint64_t *slots, uint64_t hash)
{
	size_t at = hash % SLOTS;

	while (slots[at] != 0 && slots[at] != hash)
		at = (at + 1) % SLOTS;
	return &slots[at];
}

static void turn(struct seen *s)
{
	s->young = !s->young;
	s->count = 0;
	memset(s->slots[s->young], 0, sizeof s->slots[s->young]);
}

bool seen_before(struct seen *s, const struct socket_entry *e)
{
	uint64_t hash = socket_hash(e, s->seed) | 1;
	uint64_t *slot = find(s->slots[s->young], hash);

	/* without an inode or a cookie nothing says which socket it is */
	if (!socket_same(e, e))
		return false;
	if (*slot == hash || *find(s->slots[!s->young], hash) == hash)
		return true;
	if (s->count == SEEN_LEAST) {
		turn(s);
		slot = find(s->slots[s->young], hash);
	}
	*slot = hash;
	s->count++;
	return false;
}
