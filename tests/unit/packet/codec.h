/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_PACKET_CODEC_H
#define TESTS_UNIT_PACKET_CODEC_H

#include "netprobe/base/cursor.h"

#include "../unit.h"

/* Bytes in memory of exactly their size, so that a sanitizer sees who reads on. */
struct exact {
	uint8_t *bytes;
	struct cursor c;
};

static inline struct exact exact_of(const uint8_t *bytes, size_t len)
{
	struct exact e = {.bytes = malloc(len ? len : 1)};

	if (len)
		memcpy(e.bytes, bytes, len);
	cursor_init(&e.c, e.bytes, len);
	return e;
}

static inline void exact_free(struct exact *e)
{
	free(e->bytes);
}

#endif
