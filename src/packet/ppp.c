/* SPDX-License-Identifier: MIT */
#include "ppp.h"

#include "be.h"

enum { HDLC = 0xff03, PPPOE_HEADER = 6, PPPOE_VERSION = 0x11, SESSION_DATA = 0 };

uint16_t ppp_parse(struct cursor *c)
{
	uint8_t first;

	if (cursor_left(c) >= 2 && be16_at(c->at) == HDLC)
		cursor_skip(c, 2);
	first = cursor_u8(c);
	/* the last byte of a number is odd, no other is (RFC 1661, 2) */
	if (first & 1)
		return first;
	return (uint16_t)(first << 8 | cursor_u8(c));
}

bool pppoe_parse(struct cursor *c, struct pppoe *out)
{
	const uint8_t *at = cursor_bytes(c, PPPOE_HEADER);

	*out = (struct pppoe){0};
	if (!at || at[0] != PPPOE_VERSION)
		return false;
	out->session = at[1] == SESSION_DATA;
	out->length = be16_at(at + 4);
	return true;
}
