/* SPDX-License-Identifier: MIT */
#include "netprobe/base/idmap.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

struct idmap_place {
	uint64_t id; /* 0: empty */
	size_t index;
};

/* Where it is, or would be. */
static struct idmap_place *place_of(const struct idmap *m, uint64_t id)
{
	/* the upper bits of the product depend on all of the number's */
	size_t at = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1);

	while (m->places[at].id != 0 && m->places[at].id != id)
		at = (at + 1) & (m->room - 1);
	return &m->places[at];
}

static void grow(struct idmap *m)
{
	struct idmap old = *m;

	m->room = old.room ? 2 * old.room : FIRST_ROOM;
	m->places = mem_alloc(m->room, sizeof *m->places);
	for (size_t i = 0; i < old.room; i++)
		if (old.places[i].id != 0)
			*place_of(m, old.places[i].id) = old.places[i];
	free(old.places);
}

void idmap_release(struct idmap *m)
{
	free(m->places);
	*m = (struct idmap){0};
}

void idmap_clear(struct idmap *m)
{
	if (m->room > 0)
		memset(m->places, 0, m->room * sizeof *m->places);
	m->count = 0;
}

size_t idmap_add(struct idmap *m, uint64_t id)
{
	struct idmap_place *place;

	if (2 * m->count >= m->room)
		grow(m);
	place = place_of(m, id);
	if (place->id == 0)
		*place = (struct idmap_place){.id = id, .index = m->count++};
	return place->index;
}

bool idmap_find(const struct idmap *m, uint64_t id, size_t *index)
{
	const struct idmap_place *place = m->room > 0 && id != 0 ? place_of(m, id) : NULL;

	if (!place || place->id == 0)
		return false;
	*index = place->index;
	return true;
}
