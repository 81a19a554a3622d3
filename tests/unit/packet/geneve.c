/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/tunnel.h"

#include "codec.h"

/* 8 bytes of options, the critical bit, Ethernet, VNI 77, the option, a byte of what is carried. */
static const uint8_t header[] = {
	0x02, 0x40, 0x65, 0x58, 0x00, 0x00, 0x4d, 0x00, 1, 2, 3, 1, 1, 2, 3, 4, 0xaa};

START_TEST(geneve_goes_over_its_options)
{
	struct exact e = exact_of(header, sizeof header);
	struct tunnel_header h;

	ck_assert(geneve_parse(&e.c, &h));
	ck_assert_uint_eq(h.id, 77);
	ck_assert_uint_eq(h.type, 0x6558);
	ck_assert_uint_eq(cursor_u8(&e.c), 0xaa);
	exact_free(&e);
}
END_TEST

START_TEST(geneve_leaves_other_versions)
{
	uint8_t bytes[sizeof header];

	memcpy(bytes, header, sizeof bytes);
	for (unsigned version = 1; version < 4; version++) {
		struct tunnel_header h;
		struct exact e;

		bytes[0] = (uint8_t)(version << 6 | 2);
		e = exact_of(bytes, sizeof bytes);
		ck_assert(!geneve_parse(&e.c, &h));
		ck_assert(cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

START_TEST(geneve_fails_where_it_is_cut)
{
	for (size_t len = 0; len < 16; len++) {
		struct exact e = exact_of(header, len);
		struct tunnel_header h;

		ck_assert(!geneve_parse(&e.c, &h));
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/geneve", geneve_goes_over_its_options, geneve_leaves_other_versions,
	geneve_fails_where_it_is_cut)
