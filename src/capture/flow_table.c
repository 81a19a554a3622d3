/* SPDX-License-Identifier: MIT */
#include "flow_table.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_BITS = 7, SLAB = 1 << SLAB_BITS, SLOTS_FIRST = 1024, SLABS_FIRST = 16 };

/* Open addressing; the hash beside the number spares most looks at flows that are not meant. */
struct slot {
	uint32_t hash;
	uint32_t number; /* of the flow + 1; 0: empty */
};

/* Flows that begin with a cache line; `room` is what was allocated for them. */
struct slab {
	struct tracked *flows;
	void *room;
};

struct flow_table {
	struct hash_key key;
	struct slot *slots;
	size_t mask;        /* one less than there are slots */
	size_t count;       /* attached */
	struct slab *slabs; /* of SLAB flows each */
	size_t slab_count, slab_room;
	uint32_t made;          /* numbers given out */
	struct tracked *unused; /* linked by `older` */
	struct tracked *oldest, *youngest;
};

/* ---- hash */

/* The halves of a product of 128 bits: with both factors secret, who does not know the key cannot
 * steer a result, nor make two of them equal. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	u128 product = (u128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

static uint64_t hash_end(const struct flow_table *t, const struct addr *end)
{
	const uint64_t *k = t->key.words;
	uint64_t first =
		fold(word_at(end->ip) ^ k[0], (end->port | (uint64_t)end->family << 16) ^ k[1]);

	return end->family == 4 ? first : fold(first ^ k[1], word_at(end->ip + 8) ^ k[0]);
}

static uint64_t hash_place(const struct flow_table *t, const struct flow_place *p)
{
	uint64_t tags = (uint64_t)p->vlans[0] << 16 | p->vlans[1];

	if (!(tags | p->tunnel_id | p->tunnel))
		return 0;
	return fold((tags << 32 | p->tunnel_id) ^ t->key.words[0], p->tunnel ^ t->key.words[1]);
}

/* The same both ways round. */
static uint32_t hash_of(const struct flow_table *t, const struct flow_key *key)
{
	uint64_t sum = hash_end(t, &key->ends[0]) + hash_end(t, &key->ends[1]) +
		       hash_place(t, &key->place);

	return (uint32_t)(fold(sum ^ t->key.words[0], t->key.words[1]) >> 32);
}

/* ---- finding */

static struct tracked *by_number(const struct flow_table *t, uint32_t number)
{
	return &t->slabs[number >> SLAB_BITS].flows[number & (SLAB - 1)];
}

static bool same_end(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && a->family == b->family && a->scope == b->scope &&
	       word_at(a->ip) == word_at(b->ip) && word_at(a->ip + 8) == word_at(b->ip + 8);
}

static bool matches(const struct flow *f, const struct flow_key *key, bool *turned)
{
	*turned = !same_end(&f->ends[CLIENT], &key->ends[0]);
	return flow_place_same(&f->place, &key->place) &&
	       same_end(&f->ends[*turned ? SERVER : CLIENT], &key->ends[0]) &&
	       same_end(&f->ends[*turned ? CLIENT : SERVER], &key->ends[1]);
}

struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key, bool *turned)
{
	uint32_t hash = hash_of(t, key);

	for (size_t at = hash & t->mask; t->slots[at].number; at = (at + 1) & t->mask)
		if (t->slots[at].hash == hash) {
			struct tracked *f = by_number(t, t->slots[at].number - 1);

			if (matches(&f->flow, key, turned))
				return &f->flow;
		}
	return NULL;
}

/* ---- slots */

static void place(struct flow_table *t, struct slot slot)
{
	size_t at = slot.hash & t->mask;

	while (t->slots[at].number)
		at = (at + 1) & t->mask;
	t->slots[at] = slot;
}

static void grow(struct flow_table *t)
{
	struct slot *old = t->slots;
	size_t count = t->mask + 1;

	t->mask = 2 * count - 1;
	t->slots = mem_alloc(2 * count, sizeof *t->slots);
	for (size_t i = 0; i < count; i++)
		if (old[i].number)
			place(t, old[i]);
	free(old);
}

