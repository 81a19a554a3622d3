/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/mpls.h"

#include "codec.h"

/* Labels 16, 1048575 and 3, the last at the bottom; IPv4 behind them. */
static const uint8_t stack[] = {
	0x00, 0x01, 0x00, 0x40, 0xff, 0xff, 0xf0, 0x40, 0x00, 0x00, 0x31, 0x40, 0x45};

START_TEST(mpls_goes_to_the_bottom)
{
	struct exact e = exact_of(stack, sizeof stack);

	ck_assert_uint_eq(mpls_parse(&e.c), 3);
	ck_assert(cursor_ok(&e.c));
	ck_assert_uint_eq(cursor_u8(&e.c), 0x45);
	exact_free(&e);
}
END_TEST

START_TEST(mpls_fails_without_a_bottom)
{
	for (size_t len = 0; len < 12; len++) {
		struct exact e = exact_of(stack, len);

		ck_assert_uint_eq(mpls_parse(&e.c), len / 4);
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

START_TEST(mpls_does_not_lose_count)
{
	uint8_t many[4 * 300] = {[4 * 300 - 2] = 1};
	struct exact e = exact_of(many, sizeof many);

	ck_assert_uint_eq(mpls_parse(&e.c), 255);
	ck_assert(cursor_ok(&e.c));
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
}
END_TEST

UNIT_MAIN("packet/mpls", mpls_goes_to_the_bottom, mpls_fails_without_a_bottom,
	mpls_does_not_lose_count)
