/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/icmp_packet.h"

#include "codec.h"

enum { HEADER = 8, IPV4 = 20 };

/* Port unreachable: of 192.0.2.1 > 192.0.2.9, TCP 40000 > 80, sequence 0x01020304. */
static const uint8_t unreachable[] = {3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 60, 0x12, 0x34, 0x40, 0,
	63, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9, 0x9c, 0x40, 0, 80, 1, 2, 3, 4};

/* Packet too big, MTU 1280: of 2001:db8::1 > 2001:db8::9, UDP 7 > 8. */
static const uint8_t too_big[] = {2, 0, 0, 0, 0, 0, 5, 0, 0x60, 0, 0, 0, 0x05, 0xdc, 17, 60, 0x20,
	0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 9, 0, 7, 0, 8, 0x05, 0xdc, 0, 0};

static bool parse(const uint8_t *bytes, size_t len, int family, struct icmp_packet *out)
{
	struct exact e = exact_of(bytes, len);
	bool good;

	memset(out, 0xa5, sizeof *out);
	good = icmp_packet_parse(&e.c, family, out);
	exact_free(&e);
	return good;
}

START_TEST(icmp_packet_reads_a_quoted_syn)
{
	struct icmp_packet p;

	ck_assert(parse(unreachable, sizeof unreachable, 4, &p));
	ck_assert_uint_eq(p.type, 3);
	ck_assert_uint_eq(p.code, 3);
	ck_assert_uint_eq(p.mtu, 0);
	ck_assert_uint_eq(p.quote.ip.family, 4);
	ck_assert_uint_eq(p.quote.ip.id, 0x1234);
	ck_assert(p.quote.has_ports && p.quote.has_sequence);
	ck_assert_uint_eq(p.quote.source_port, 40000);
	ck_assert_uint_eq(p.quote.destination_port, 80);
	ck_assert_uint_eq(p.quote.sequence, 0x01020304);
}
END_TEST

START_TEST(icmp_packet_takes_as_much_of_a_quote_as_there_is)
{
	struct icmp_packet p;

	for (size_t len = HEADER; len <= sizeof unreachable; len++) {
		ck_assert(parse(unreachable, len, 4, &p));
		ck_assert_uint_eq(p.quote.ip.family, len < HEADER + IPV4 ? 0 : 4);
		ck_assert_int_eq(p.quote.has_ports, len >= HEADER + IPV4 + 4);
		ck_assert_int_eq(p.quote.has_sequence, len >= HEADER + IPV4 + 8);
	}
	for (size_t len = 0; len < HEADER; len++)
		ck_assert(!parse(unreachable, len, 4, &p));
}
END_TEST

START_TEST(icmp_packet_reads_a_path_mtu)
{
	uint8_t bytes[sizeof unreachable];
	struct icmp_packet p;

	ck_assert(parse(too_big, sizeof too_big, 6, &p));
	ck_assert_uint_eq(p.mtu, 1280);
	ck_assert_uint_eq(p.quote.ip.family, 6);
	ck_assert(p.quote.has_ports && !p.quote.has_sequence); /* of UDP: none */
	ck_assert_uint_eq(p.quote.destination_port, 8);
	memcpy(bytes, unreachable, sizeof bytes);
	bytes[1] = 4;
	bytes[4] = 0xff; /* was unused, RFC 1191, 4 */
	bytes[6] = 0x05;
	bytes[7] = 0x78;
	ck_assert(parse(bytes, sizeof bytes, 4, &p));
	ck_assert_uint_eq(p.mtu, 1400);
}
END_TEST

/* What is quoted of another version, or is a fragment that is not the first, has no ports. */
START_TEST(icmp_packet_takes_no_ports_where_none_can_be)
{
	uint8_t bytes[sizeof unreachable];
	struct icmp_packet p;

	ck_assert(parse(unreachable, sizeof unreachable, 6, &p));
	ck_assert_uint_eq(p.quote.ip.family, 0);
	ck_assert(!p.quote.has_ports);
	memcpy(bytes, unreachable, sizeof bytes);
	bytes[HEADER + 7] = 1; /* offset 8 */
	ck_assert(parse(bytes, sizeof bytes, 4, &p));
	ck_assert(p.quote.ip.fragment && !p.quote.has_ports);
	bytes[HEADER + 7] = 0;
	bytes[HEADER + 9] = 1; /* ICMP */
	ck_assert(parse(bytes, sizeof bytes, 4, &p));
	ck_assert(!p.quote.has_ports);
}
END_TEST

START_TEST(icmp_packet_reads_echoes)
{
	static const uint8_t bytes[] = {0, 0, 0, 0, 0x12, 0x34, 0xff, 0xfe, 0x45};
	uint8_t v6[sizeof bytes];
	struct icmp_packet p;

	ck_assert(parse(bytes, sizeof bytes, 4, &p));
	ck_assert_uint_eq(p.id, 0x1234);
	ck_assert_uint_eq(p.sequence, 0xfffe);
	ck_assert_uint_eq(p.quote.ip.family, 0);
	memcpy(v6, bytes, sizeof v6);
	v6[0] = 128;
	ck_assert(parse(v6, sizeof v6, 6, &p));
	ck_assert_uint_eq(p.id, 0x1234);
	v6[0] = 13; /* a timestamp request */
	ck_assert(parse(v6, sizeof v6, 4, &p));
	ck_assert_uint_eq(p.id, 0);
}
END_TEST

START_TEST(icmp_packet_knows_which_types_quote)
{
	static const uint8_t errors[] = {3, 4, 5, 11, 12};

	for (unsigned type = 0; type < 256; type++) {
		bool quotes = memchr(errors, (int)type, sizeof errors) != NULL;

		ck_assert_int_eq(icmp_packet_quotes(4, (uint8_t)type), quotes);
		ck_assert_int_eq(icmp_packet_quotes(6, (uint8_t)type), type < 128);
	}
}
END_TEST

UNIT_MAIN("packet/icmp_packet", icmp_packet_reads_a_quoted_syn,
	icmp_packet_takes_as_much_of_a_quote_as_there_is, icmp_packet_reads_a_path_mtu,
	icmp_packet_takes_no_ports_where_none_can_be, icmp_packet_reads_echoes,
	icmp_packet_knows_which_types_quote)
