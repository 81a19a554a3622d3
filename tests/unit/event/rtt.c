/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/event/rtt.h"

#define MS NSEC_PER_MSEC

START_TEST(rtt_waits_just_under_a_second_while_nothing_is_measured)
{
	struct rtt r = {0};

	ck_assert_int_eq(rtt_timeout(&r, 100 * MS, 10000 * MS), 900 * MS);
	ck_assert_int_eq(rtt_timeout(&r, 100 * MS, 300 * MS), 300 * MS);
}
END_TEST

/* RFC 6298, 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR */
START_TEST(rtt_first_sample_gives_three_times_itself)
{
	struct rtt r = {0};

	rtt_sample(&r, 100 * MS);
	ck_assert_int_eq(rtt_timeout(&r, 0, 10000 * MS), 300 * MS);
}
END_TEST

/* RFC 6298, 2.3: RTTVAR = 3/4 * 50 + 1/4 * |100 - 180| = 57.5, SRTT = 7/8 * 100 + 1/8 * 180 = 110
 */
START_TEST(rtt_second_sample_is_smoothed)
{
	struct rtt r = {0};

	rtt_sample(&r, 100 * MS);
	rtt_sample(&r, 180 * MS);
	ck_assert_int_eq(r.smoothed, 110 * MS);
	ck_assert_int_eq(r.variation, 57500 * NSEC_PER_USEC);
}
END_TEST

START_TEST(rtt_timeout_keeps_to_its_bounds)
{
	struct rtt r = {0};

	for (int i = 0; i < 100; i++)
		rtt_sample(&r, 50 * NSEC_PER_USEC);
	ck_assert_int_eq(rtt_timeout(&r, 100 * MS, 10000 * MS), 100 * MS);
	rtt_sample(&r, 60000 * MS);
	ck_assert_int_eq(rtt_timeout(&r, 100 * MS, 10000 * MS), 10000 * MS);
}
END_TEST

UNIT_MAIN("event/rtt", rtt_waits_just_under_a_second_while_nothing_is_measured,
	rtt_first_sample_gives_three_times_itself, rtt_second_sample_is_smoothed,
	rtt_timeout_keeps_to_its_bounds)
