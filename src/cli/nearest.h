/* SPDX-License-Identifier: MIT */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* The candidate that is spelt most like what was given, as long as it is near enough to be what was
 * meant. */
struct nearest {
	char given[32];
	size_t distance; /* only a smaller one replaces `name` */
	const char *name;
};

void nearest_init(struct nearest *n, const char *given, size_t len);
void nearest_try(struct nearest *n, const char *name);

#endif
