/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/arp.h"

#include "netprobe/base/mem.h"

#include "codec.h"

/* A reply: 192.0.2.9 is at 02:00:00:00:00:02, says it to 192.0.2.1 at 02:00:00:00:00:01. */
static const uint8_t reply[] = {0, 1, 0x08, 0x00, 6, 4, 0, 2, 2, 0, 0, 0, 0, 2, 192, 0, 2, 9, 2, 0,
	0, 0, 0, 1, 192, 0, 2, 1};

START_TEST(arp_reads_who_says_what_to_whom)
{
	struct exact e = exact_of(reply, sizeof reply);
	struct arp_packet p;

	ck_assert(arp_parse(&e.c, &p));
	ck_assert_uint_eq(p.operation, 2);
	ck_assert_mem_eq(p.sender_mac, reply + 8, 6);
	ck_assert_mem_eq(p.sender_ip, reply + 14, 4);
	ck_assert_mem_eq(p.target_ip, reply + 24, 4);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

/* Hardware, protocol, the sizes of their addresses. */
START_TEST(arp_leaves_other_addresses)
{
	static const size_t places[] = {0, 1, 2, 3, 4, 5};
	uint8_t bytes[sizeof reply];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct arp_packet p;
		struct exact e;

		memcpy(bytes, reply, sizeof bytes);
		bytes[places[i]] ^= 0x10;
		e = exact_of(bytes, sizeof bytes);
		ck_assert(!arp_parse(&e.c, &p));
		ck_assert(cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

START_TEST(arp_fails_where_it_is_cut)
{
	for (size_t len = 0; len < sizeof reply; len++) {
		struct exact e = exact_of(reply, len);
		struct arp_packet p;

		ck_assert(!arp_parse(&e.c, &p));
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/arp", arp_reads_who_says_what_to_whom, arp_leaves_other_addresses,
	arp_fails_where_it_is_cut)
