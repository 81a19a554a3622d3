/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/tunnel.h"

#include "codec.h"

/* VNI 0xabcdef; what is reserved is ignored on receipt (RFC 7348, 5). */
static const uint8_t header[] = {0xff, 1, 2, 3, 0xab, 0xcd, 0xef, 4};

START_TEST(vxlan_reads_its_network)
{
	struct exact e = exact_of(header, sizeof header);
	struct tunnel_header h;

	ck_assert(vxlan_parse(&e.c, &h));
	ck_assert_uint_eq(h.id, 0xabcdef);
	ck_assert_uint_eq(h.type, 0x6558);
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

START_TEST(vxlan_wants_the_flag_of_a_network)
{
	uint8_t bytes[sizeof header];
	struct tunnel_header h;
	struct exact e;

	memcpy(bytes, header, sizeof bytes);
	bytes[0] = 0xf7;
	e = exact_of(bytes, sizeof bytes);
	ck_assert(!vxlan_parse(&e.c, &h));
	ck_assert(cursor_ok(&e.c));
	exact_free(&e);
}
END_TEST

START_TEST(vxlan_fails_where_it_is_cut)
{
	for (size_t len = 0; len < sizeof header; len++) {
		struct exact e = exact_of(header, len);
		struct tunnel_header h;

		ck_assert(!vxlan_parse(&e.c, &h));
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/vxlan", vxlan_reads_its_network, vxlan_wants_the_flag_of_a_network,
	vxlan_fails_where_it_is_cut)
