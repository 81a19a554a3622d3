/* SPDX-License-Identifier: MIT */
#include "../../../src/output/number.h"

#include "../unit.h"

static void expect_ms(nsec_t ns, const char *fixed, const char *trimmed)
{
	char text[NUMBER_MAX];

	ck_assert_uint_eq(number_ms(ns, text), strlen(fixed));
	ck_assert_str_eq(text, fixed);
	ck_assert_uint_eq(number_trim(text, strlen(text)), strlen(trimmed));
	ck_assert_str_eq(text, trimmed);
}

START_TEST(number_ms_keeps_microseconds)
{
	expect_ms(41000, "0.041", "0.041");
	expect_ms(12500000, "12.500", "12.5");
	expect_ms(3 * NSEC_PER_SEC, "3000.000", "3000");
	expect_ms(0, "0.000", "0");
}
END_TEST

START_TEST(number_ms_rounds_to_the_nearest)
{
	expect_ms(499, "0.000", "0");
	expect_ms(500, "0.001", "0.001");
	expect_ms(999999500, "1000.000", "1000");
	expect_ms(-41499, "-0.041", "-0.041");
	expect_ms(-499, "0.000", "0");
}
END_TEST

START_TEST(number_ms_has_room_for_any_span)
{
	expect_ms(INT64_MAX, "9223372036854.776", "9223372036854.776");
	expect_ms(INT64_MIN, "-9223372036854.776", "-9223372036854.776");
}
END_TEST

START_TEST(number_trim_leaves_whole_numbers)
{
	char text[] = "1500";

	ck_assert_uint_eq(number_trim(text, 4), 4);
	ck_assert_str_eq(text, "1500");
}
END_TEST

static void expect_real(double value, const char *expected)
{
	char text[NUMBER_MAX];

	number_real(value, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(number_real_has_no_noise)
{
	expect_real(0.1, "0.1");
	expect_real(0.1 + 0.2, "0.3");
	expect_real(33.3, "33.3");
	expect_real(100, "100");
	expect_real(-1.7976931348623157e308, "-1.79769313486232e+308");
}
END_TEST

static void expect_grouped(uint64_t value, const char *expected)
{
	char text[NUMBER_MAX];

	number_grouped(value, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(number_grouped_separates_thousands)
{
	expect_grouped(0, "0");
	expect_grouped(999, "999");
	expect_grouped(1000, "1,000");
	expect_grouped(65535, "65,535");
	expect_grouped(123456, "123,456");
	expect_grouped(UINT64_MAX, "18,446,744,073,709,551,615");
}
END_TEST

START_TEST(number_uint_counts_its_digits)
{
	char text[NUMBER_MAX];

	ck_assert_uint_eq(number_uint(0, text), 1);
	ck_assert_str_eq(text, "0");
	ck_assert_uint_eq(number_uint(1090, text), 4);
	ck_assert_str_eq(text, "1090");
	ck_assert_uint_eq(number_uint(UINT64_MAX, text), 20);
	ck_assert_str_eq(text, "18446744073709551615");
}
END_TEST

UNIT_MAIN("output/number", number_ms_keeps_microseconds, number_ms_rounds_to_the_nearest,
	number_ms_has_room_for_any_span, number_trim_leaves_whole_numbers, number_real_has_no_noise,
	number_grouped_separates_thousands, number_uint_counts_its_digits)
