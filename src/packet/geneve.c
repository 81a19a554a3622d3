/* SPDX-License-Identifier: MIT */
#include "be.h"
#include "tunnel.h"

enum { GENEVE_HEADER = 8, VERSION = 0xc0, OPTIONS = 0x3f };

bool geneve_parse(struct cursor *c, struct tunnel_header *out)
{
	const uint8_t *at = cursor_bytes(c, GENEVE_HEADER);

	if (!at || at[0] & VERSION)
		return false;
	cursor_skip(c, (size_t)(at[0] & OPTIONS) * 4);
	if (!cursor_ok(c))
		return false;
	out->id = be32_at(at + 4) >> 8;
	out->type = be16_at(at + 2);
	return true;
}
