/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/event/pacer.h"

static unsigned take_all(struct pacer *p, nsec_t from, nsec_t to, nsec_t step)
{
	unsigned taken = 0;

	for (nsec_t now = from; now < to; now += step)
		while (p->interval && pacer_take(p, now))
			taken++;
	return taken;
}

START_TEST(pacer_without_a_rate_always_says_yes)
{
	struct pacer p;

	pacer_init(&p, 0);
	for (int i = 0; i < 1000; i++)
		ck_assert(pacer_take(&p, 1));
}
END_TEST

START_TEST(pacer_keeps_the_rate_over_a_second)
{
	struct pacer p;
	unsigned taken;

	pacer_init(&p, 1000);
	taken = take_all(&p, NSEC_PER_SEC, 2 * NSEC_PER_SEC, 100 * NSEC_PER_USEC);
	/* 1,000, and at most the 10 ms that may be made up for at the start */
	ck_assert_uint_ge(taken, 1000);
	ck_assert_uint_le(taken, 1011);
}
END_TEST

START_TEST(pacer_allows_no_burst_after_a_pause)
{
	struct pacer p;

	pacer_init(&p, 1000);
	take_all(&p, NSEC_PER_SEC, 2 * NSEC_PER_SEC, NSEC_PER_MSEC);
	ck_assert_uint_le(take_all(&p, 9 * NSEC_PER_SEC, 9 * NSEC_PER_SEC + 1, 1), 11);
}
END_TEST

START_TEST(pacer_with_a_long_interval_never_makes_up)
{
	struct pacer p;

	pacer_init_interval(&p, NSEC_PER_SEC);
	ck_assert(pacer_take(&p, 100 * NSEC_PER_SEC));
	ck_assert(!pacer_take(&p, 100 * NSEC_PER_SEC));
	ck_assert_int_eq(pacer_due(&p), 101 * NSEC_PER_SEC);
	ck_assert(pacer_take(&p, 150 * NSEC_PER_SEC));
	ck_assert(!pacer_take(&p, 150 * NSEC_PER_SEC));
}
END_TEST

START_TEST(pacer_gives_everybody_a_turn_of_their_own)
{
	struct pacer p;

	pacer_init_interval(&p, NSEC_PER_SEC);
	ck_assert_int_eq(pacer_reserve(&p, 100 * NSEC_PER_SEC), 100 * NSEC_PER_SEC);
	ck_assert_int_eq(pacer_reserve(&p, 100 * NSEC_PER_SEC), 101 * NSEC_PER_SEC);
	ck_assert_int_eq(pacer_reserve(&p, 100 * NSEC_PER_SEC), 102 * NSEC_PER_SEC);
	ck_assert(!pacer_take(&p, 102 * NSEC_PER_SEC));
	ck_assert_int_eq(pacer_reserve(&p, 200 * NSEC_PER_SEC), 200 * NSEC_PER_SEC);
	pacer_init(&p, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pacer_reserve(&p, NSEC_PER_SEC), NSEC_PER_SEC);
}
END_TEST

UNIT_MAIN("event/pacer", pacer_gives_everybody_a_turn_of_their_own,
	pacer_without_a_rate_always_says_yes, pacer_keeps_the_rate_over_a_second,
	pacer_allows_no_burst_after_a_pause, pacer_with_a_long_interval_never_makes_up)
