/* SPDX-License-Identifier: MIT */
#include "mpls.h"

enum { BOTTOM = 0x100 };

uint8_t mpls_parse(struct cursor *c)
{
	uint8_t count = 0;
	uint32_t entry;

	do {
		entry = cursor_u32(c);
		if (cursor_ok(c) && count < UINT8_MAX)
			count++;
	} while (cursor_ok(c) && !(entry & BOTTOM));
	return count;
}
