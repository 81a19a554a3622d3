/* SPDX-License-Identifier: MIT */
#include "../../../src/packet/loopback.h"

#include "netprobe/base/mem.h"

#include "codec.h"

static uint8_t parse(uint8_t first, uint8_t last, bool network_order)
{
	const uint8_t bytes[] = {first, 0, 0, last};
	struct exact e = exact_of(bytes, sizeof bytes);
	uint8_t family = loopback_parse(&e.c, network_order);

	ck_assert(cursor_ok(&e.c));
	ck_assert_uint_eq(cursor_left(&e.c), 0);
	exact_free(&e);
	return family;
}

static const struct {
	uint8_t number, family;
} families[] = {
	{2, 4},  /* everybody */
	{10, 6}, /* Linux */
	{24, 6}, /* NetBSD, OpenBSD */
	{28, 6}, /* FreeBSD */
	{30, 6}, /* Darwin */
	{7, 0},  /* OSI, say */
	{0, 0},
};

START_TEST(loopback_knows_the_families_in_both_byte_orders)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		ck_assert_uint_eq(parse(families[i].number, 0, false), families[i].family);
		ck_assert_uint_eq(parse(0, families[i].number, false), families[i].family);
	}
}
END_TEST

START_TEST(loopback_knows_the_families_in_network_order_alone)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		ck_assert_uint_eq(parse(0, families[i].number, true), families[i].family);
		ck_assert_uint_eq(parse(families[i].number, 0, true), 0);
	}
}
END_TEST

START_TEST(loopback_fails_where_it_is_cut)
{
	static const uint8_t bytes[] = {2, 0, 0};

	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct exact e = exact_of(bytes, len);

		ck_assert_uint_eq(loopback_parse(&e.c, false), 0);
		ck_assert(!cursor_ok(&e.c));
		exact_free(&e);
	}
}
END_TEST

UNIT_MAIN("packet/loopback", loopback_knows_the_families_in_both_byte_orders,
	loopback_knows_the_families_in_network_order_alone, loopback_fails_where_it_is_cut)
