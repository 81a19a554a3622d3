/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_limit.h"

#include "../unit.h"

static const nsec_t sec = NSEC_PER_SEC;

START_TEST(left_is_that_of_the_addresses_under_work)
{
	const struct engine_status s = {.left = 8 * sec, .lasts = 20 * sec, .at_once = 100};

	ck_assert_int_eq(limit_left(&s, 0), 8 * sec);
}
END_TEST

START_TEST(left_has_rounds_of_those_that_wait)
{
	const struct engine_status s = {.left = 8 * sec, .lasts = 20 * sec, .at_once = 100};

	ck_assert_int_eq(limit_left(&s, 1), 28 * sec);
	ck_assert_int_eq(limit_left(&s, 100), 28 * sec);
	ck_assert_int_eq(limit_left(&s, 101), 48 * sec);
}
END_TEST

START_TEST(left_is_not_known_where_no_limit_is)
{
	const struct engine_status s = {.lasts = 20 * sec, .at_once = 100};

	ck_assert_int_eq(limit_left(&s, 100), 0);
}
END_TEST

START_TEST(left_of_more_than_there_is_time_for_is_not_told)
{
	const struct engine_status s = {.left = 8 * sec, .lasts = 20 * sec};

	ck_assert_int_eq(limit_left(&s, UINT64_MAX), 0);
}
END_TEST

UNIT_MAIN("cmd/scan_limit", left_is_that_of_the_addresses_under_work,
	left_has_rounds_of_those_that_wait, left_is_not_known_where_no_limit_is,
	left_of_more_than_there_is_time_for_is_not_told)
