/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/rng.h"
#include "netprobe/event/timers.h"

static nsec_t fired[1000];
static unsigned fired_count;

static void note(struct timer *timer, nsec_t now)
{
	ck_assert(timer->when <= now);
	fired[fired_count++] = timer->when;
}

START_TEST(timers_expire_in_order_of_their_deadlines)
{
	struct timers t = {0};
	struct timer all[1000] = {0};

	fired_count = 0;
	for (unsigned i = 0; i < 1000; i++) {
		all[i].expired = note;
		timers_set(&t, &all[i], (nsec_t)(rng_mix(i) % 5000));
	}
	for (unsigned i = 0; i < 1000; i += 3)
		timers_cancel(&t, &all[i]);
	timers_expire(&t, 5000);
	ck_assert_uint_eq(fired_count, 666);
	for (unsigned i = 1; i < fired_count; i++)
		ck_assert_int_le(fired[i - 1], fired[i]);
	ck_assert_int_eq(timers_next(&t), NSEC_NEVER);
	timers_release(&t);
}
END_TEST

START_TEST(timers_leave_alone_what_is_not_due)
{
	struct timers t = {0};
	struct timer early = {.expired = note}, late = {.expired = note};

	fired_count = 0;
	timers_set(&t, &late, 20);
	timers_set(&t, &early, 10);
	timers_expire(&t, 15);
	ck_assert_uint_eq(fired_count, 1);
	ck_assert(!timer_is_set(&early));
	ck_assert(timer_is_set(&late));
	ck_assert_int_eq(timers_next(&t), 20);
	timers_release(&t);
}
END_TEST

START_TEST(timers_set_again_moves_the_deadline)
{
	struct timers t = {0};
	struct timer one = {.expired = note}, two = {.expired = note};

	timers_set(&t, &one, 10);
	timers_set(&t, &two, 20);
	timers_set(&t, &one, 30);
	ck_assert_int_eq(timers_next(&t), 20);
	timers_set(&t, &one, 5);
	ck_assert_int_eq(timers_next(&t), 5);
	ck_assert_uint_eq(t.count, 2);
	timers_release(&t);
}
END_TEST

static struct timers *again_in;

static void set_again(struct timer *timer, nsec_t now)
{
	fired_count++;
	timers_set(again_in, timer, now + 10);
}

START_TEST(timers_may_set_themselves_again)
{
	struct timers t = {0};
	struct timer one = {.expired = set_again};

	again_in = &t;
	fired_count = 0;
	timers_set(&t, &one, 10);
	timers_expire(&t, 10);
	ck_assert_uint_eq(fired_count, 1);
	ck_assert_int_eq(timers_next(&t), 20);
	timers_release(&t);
}
END_TEST

UNIT_MAIN("event/timers", timers_expire_in_order_of_their_deadlines,
	timers_leave_alone_what_is_not_due, timers_set_again_moves_the_deadline,
	timers_may_set_themselves_again)
