/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_DEVICES_H
#define CAPTURE_DEVICES_H

#include <stdint.h>

/*
 * Numbers for the interfaces of a file, which describes them again in each of its sections: the
 * same in all where place, link type and name are the same, and the device, of cooked frames.
 */
struct devices;

enum { DEVICES_MAX = 4096 };

struct device {
	uint32_t place, index; /* in its section; that the frames tell, or 0 */
	uint16_t link;
	const char *name; /* NULL: none */
};

struct devices *devices_new(void);
void devices_free(struct devices *d);

/* From 1 on; 0: there are DEVICES_MAX already. Copies what is new. */
uint32_t devices_number(struct devices *d, const struct device *device);

/* Called before devices_name() knows another one. NULL: nobody is. */
void devices_on_another(struct devices *d, void (*another)(void *user), void *user);

/* NULL: it has no name, or there is none of that number. */
const char *devices_name(const struct devices *d, uint32_t number);

#endif
