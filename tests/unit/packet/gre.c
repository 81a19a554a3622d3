/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/tunnel.h"

#include "netprobe/base/mem.h"

#include "codec.h"

/* Checksum, key 0xcafe, sequence number 9, IPv4, the first byte of it. */
static const uint8_t full[] = {
	0xb0, 0x00, 0x08, 0x00, 0x12, 0x34, 0, 0, 0, 0, 0xca, 0xfe, 0, 0, 0, 9, 0x45};

START_TEST(gre_goes_over_its_fields)
{
	struct exact e = exact_of(full, sizeof full);
	struct tunnel_header h;

	ck_assert(gre_parse(&e.c, &h));
	ck_assert_uint_eq(h.type, 0x0800);
	ck_assert_uint_eq(h.id, 0xcafe);
	ck_assert_uint_eq(cursor_u8(&e.c), 0x45);
	exact_free(&e);
}
END_TEST

START_TEST(gre_has_each_field_alone)
{
	static const struct {
		uint8_t flags;
		size_t len;
		uint32_t key;
	} cases[] = {{0x00, 4, 0}, {0x80, 8, 0}, {0x20, 8, 0x12340000}, {0x10, 8, 0}};
	uint8_t bytes[sizeof full];

	memcpy(bytes, full, sizeof bytes);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tunnel_header h;
		struct exact e;

		bytes[0] = cases[i].flags;
		e = exact_of(bytes, sizeof bytes);
		ck_assert(gre_parse(&e.c, &h));
		ck_assert_uint_eq(h.id, cases[i].key);
		ck_assert_uint_eq(cursor_left(&e.c), sizeof bytes - cases[i].len);
		exact_free(&e);
	}
}
END_TEST

START_TEST(gre_leaves_version_1_and_source_routes)
{
	static const uint8_t others[][4] = {{0x20, 0x01, 0x88, 0x0b}, {0x40, 0x00, 0x08, 0x00}};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct exact e = exact_of(others[i], sizeof others[i]);
		struct tunnel_header h;

		ck_assert(!gre_parse(&e.c, &h));
		ck_assert(cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

START_TEST(gre_fails_where_it_is_cut)
{
	for (size_t len = 0; len < 16; len++) {
		struct exact e = exact_of(full, len);
		struct tunnel_header h;

		ck_assert(!gre_parse(&e.c, &h));
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/gre", gre_goes_over_its_fields, gre_has_each_field_alone,
	gre_leaves_version_1_and_source_routes, gre_fails_where_it_is_cut)
