/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_IDMAP_H
#define NETPROBE_BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers that the kernel gives out (inodes, cgroups), each with an index: 0, 1, 2, ... in the
 * order of their first coming, for an array beside the map. 0 is no such number. Zeroed: empty.
 */
struct idmap {
	struct idmap_place *places;
	size_t room, count; /* of places; of numbers */
};

void idmap_release(struct idmap *m);
void idmap_clear(struct idmap *m); /* keeps the memory */

/* The index that `id` has or gets. */
size_t idmap_add(struct idmap *m, uint64_t id);

/* False where it has none. */
bool idmap_find(const struct idmap *m, uint64_t id, size_t *index);

#endif
