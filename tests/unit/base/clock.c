/* SPDX-License-Identifier: MIT */
#include "netprobe/base/clock.h"

#include "../unit.h"

static void expect(nsec_t wall, const char *expected)
{
	char text[CLOCK_RFC3339_MAX], of_day[CLOCK_TIME_OF_DAY_MAX];

	clock_rfc3339(wall, text);
	ck_assert_str_eq(text, expected);
	clock_time_of_day(wall, of_day);
	ck_assert_uint_eq(strlen(of_day), CLOCK_TIME_OF_DAY_MAX - 1);
	ck_assert(strstr(expected, of_day) == expected + strlen("2026-11-21T"));
}

START_TEST(clock_rfc3339_is_utc_with_microseconds)
{
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	expect(0, "1970-01-01T00:00:00.000000Z");
	expect(1795232448 * NSEC_PER_SEC + 123456789, "2026-11-21T03:40:48.123456Z");
	expect(951782400 * NSEC_PER_SEC, "2000-02-29T00:00:00.000000Z");
}
END_TEST

START_TEST(clock_rfc3339_counts_back_before_1970)
{
	expect(-1, "1969-12-31T23:59:59.999999Z");
	expect(-NSEC_PER_SEC, "1969-12-31T23:59:59.000000Z");
	expect(-NSEC_PER_MSEC, "1969-12-31T23:59:59.999000Z");
}
END_TEST

START_TEST(clock_rfc3339_takes_any_instant)
{
	expect(INT64_MAX, "2262-04-11T23:47:16.854775Z");
	expect(INT64_MIN, "1677-09-21T00:12:43.145224Z");
}
END_TEST

START_TEST(clock_now_never_goes_back)
{
	nsec_t last = clock_now();

	ck_assert_int_gt(last, 0);
	for (unsigned i = 0; i < 1000; i++) {
		nsec_t now = clock_now();

		ck_assert_int_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(clock_wall_is_the_time_of_day)
{
	time_t seconds = time(NULL);

	ck_assert_int_le(llabs(clock_wall() / NSEC_PER_SEC - seconds), 1);
}
END_TEST

START_TEST(clock_tick_is_never_far_behind)
{
	for (unsigned i = 0; i < 1000; i++) {
		nsec_t before = clock_now(), tick = clock_tick();

		ck_assert_int_le(tick, clock_now());
		ck_assert_int_ge(tick, before - 20 * NSEC_PER_MSEC);
	}
}
END_TEST

UNIT_MAIN("base/clock", clock_rfc3339_is_utc_with_microseconds,
	clock_rfc3339_counts_back_before_1970, clock_rfc3339_takes_any_instant,
	clock_now_never_goes_back, clock_wall_is_the_time_of_day, clock_tick_is_never_far_behind)
