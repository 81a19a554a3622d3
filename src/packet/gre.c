/* SPDX-License-Identifier: MIT */
#include "be.h"
#include "tunnel.h"

enum {
	HAS_CHECKSUM = 0x8000,
	HAS_ROUTING = 0x4000, /* of RFC 1701, with a length that only its own fields tell */
	HAS_KEY = 0x2000,
	HAS_SEQUENCE = 0x1000,
	VERSION = 0x0007,
};

bool gre_parse(struct cursor *c, struct tunnel_header *out)
{
	const uint8_t *at = cursor_bytes(c, 4);
	uint16_t flags;
	uint32_t key = 0;

	if (!at)
		return false;
	flags = be16_at(at);
	if (flags & (HAS_ROUTING | VERSION))
		return false;
	if (flags & HAS_CHECKSUM)
		cursor_skip(c, 4); /* and a reserved field */
	if (flags & HAS_KEY)
		key = cursor_u32(c);
	if (flags & HAS_SEQUENCE)
		cursor_skip(c, 4);
	if (!cursor_ok(c))
		return false;
	out->id = key;
	out->type = be16_at(at + 2);
	return true;
}
