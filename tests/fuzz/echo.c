/* SPDX-License-Identifier: MIT */
/*
 * First byte: the family (bit 0 for IPv6), and what the rest is: as a raw socket gets it (from the
 * IP header for IPv4, from the ICMPv6 header for IPv6), or with bit 1 a quoted packet.
 */
#include "netprobe/packet/echo.h"

#include "netprobe/base/mem.h"
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
	       a->destination == b->destination && a->has_id == b->has_id && a->id == b->id &&
	       a->more == b->more && a->offset == b->offset;
}

static bool is_extension(uint8_t number)
{
	return number == 0 || number == 43 || number == 44 || number == 51 || number == 60;
}

/* Written apart from ip.c on purpose: where the payload begins, 0 for what is no whole header. */
static size_t payload_of_ipv6(const uint8_t *bytes, size_t len)
{
	uint8_t next = len < 40 ? 0 : bytes[6];
	bool fragment = false;
	size_t at = 40;

	for (int i = 0; i < 8 && at + 8 <= len && is_extension(next) && !fragment; i++) {
		const uint8_t *extension = bytes + at;

		fragment = next == 44 && (extension[2] || extension[3] >> 3);
		at += next == 44   ? 8
		      : next == 51 ? 4 * (size_t)(extension[1] + 2)
				   : 8 * (size_t)(extension[1] + 1);
		next = extension[0];
	}
	return at > len || (is_extension(next) && !fragment) ? 0 : at;
}

static size_t payload_at(const uint8_t *bytes, size_t len)
{
	size_t header;

	if (len > 0 && bytes[0] >> 4 == 6)
		return payload_of_ipv6(bytes, len);
	if (len < 20 || bytes[0] >> 4 != 4)
		return 0;
	header = (size_t)(bytes[0] & 15) * 4;
	return header < 20 || header > len ? 0 : header;
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
	size_t header = payload_at(bytes, cursor_left(c));

	if (!ip_parse(c, h)) {
		must(header == 0 && same(h, &blank));
		return false;
	}
	must(cursor_ok(c) && header > 0 && c->at == bytes + header);
	must(h->family == bytes[0] >> 4);
	must(h->fragment == (h->offset > 0) && (h->family == 6 || h->has_id));
	must(h->source == bytes + (h->family == 4 ? 12 : 8));
	must(h->destination == bytes + (h->family == 4 ? 16 : 24));
	check_end(bytes, header, h);
	return true;
}

/* What was understood, encoded again, is the same but for the code and the checksum. */
static void check_request(int family, const uint8_t *bytes, size_t len, const struct echo *echo)
{
	uint8_t *again = mem_alloc(len, 1);

	memcpy(again + ECHO_HEADER, echo->data, echo->size);
	echo_encode(family, echo->id, echo->sequence, again, len);
	must(again[0] == bytes[0] && memcmp(again + 4, bytes + 4, len - 4) == 0);
	if (family == 4)
		must(echo_checksum_ok(again, len));
	free(again);
}

static bool is_echo(int family, const uint8_t *bytes, size_t len)
{
	if (len < ECHO_HEADER)
		return false;
	return family == 4 ? bytes[0] == 0 || bytes[0] == 8 : bytes[0] == 128 || bytes[0] == 129;
}

static void check_echo(int family, const uint8_t *bytes, size_t len)
{
	struct echo echo;

	echo_parse(family, bytes, len, &echo);
	must((echo.kind != ECHO_NONE) == is_echo(family, bytes, len));
	if (echo.kind == ECHO_NONE) {
		must(!echo.data && echo.size == 0 && echo.id == 0 && echo.sequence == 0);
		return;
	}
	must(echo.data == bytes + ECHO_HEADER && echo.size == len - ECHO_HEADER);
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
