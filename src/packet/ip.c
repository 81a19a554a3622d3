/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/ip.h"

enum { IPV4_HEADER = 20, IPV4_OFFSET = 0x1fff, IPV6_OFFSET = 0xfff8 };

/* RFC 8200, 4.3 to 4.6 */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };

/* Each of them once, and destination options twice, is what RFC 8200 (4.1) has in mind. */
enum { EXTENSIONS_MAX = 8 };

/* Old stacks quote a length that they changed already: such a header is one nevertheless. */
static uint16_t without(uint16_t length, size_t header)
{
	return (uint16_t)(length > header ? length - header : 0);
}

static bool parse_ipv4(struct cursor *c, struct ip_header *out)
{
	size_t header = (size_t)(cursor_u8(c) & 15) * 4;

	if (header < IPV4_HEADER)
		return false;
	cursor_skip(c, 1); /* type of service */
	out->length = without(cursor_u16(c), header);
	cursor_skip(c, 2); /* identification */
	out->fragment = cursor_u16(c) & IPV4_OFFSET;
	out->ttl = cursor_u8(c);
	out->protocol = cursor_u8(c);
	cursor_skip(c, 2); /* checksum: the kernel's to judge, and changed by routers in a quote */
	out->source = cursor_bytes(c, 4);
	out->destination = cursor_bytes(c, 4);
	cursor_skip(c, header - IPV4_HEADER);
	return cursor_ok(c);
}

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == DESTINATION;
}

static void parse_extension(struct cursor *c, struct ip_header *out)
{
	uint8_t kind = out->protocol, size;
	size_t len = 8;

	out->protocol = cursor_u8(c);
	size = cursor_u8(c); /* reserved in a fragment header, which is always of 8 bytes */
	if (kind == FRAGMENT) {
		out->fragment = cursor_u16(c) & IPV6_OFFSET;
		cursor_skip(c, 4);
	} else {
		len += (size_t)size * 8;
		cursor_skip(c, len - 2);
	}
	out->length = without(out->length, len);
}

static bool parse_ipv6(struct cursor *c, struct ip_header *out)
{
	cursor_skip(c, 4); /* version, traffic class, flow label */
	out->length = cursor_u16(c);
	out->protocol = cursor_u8(c);
	out->ttl = cursor_u8(c);
	out->source = cursor_bytes(c, 16);
	out->destination = cursor_bytes(c, 16);
	/* behind the header of a later fragment stands data, whatever its next header says */
	for (unsigned i = 0; cursor_ok(c) && is_extension(out->protocol) && !out->fragment; i++) {
		if (i == EXTENSIONS_MAX)
			return false;
		parse_extension(c, out);
	}
	return cursor_ok(c);
}

bool ip_parse(struct cursor *c, struct ip_header *out)
{
	bool good = false;

	*out = (struct ip_header){0};
	if (cursor_left(c) > 0)
		out->family = c->at[0] >> 4;
	if (out->family == 4)
		good = parse_ipv4(c, out);
	else if (out->family == 6)
		good = parse_ipv6(c, out);
	if (!good)
		*out = (struct ip_header){0};
	return good;
}
