/* SPDX-License-Identifier: MIT */
#include "devices.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * DEVICES_MAX, HASHED = 3 * sizeof(uint32_t), NAME_HASHED = 64 };

struct devices {
	struct hash_key key; /* who makes a file may want its names to collide */
	uint32_t count, cap;
	struct device *known;
	uint16_t slots[SLOTS]; /* number, or 0 */
	void (*another)(void *user);
	void *user;
};

static size_t slot_of(const struct devices *d, const struct device *device)
{
	const uint32_t numbers[] = {device->place, device->index, device->link};
	size_t len = device->name ? strnlen(device->name, NAME_HASHED) : 0;
	uint8_t bytes[HASHED + NAME_HASHED];

	memcpy(bytes, numbers, HASHED);
	if (len > 0)
		memcpy(bytes + HASHED, device->name, len);
	return hash_keyed(&d->key, bytes, HASHED + len) % SLOTS;
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same(const struct device *a, const struct device *b)
{
	return a->place == b->place && a->index == b->index && a->link == b->link &&
	       same_name(a->name, b->name);
}

static uint32_t add(struct devices *d, const struct device *device)
{
	if (d->another)
		d->another(d->user);
	if (d->count == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 8;
		d->known = mem_resize(d->known, d->cap, sizeof *d->known);
	}
	d->known[d->count] = *device;
	d->known[d->count].name = device->name ? mem_strdup(device->name) : NULL;
	return ++d->count;
}

uint32_t devices_number(struct devices *d, const struct device *device)
{
	size_t slot = slot_of(d, device);

	for (; d->slots[slot]; slot = (slot + 1) % SLOTS)
		if (is_same(&d->known[d->slots[slot] - 1], device))
			return d->slots[slot];
	if (d->count == DEVICES_MAX)
		return 0;
	d->slots[slot] = (uint16_t)add(d, device);
	return d->slots[slot];
}

void devices_on_another(struct devices *d, void (*another)(void *user), void *user)
{
	d->another = another;
	d->user = user;
}

const char *devices_name(const struct devices *d, uint32_t number)
{
	return number - 1 < d->count ? d->known[number - 1].name : NULL;
}

struct devices *devices_new(void)
{
	struct devices *d = mem_alloc(1, sizeof *d);

	hash_key_init(&d->key);
	return d;
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->count; i++)
		free((char *)(uintptr_t)d->known[i].name);
	free(d->known);
	free(d);
}
