/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/tally.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_LEAST = 64 };

struct row {
	struct tally_row told;
	uint64_t hash;
};

/* Names come from outside: whoever chooses them may not choose where they go. */
struct tally {
	struct hash_key key;
	struct row *rows;
	size_t count, room;
	size_t *slots; /* index of a row, from 1; 0: free. At most half of them are taken */
	size_t slot_count;
	struct tally_row *sorted; /* NULL since the last addition */
};

struct tally *tally_new(void)
{
	struct tally *t = mem_alloc(1, sizeof *t);

	hash_key_init(&t->key);
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free((char *)t->rows[i].told.name);
	free(t->rows);
	free(t->slots);
	free(t->sorted);
	free(t);
}

/* Where the name is, or else would go. */
static size_t *find(const struct tally *t, const char *name, uint64_t hash)
{
	size_t mask = t->slot_count - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		const struct row *row;

		if (t->slots[at] == 0)
			return &t->slots[at];
		row = &t->rows[t->slots[at] - 1];
		if (row->hash == hash && strcmp(row->told.name, name) == 0)
			return &t->slots[at];
	}
}

static void grow(struct tally *t)
{
	t->slot_count = t->slot_count ? t->slot_count * 2 : SLOTS_LEAST;
	t->room = t->slot_count / 2;
	t->rows = mem_resize(t->rows, t->room, sizeof *t->rows);
	free(t->slots);
	t->slots = mem_alloc(t->slot_count, sizeof *t->slots);
	for (size_t i = 0; i < t->count; i++)
		*find(t, t->rows[i].told.name, t->rows[i].hash) = i + 1;
}

static struct tally_row *row_of(struct tally *t, const char *name)
{
	uint64_t hash = hash_keyed(&t->key, name, strlen(name));
	size_t *slot;

	if (t->count == t->room)
		grow(t);
	slot = find(t, name, hash);
	if (*slot == 0) {
		t->rows[t->count] = (struct row){.told.name = mem_strdup(name), .hash = hash};
		*slot = ++t->count;
	}
	return &t->rows[*slot - 1].told;
}

void tally_add(struct tally *t, const char *name, enum socket_state state)
{
	struct tally_row *row = row_of(t, name);

	row->total++;
	if (state < SOCKET_STATES)
		row->states[state]++;
	free(t->sorted);
	t->sorted = NULL;
}

static int compare_rows(const void *left, const void *right)
{
	const struct tally_row *a = left, *b = right;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->name, b->name);
}

const struct tally_row *tally_rows(struct tally *t, size_t *count)
{
	*count = t->count;
	if (t->sorted)
		return t->sorted;
	t->sorted = mem_alloc(t->count, sizeof *t->sorted);
	for (size_t i = 0; i < t->count; i++)
		t->sorted[i] = t->rows[i].told;
	qsort(t->sorted, t->count, sizeof *t->sorted, compare_rows);
	return t->sorted;
}