/* What stands behind the gap moves up as far as it may, so that no search ends too early. */
static void close_gap(struct flow_table *t, size_t gap)
{
	for (size_t at = gap; t->slots[at = (at + 1) & t->mask].number;) {
		size_t home = t->slots[at].hash & t->mask;

		if (((at - home) & t->mask) < ((at - gap) & t->mask))
			continue;
		t->slots[gap] = t->slots[at];
		gap = at;
	}
	t->slots[gap] = (struct slot){0};
}

static void remove_slot(struct flow_table *t, const struct tracked *f)
{
	size_t at = f->hash & t->mask;

	while (t->slots[at].number != f->number + 1)
		at = (at + 1) & t->mask;
	close_gap(t, at);
}

/* ---- flows */

static struct slab new_slab(void)
{
	char *room = mem_alloc(SLAB * sizeof(struct tracked) + CACHE_LINE, 1);

	return (struct slab){(void *)(room + -(uintptr_t)room % CACHE_LINE), room};
}

static void add_slab(struct flow_table *t)
{
	if (t->slab_count == t->slab_room) {
		t->slab_room = t->slab_room ? 2 * t->slab_room : SLABS_FIRST;
		t->slabs = mem_resize(t->slabs, t->slab_room, sizeof *t->slabs);
	}
	t->slabs[t->slab_count++] = new_slab();
}

static struct tracked *take(struct flow_table *t)
{
	struct tracked *f = t->unused;
	uint32_t number;

	if (f) {
		t->unused = f->older;
		number = f->number;
		memset(f, 0, sizeof *f);
		f->number = number;
		return f;
	}
	if (t->made == t->slab_count << SLAB_BITS)
		add_slab(t);
	f = by_number(t, t->made);
	f->number = t->made++;
	return f;
}

static void append(struct flow_table *t, struct tracked *f)
{
	f->younger = NULL;
	f->older = t->youngest;
	*(t->youngest ? &t->youngest->younger : &t->oldest) = f;
	t->youngest = f;
}

static void unlink_use(struct flow_table *t, struct tracked *f)
{
	*(f->older ? &f->older->younger : &t->oldest) = f->younger;
	*(f->younger ? &f->younger->older : &t->youngest) = f->older;
}

struct flow *flow_table_add(struct flow_table *t, const struct flow_key *key)
{
	struct tracked *f = take(t);

	if (t->count >= (t->mask + 1) / 4 * 3)
		grow(t);
	f->flow.ends[CLIENT] = key->ends[0];
	f->flow.ends[SERVER] = key->ends[1];
	f->flow.place = key->place;
	f->hash = hash_of(t, key);
	place(t, (struct slot){f->hash, f->number + 1});
	append(t, f);
	t->count++;
	return &f->flow;
}

void flow_table_use(struct flow_table *t, struct flow *f)
{
	struct tracked *tracked = flow_tracked(f);

	if (tracked == t->youngest)
		return;
	unlink_use(t, tracked);
	append(t, tracked);
}

struct flow *flow_table_oldest(struct flow_table *t)
{
	return t->oldest ? &t->oldest->flow : NULL;
}

void flow_table_detach(struct flow_table *t, struct flow *f)
{
	struct tracked *tracked = flow_tracked(f);

	remove_slot(t, tracked);
	unlink_use(t, tracked);
	t->count--;
}

static void release(struct flow *f)
{
	free(f->handshake.times);
	free(f->handshake.rejection);
	free(f->sighting);
	f->handshake.times = NULL;
	f->handshake.rejection = NULL;
	f->sighting = NULL;
}

void flow_table_free_flow(struct flow_table *t, struct flow *f)
{
	struct tracked *tracked = flow_tracked(f);

	release(f);
	tracked->older = t->unused;
	t->unused = tracked;
}

size_t flow_table_count(const struct flow_table *t)
{
	return t->count;
}

/* ---- life */

struct flow_table *flow_table_new(void)
{
	struct flow_table *t = mem_alloc(1, sizeof *t);

	hash_key_init(&t->key);
	t->slots = mem_alloc(SLOTS_FIRST, sizeof *t->slots);
	t->mask = SLOTS_FIRST - 1;
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->made; i++)
		release(&by_number(t, i)->flow);
	for (size_t i = 0; i < t->slab_count; i++)
		free(t->slabs[i].room);
	free(t->slabs);
	free(t->slots);
	free(t);
}
