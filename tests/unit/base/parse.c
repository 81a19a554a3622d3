/* SPDX-License-Identifier: MIT */
#include "netprobe/base/parse.h"

#include "netprobe/base/err.h"

#include "../unit.h"

static void expect_uint(const char *text, int code, uint64_t value)
{
	uint64_t out = 4711;

	ck_assert_int_eq(parse_uint(text, 1, 65535, &out), code);
	ck_assert_uint_eq(out, code ? 4711 : value);
}

START_TEST(parse_uint_takes_numbers_within_bounds)
{
	expect_uint("1", 0, 1);
	expect_uint("65535", 0, 65535);
	expect_uint("0022", 0, 22);
	expect_uint("0", ERR_RANGE, 0);
	expect_uint("65536", ERR_RANGE, 0);
}
END_TEST

START_TEST(parse_uint_rejects_all_but_digits)
{
	expect_uint("", ERR_EMPTY, 0);
	expect_uint(" 1", ERR_NUMBER, 0);
	expect_uint("1 ", ERR_NUMBER, 0);
	expect_uint("+1", ERR_NUMBER, 0);
	expect_uint("-1", ERR_NUMBER, 0);
	expect_uint("0x10", ERR_NUMBER, 0);
	expect_uint("1.0", ERR_NUMBER, 0);
	expect_uint("١", ERR_NUMBER, 0);
}
END_TEST

START_TEST(parse_uint_knows_its_own_largest)
{
	uint64_t out = 0;

	ck_assert_int_eq(parse_uint("18446744073709551615", 0, UINT64_MAX, &out), 0);
	ck_assert_uint_eq(out, UINT64_MAX);
	ck_assert_int_eq(parse_uint("18446744073709551616", 0, UINT64_MAX, &out), ERR_RANGE);
	ck_assert_int_eq(parse_uint("99999999999999999999", 0, UINT64_MAX, &out), ERR_RANGE);
}
END_TEST

START_TEST(parse_uint_n_stops_at_its_length)
{
	uint64_t out = 0;

	ck_assert_int_eq(parse_uint_n("123", 2, 0, 99, &out), 0);
	ck_assert_uint_eq(out, 12);
	ck_assert_int_eq(parse_uint_n("123", 0, 0, 99, &out), ERR_EMPTY);
}
END_TEST

static void expect_duration(const char *text, int code, nsec_t value)
{
	nsec_t out = 4711;

	ck_assert_int_eq(parse_duration(text, &out), code);
	ck_assert_int_eq(out, code ? 4711 : value);
}

START_TEST(parse_duration_means_seconds_when_bare)
{
	expect_duration("3", 0, 3 * NSEC_PER_SEC);
	expect_duration("0", 0, 0);
	expect_duration("0.5", 0, NSEC_PER_SEC / 2);
}
END_TEST

START_TEST(parse_duration_knows_its_units)
{
	expect_duration("250ms", 0, 250 * NSEC_PER_MSEC);
	expect_duration("1.5s", 0, 1500 * NSEC_PER_MSEC);
	expect_duration("2m", 0, 120 * NSEC_PER_SEC);
	expect_duration("0.5m", 0, 30 * NSEC_PER_SEC);
	expect_duration("0.001ms", 0, 1000);
}
END_TEST

START_TEST(parse_duration_cuts_below_a_millionth_of_the_unit)
{
	expect_duration("0.0000019", 0, 1000);
	expect_duration("0.000001ms", 0, 1);
}
END_TEST

START_TEST(parse_duration_rejects_what_is_no_time)
{
	expect_duration("", ERR_EMPTY, 0);
	expect_duration("ms", ERR_NUMBER, 0);
	expect_duration("fast", ERR_NUMBER, 0);
	expect_duration("-1", ERR_NUMBER, 0);
	expect_duration(".5", ERR_NUMBER, 0);
	expect_duration("1.", ERR_NUMBER, 0);
	expect_duration("1.s", ERR_NUMBER, 0);
	expect_duration("1h", ERR_UNIT, 0);
	expect_duration("1 s", ERR_UNIT, 0);
	expect_duration("1e3", ERR_UNIT, 0);
	expect_duration("1.2.3", ERR_UNIT, 0);
	expect_duration("5S", ERR_UNIT, 0);
}
END_TEST

START_TEST(parse_duration_ends_at_a_million_seconds)
{
	expect_duration("1000000", 0, 1000000 * NSEC_PER_SEC);
	expect_duration("1000000000ms", 0, 1000000 * NSEC_PER_SEC);
	expect_duration("1000000.000001", ERR_RANGE, 0);
	expect_duration("1000001", ERR_RANGE, 0);
	expect_duration("16666m", 0, 999960 * NSEC_PER_SEC);
	expect_duration("16667m", ERR_RANGE, 0);
	expect_duration("99999999999999999999999s", ERR_RANGE, 0);
}
END_TEST

UNIT_MAIN("base/parse", parse_uint_takes_numbers_within_bounds, parse_uint_rejects_all_but_digits,
	parse_uint_knows_its_own_largest, parse_uint_n_stops_at_its_length,
	parse_duration_means_seconds_when_bare, parse_duration_knows_its_units,
	parse_duration_cuts_below_a_millionth_of_the_unit, parse_duration_rejects_what_is_no_time,
	parse_duration_ends_at_a_million_seconds)
