/* SPDX-License-Identifier: MIT */
#ifndef BANNER_TERMINATED_H
#define BANNER_TERMINATED_H

#include "netprobe/base/cursor.h"

#include <string.h>

/* The text up to a NUL byte, which is passed over; without one the cursor fails: NULL. Borrowed
 * from the input, *len without the NUL. */
static inline const char *terminated(struct cursor *c, size_t *len)
{
	size_t left = cursor_left(c);
	const uint8_t *text = c->at, *end = left ? memchr(text, '\0', left) : NULL;

	*len = end ? (size_t)(end - text) : 0;
	return (const char *)cursor_bytes(c, end ? *len + 1 : left + 1) ? (const char *)text : NULL;
}

#endif
