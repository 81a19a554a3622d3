/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/pcapng_clock.h"

#include "../unit.h"

static nsec_t time_of(int resolution, int64_t offset, uint64_t units)
{
	struct pcapng_clock c = {0};

	pcapng_clock_resolution(&c, (uint8_t)resolution);
	pcapng_clock_offset(&c, offset);
	return pcapng_clock_wall(&c, units);
}

enum { BINARY = 0x80 };

START_TEST(clock_takes_times_in_every_resolution)
{
	ck_assert_int_eq(time_of(0, 0, 7), 7 * NSEC_PER_SEC);
	ck_assert_int_eq(time_of(6, 0, 1234567), 1234567000);
	ck_assert_int_eq(time_of(9, 0, 1234567), 1234567);
	ck_assert_int_eq(time_of(3, 0, 1234567), 1234567 * NSEC_PER_MSEC);
	ck_assert_int_eq(time_of(12, 0, 1234567), 1234);
	ck_assert_int_eq(time_of(19, 0, 10000000000), 1);
	ck_assert_int_eq(time_of(28, 0, UINT64_MAX), 1);
	ck_assert_int_eq(time_of(29, 0, UINT64_MAX), 0);
	ck_assert_int_eq(time_of(127, 0, UINT64_MAX), 0);
	ck_assert_int_eq(time_of(BINARY | 10, 0, 3 * 1024 + 512), 3500000000);
	ck_assert_int_eq(time_of(BINARY, 0, 7), 7 * NSEC_PER_SEC);
	ck_assert_int_eq(time_of(BINARY | 32, 0, 5ULL << 32 | 1U << 30), 5250000000);
	ck_assert_int_eq(time_of(BINARY | 63, 0, 3ULL << 62), 1500000000);
	ck_assert_int_eq(time_of(BINARY | 64, 0, UINT64_MAX), 0);
}
END_TEST

START_TEST(clock_adds_its_offset)
{
	ck_assert_int_eq(time_of(6, 1700000000, 5), 1700000000 * NSEC_PER_SEC + 5000);
	ck_assert_int_eq(time_of(6, -2, 5000000), 3 * NSEC_PER_SEC);
	ck_assert_int_eq(time_of(BINARY | 1, 10, 3), 11500000000);
}
END_TEST

START_TEST(clock_keeps_times_where_two_can_be_added)
{
	ck_assert_int_eq(time_of(6, 0, UINT64_MAX), PCAPNG_LATEST);
	ck_assert_int_eq(time_of(9, 0, UINT64_MAX), PCAPNG_LATEST);
	ck_assert_int_eq(time_of(9, 0, (uint64_t)PCAPNG_LATEST - 1), PCAPNG_LATEST - 1);
	ck_assert_int_eq(time_of(BINARY, 0, UINT64_MAX), PCAPNG_LATEST);
	ck_assert_int_eq(time_of(9, INT64_MAX, UINT64_MAX), PCAPNG_LATEST);
	ck_assert_int_eq(time_of(BINARY, INT64_MAX, UINT64_MAX), PCAPNG_LATEST);
	ck_assert_int_eq(time_of(6, INT64_MIN, 5), 0);
	ck_assert_int_eq(time_of(6, -1, 5), 0);
}
END_TEST

START_TEST(clock_changes_its_unit_as_a_whole)
{
	struct pcapng_clock c = {0};

	pcapng_clock_resolution(&c, BINARY | 1);
	pcapng_clock_resolution(&c, 6);
	ck_assert_int_eq(pcapng_clock_wall(&c, 3), 3000);
	pcapng_clock_resolution(&c, 12);
	ck_assert_int_eq(pcapng_clock_wall(&c, 3000), 3);
	pcapng_clock_resolution(&c, BINARY | 1);
	ck_assert_int_eq(pcapng_clock_wall(&c, 3), 1500000000);
}
END_TEST

UNIT_MAIN("capture/pcapng_clock", clock_takes_times_in_every_resolution, clock_adds_its_offset,
	clock_keeps_times_where_two_can_be_added, clock_changes_its_unit_as_a_whole)
