/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/udp.h"

#include "codec.h"

/* 5353 > 53, 9 bytes, checksum 0xabcd, one byte. */
static const uint8_t datagram[] = {0x14, 0xe9, 0x00, 0x35, 0x00, 0x09, 0xab, 0xcd, 'x'};

START_TEST(udp_reads_its_header)
{
	struct exact e = exact_of(datagram, sizeof datagram);
	struct udp_header h;

	ck_assert(udp_parse(&e.c, &h));
	ck_assert_uint_eq(h.source_port, 5353);
	ck_assert_uint_eq(h.destination_port, 53);
	ck_assert_uint_eq(h.length, 9);
	ck_assert_uint_eq(h.checksum, 0xabcd);
	ck_assert_uint_eq(cursor_u8(&e.c), 'x');
	exact_free(&e);
}
END_TEST

START_TEST(udp_fails_where_it_is_cut)
{
	for (size_t len = 0; len < 8; len++) {
		struct exact e = exact_of(datagram, len);
		struct udp_header h = {.source_port = 7};

		ck_assert(!udp_parse(&e.c, &h));
		ck_assert(!cursor_ok(&e.c));
		ck_assert_uint_eq(h.source_port, 7);
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/udp", udp_reads_its_header, udp_fails_where_it_is_cut)
