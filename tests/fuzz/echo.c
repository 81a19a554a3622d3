/* SPDX-License-Identifier: MIT */
/*
 * First byte: the family (bit 0 for IPv6), and what the rest is: as a raw socket gets it (from the
 * IP header for IPv4, from the ICMPv6 header for IPv6), or with bit 1 a quoted packet.
 */
#include "netprobe/packet/echo.h"

#include "netprobe/packet/checksum.h"
#include "netprobe/packet/icmp.h"
#include "netprobe/packet/ip.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ICMP = 1, ICMPV6 = 58, ERROR_HEADER = 8, INPUT_MAX = 65536 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool same(const struct ip_header *a, const struct ip_header *b)
{
	return a->family == b->family && a->protocol == b->protocol && a->ttl == b->ttl &&
	       a->length == b->length && a->fragment == b->fragment && a->source == b->source &&
	       a->destination == b->destination;
}

/* The header ends where the cursor was left: not a byte of it may be missing, none behind it
 * counts. */
static void check_end(const uint8_t *bytes, size_t header, const struct ip_header *wanted)
{
	static const struct ip_header blank;
	struct ip_header h;
	struct cursor c;

	cursor_init(&c, bytes, header);
	must(ip_parse(&c, &h) && same(&h, wanted) && cursor_left(&c) == 0);
	cursor_init(&c, bytes, header - 1);
	must(!ip_parse(&c, &h) && same(&h, &blank));
}

static bool check_ip(struct cursor *c, struct ip_header *h)
{
	static const struct ip_header blank;
	const uint8_t *bytes = c->at;
	size_t header;

	if (!ip_parse(c, h)) {
		must(same(h, &blank));
		return false;
	}
	header = (size_t)(c->at - bytes);
	must(cursor_ok(c) && h->family == bytes[0] >> 4);
	must(h->family == 4 ? header >= 20 && header <= 60 : header >= 40 && header % 8 == 0);
	must(h->source == bytes + (h->family == 4 ? 12 : 8));
	must(h->destination == bytes + (h->family == 4 ? 16 : 24));
	check_end(bytes, header, h);
	return true;
}

/* What was understood, encoded again, is the same but for the code and the checksum. */
static void check_request(int family, const uint8_t *bytes, size_t len, const struct echo *echo)
{
	uint8_t *again = malloc(len);

	must(again != NULL);
	memcpy(again + ECHO_HEADER, echo->data, echo->size);
	echo_encode(family, echo->id, echo->sequence, again, len);
	must(again[0] == bytes[0] && memcmp(again + 4, bytes + 4, len - 4) == 0);
	if (family == 4)
		must(echo_checksum_ok(again, len));
	free(again);
}

static void check_echo(int family, const uint8_t *bytes, size_t len)
{
	struct echo echo;

	echo_parse(family, bytes, len, &echo);
	if (echo.kind == ECHO_NONE) {
		must(!echo.data && echo.size == 0 && echo.id == 0 && echo.sequence == 0);
		return;
	}
	must(len >= ECHO_HEADER && echo.data == bytes + ECHO_HEADER);
	must(echo.size == len - ECHO_HEADER);
	must(echo_checksum_ok(bytes, len) == (checksum(bytes, len) == 0));
	if (echo.kind == ECHO_REQUEST)
		check_request(family, bytes, len, &echo);
}

static void quoted(struct cursor *c)
{
	struct ip_header h;

	if (check_ip(c, &h) && !h.fragment && h.protocol == (h.family == 4 ? ICMP : ICMPV6))
		check_echo(h.family, c->at, cursor_left(c));
}

/* An error quotes the packet that it is about. */
static void message(int family, struct cursor *c)
{
	uint8_t type, code;

	check_echo(family, c->at, cursor_left(c));
	type = cursor_u8(c);
	code = cursor_u8(c);
	must(icmp_text(family, type, code)[0] && icmp_name(family, type, code)[0]);
	cursor_skip(c, ERROR_HEADER - 2);
	if (cursor_ok(c))
		quoted(c);
}

static void raw(int family, struct cursor *c)
{
	struct ip_header h;

	if (family == 6)
		message(6, c);
	else if (check_ip(c, &h) && !h.fragment && h.protocol == ICMP)
		message(4, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	cursor_init(&c, data + 1, size - 1);
	if (data[0] & 2)
		quoted(&c);
	else
		raw(data[0] & 1 ? 6 : 4, &c);
	return 0;
}
