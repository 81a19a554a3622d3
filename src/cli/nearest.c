/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include "netprobe/base/text.h"

#include <string.h>

void nearest_init(struct nearest *n, const char *given, size_t len)
{
	memset(n, 0, sizeof *n);
	if (len == 0 || len >= sizeof n->given)
		return; /* distance 0: nothing is near */
	memcpy(n->given, given, len);
	n->distance = 2 + len / 4;
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t distance;

	if (n->distance == 0)
		return;
	distance = text_distance(n->given, name);
	if (distance < n->distance) {
		n->distance = distance;
		n->name = name;
	}
}
