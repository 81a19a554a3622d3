/* SPDX-License-Identifier: MIT */
#include "netprobe/base/cursor.h"

#include "../unit.h"

static const uint8_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

START_TEST(cursor_reads_in_network_order)
{
	struct cursor c;

	cursor_init(&c, numbers, sizeof numbers);
	ck_assert_uint_eq(cursor_u8(&c), 1);
	ck_assert_uint_eq(cursor_u16(&c), 0x0203);
	ck_assert_uint_eq(cursor_u32(&c), 0x04050607);
	ck_assert_uint_eq(cursor_u64(&c), UINT64_C(0x08090a0b0c0d0e0f));
	ck_assert_uint_eq(cursor_left(&c), 1);
	ck_assert_uint_eq(cursor_u8(&c), 16);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert(cursor_ok(&c));
}
END_TEST

START_TEST(cursor_lends_bytes_of_the_input)
{
	struct cursor c;

	cursor_init(&c, numbers, sizeof numbers);
	cursor_skip(&c, 3);
	ck_assert_ptr_eq(cursor_bytes(&c, 4), numbers + 3);
	ck_assert_ptr_eq(cursor_bytes(&c, 0), numbers + 7);
	ck_assert_ptr_eq(cursor_bytes(&c, 9), numbers + 7);
	ck_assert(cursor_ok(&c));
}
END_TEST

START_TEST(cursor_fails_for_good_beyond_the_end)
{
	struct cursor c;

	cursor_init(&c, numbers, 3);
	ck_assert_uint_eq(cursor_u32(&c), 0);
	ck_assert(!cursor_ok(&c));
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_uint_eq(cursor_u16(&c), 0);
	ck_assert_uint_eq(cursor_u64(&c), 0);
	ck_assert_ptr_null(cursor_bytes(&c, 0));
	ck_assert_uint_eq(cursor_left(&c), 0);
	cursor_skip(&c, 0);
	ck_assert(!cursor_ok(&c));
}
END_TEST

START_TEST(cursor_parts_are_read_by_themselves)
{
	struct cursor c, part;

	cursor_init(&c, numbers, 6);
	cursor_skip(&c, 1);
	ck_assert(cursor_part(&c, 3, &part));
	ck_assert_uint_eq(cursor_left(&part), 3);
	ck_assert_uint_eq(cursor_u16(&part), 0x0203);
	ck_assert_uint_eq(cursor_u16(&part), 0);
	ck_assert(!cursor_ok(&part));
	ck_assert_uint_eq(cursor_u8(&c), 5);
	ck_assert(cursor_part(&c, 0, &part));
	ck_assert(cursor_ok(&part));
	ck_assert_uint_eq(cursor_left(&part), 0);
	ck_assert(cursor_ok(&c));
	ck_assert(!cursor_part(&c, 2, &part));
	ck_assert(!cursor_ok(&part));
	ck_assert_uint_eq(cursor_left(&part), 0);
	ck_assert(!cursor_ok(&c));
	ck_assert(!cursor_part(&c, 0, &part));
	ck_assert(!cursor_ok(&part));
}
END_TEST

START_TEST(cursor_takes_each_width_up_to_the_last_byte_and_not_one_more)
{
	for (size_t len = 0; len <= 9; len++) {
		struct cursor one, two, four, eight, some;

		cursor_init(&one, numbers, len);
		cursor_init(&two, numbers, len);
		cursor_init(&four, numbers, len);
		cursor_init(&eight, numbers, len);
		cursor_init(&some, numbers, len);
		cursor_u8(&one);
		cursor_u16(&two);
		cursor_u32(&four);
		cursor_u64(&eight);
		cursor_bytes(&some, 5);
		ck_assert_int_eq(cursor_ok(&one), len >= 1);
		ck_assert_int_eq(cursor_ok(&two), len >= 2);
		ck_assert_int_eq(cursor_ok(&four), len >= 4);
		ck_assert_int_eq(cursor_ok(&eight), len >= 8);
		ck_assert_int_eq(cursor_ok(&some), len >= 5);
	}
}
END_TEST

START_TEST(cursor_is_not_fooled_by_a_length_that_wraps_around)
{
	struct cursor c;

	cursor_init(&c, numbers, sizeof numbers);
	cursor_u8(&c);
	cursor_skip(&c, SIZE_MAX);
	ck_assert(!cursor_ok(&c));
}
END_TEST

START_TEST(cursor_over_nothing_has_nothing)
{
	struct cursor c;

	cursor_init(&c, NULL, 0);
	ck_assert(cursor_ok(&c));
	ck_assert_uint_eq(cursor_left(&c), 0);
	cursor_bytes(&c, 0);
	ck_assert(cursor_ok(&c));
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert(!cursor_ok(&c));
}
END_TEST

UNIT_MAIN("base/cursor", cursor_reads_in_network_order, cursor_lends_bytes_of_the_input,
	cursor_fails_for_good_beyond_the_end, cursor_parts_are_read_by_themselves,
	cursor_takes_each_width_up_to_the_last_byte_and_not_one_more,
	cursor_is_not_fooled_by_a_length_that_wraps_around, cursor_over_nothing_has_nothing)
