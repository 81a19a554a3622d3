/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/ip.h"

#include "be.h"

enum { IPV4_HEADER = 20, IPV4_MORE = 0x2000, IPV4_OFFSET = 0x1fff };
enum { IPV6_HEADER = 40, IPV6_MORE = 1, IPV6_OFFSET = 0xfff8 };

/* RFC 8200, 4.3 to 4.6, and RFC 4302 */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };

/* Each of them once, and destination options twice, is what RFC 8200 (4.1) has in mind. */
enum { EXTENSIONS_MAX = 8 };

/* Old stacks quote a length that they changed already: such a header is one nevertheless. */
static uint16_t without(uint16_t length, size_t header)
{
	return (uint16_t)(length > header ? length - header : 0);
}

static bool parse_ipv4(struct cursor *c, struct ip_header *out)
{
	const uint8_t *at = cursor_bytes(c, IPV4_HEADER);
	uint16_t place;
	size_t header;

	if (!at)
		return false;
	header = (size_t)(at[0] & 15) * 4;
	if (header < IPV4_HEADER)
		return false;
	place = be16_at(at + 6);
	out->length = without(be16_at(at + 2), header);
	out->has_id = true;
	out->id = be16_at(at + 4);
	out->more = place & IPV4_MORE;
	out->offset = (uint16_t)((place & IPV4_OFFSET) * 8);
	out->fragment = out->offset;
	out->ttl = at[8];
	out->protocol = at[9];
	/* the checksum is the kernel's to judge, and changed by routers in a quote */
	out->source = at + 12;
	out->destination = at + 16;
	cursor_skip(c, header - IPV4_HEADER);
	return cursor_ok(c);
}

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == AUTHENTICATION || protocol == DESTINATION;
}

static void place_fragment(const uint8_t *at, struct ip_header *out)
{
	uint16_t place = be16_at(at + 2);

	out->offset = place & IPV6_OFFSET;
	out->fragment = out->offset;
	out->more = place & IPV6_MORE;
	out->has_id = true;
	out->id = be32_at(at + 4);
}

static void parse_extension(struct cursor *c, struct ip_header *out)
{
	const uint8_t *at = cursor_bytes(c, 8);
	uint8_t kind = out->protocol;
	size_t len = 8; /* of a fragment header always: its second byte is reserved */

	if (!at)
		return;
	out->protocol = at[0];
	if (kind == FRAGMENT)
		place_fragment(at, out);
	else if (kind == AUTHENTICATION) /* counts in words, RFC 4302, 2.2 */
		len = ((size_t)at[1] + 2) * 4;
	else
		len += (size_t)at[1] * 8;
	cursor_skip(c, len - 8);
	out->length = without(out->length, len);
}

static bool parse_ipv6(struct cursor *c, struct ip_header *out)
{
	const uint8_t *at = cursor_bytes(c, IPV6_HEADER);

	if (!at)
		return false;
	out->length = be16_at(at + 4);
	out->protocol = at[6];
	out->ttl = at[7];
	out->source = at + 8;
	out->destination = at + 24;
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
	else
		cursor_skip(c, 1); /* is cut short, too */
	if (out->family == 4)
		good = parse_ipv4(c, out);
	else if (out->family == 6)
		good = parse_ipv6(c, out);
	if (!good)
		*out = (struct ip_header){0};
	return good;
}
