/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/icmp_budget.h"

#include "../unit.h"

#define MSEC NSEC_PER_MSEC
#define SEC  NSEC_PER_SEC

static const nsec_t start = 100 * SEC;

/* As Linux behaves to a scanner that asks at once: six errors, then nothing. */
static struct icmp_budget drained_at_once(void)
{
	struct icmp_budget b;

	budget_init(&b);
	budget_learn(&b, start, 1, 1, start);
	budget_learn(&b, start, 20, 5, start + 20 * MSEC);
	return b;
}

/* One port a time, as soon as the model wants it, for `span`; how many errors came. */
static unsigned ask_for(struct icmp_budget *b, nsec_t *now, nsec_t span, double per_second,
	double burst, unsigned *asked)
{
	nsec_t end = *now + span, at = *now;
	double tokens = 0;
	unsigned answered = 0;

	*asked = 0;
	while (*now < end) {
		unsigned got;

		tokens += (double)(*now - at) / SEC * per_second;
		tokens = tokens < burst ? tokens : burst;
		at = *now;
		if (budget_room(b, *now, 1) == 0) {
			*now = budget_due(b, *now, 1);
			ck_assert_int_gt(*now, at);
			continue;
		}
		budget_take(b, *now, 1);
		got = tokens >= 1;
		tokens -= got;
		answered += got;
		++*asked;
		budget_learn(b, *now, 1, got, *now);
	}
	return answered;
}

START_TEST(budget_knows_nothing_at_first)
{
	struct icmp_budget b;

	budget_init(&b);
	ck_assert_int_eq(b.kind, BUDGET_UNKNOWN);
	ck_assert_uint_eq(budget_room(&b, start, 64), 64);
	ck_assert(budget_sure(&b, start) < 1);
	ck_assert_int_eq(budget_eta(&b, start, 100), 0);
}
END_TEST

START_TEST(budget_is_none_when_no_error_ever_came)
{
	struct icmp_budget b;

	budget_init(&b);
	budget_learn(&b, start, 3, 0, start);
	budget_give_up(&b);
	ck_assert_int_eq(b.kind, BUDGET_NONE);
}
END_TEST

START_TEST(budget_is_plenty_while_everything_is_answered)
{
	struct icmp_budget b;

	budget_init(&b);
	budget_learn(&b, start, 63, 63, start);
	ck_assert_int_eq(b.kind, BUDGET_PLENTY);
	ck_assert(budget_sure(&b, start) > 1000);
	ck_assert_int_eq(budget_due(&b, start, 64), start);
	budget_give_up(&b);
	ck_assert_int_eq(b.kind, BUDGET_PLENTY);
}
END_TEST

START_TEST(budget_takes_the_first_answers_for_its_burst)
{
	struct icmp_budget b = drained_at_once();

	ck_assert_int_eq(b.kind, BUDGET_LIMITED);
	ck_assert(b.burst == 6);
	ck_assert(budget_sure(&b, start + MSEC) < 1);
}
END_TEST

START_TEST(budget_expects_an_error_a_second_before_it_has_seen_one)
{
	struct icmp_budget b = drained_at_once();

	ck_assert_int_eq(budget_eta(&b, start, 44), 44 * SEC);
}
END_TEST

START_TEST(budget_learns_the_pace_of_linux_and_uses_all_of_it)
{
	struct icmp_budget b = drained_at_once();
	nsec_t now = start + 20 * MSEC;
	unsigned asked, answered = ask_for(&b, &now, 20 * SEC, 1, 6, &asked);

	ck_assert_uint_ge(answered, 19);
	ck_assert_uint_lt(asked, 8 * answered);
	ck_assert_int_gt(b.interval, 900 * MSEC);
	ck_assert_int_lt(b.interval, 1100 * MSEC);
}
END_TEST

START_TEST(budget_learns_a_fast_pace)
{
	struct icmp_budget b = drained_at_once();
	nsec_t now = start + 20 * MSEC;
	unsigned asked, answered = ask_for(&b, &now, 4 * SEC, 40, 6, &asked);

	ck_assert_uint_ge(answered, 150);
	ck_assert_int_gt(b.interval, 22 * MSEC);
	ck_assert_int_lt(b.interval, 28 * MSEC);
}
END_TEST

START_TEST(budget_is_surer_the_longer_nothing_is_taken)
{
	struct icmp_budget b = drained_at_once();
	nsec_t now = start + 20 * MSEC;
	unsigned asked;

	ask_for(&b, &now, 20 * SEC, 1, 6, &asked);
	ck_assert(budget_sure(&b, now) < 2);
	ck_assert(budget_sure(&b, now + 1500 * MSEC) < 2);
	ck_assert(budget_sure(&b, now + 2500 * MSEC) >= 2);
	ck_assert(budget_sure(&b, now + 60 * SEC) <= 6);
	ck_assert_int_gt(budget_sure_at(&b, now, 2), now);
	ck_assert_int_lt(budget_sure_at(&b, now, 2), now + 2500 * MSEC);
	/* more than it holds will never be there */
	ck_assert_int_lt(budget_sure_at(&b, now, 20), now + 10 * SEC);
}
END_TEST

START_TEST(budget_is_empty_when_a_control_was_silent)
{
	struct icmp_budget b = drained_at_once();
	nsec_t now = start + 20 * MSEC;
	unsigned asked;

	ask_for(&b, &now, 20 * SEC, 1, 6, &asked);
	now += 5 * SEC;
	ck_assert(budget_sure(&b, now) >= 4);
	budget_learn(&b, now, 1, 0, now + 20 * MSEC);
	ck_assert(budget_sure(&b, now + 20 * MSEC) < 1);
}
END_TEST

START_TEST(budget_is_stale_after_a_while)
{
	struct icmp_budget b = drained_at_once();
	nsec_t now = start + 20 * MSEC;
	unsigned asked;

	ck_assert(budget_is_stale(&b, now));
	ask_for(&b, &now, 20 * SEC, 1, 6, &asked);
	budget_learn(&b, now, 1, 0, now);
	ck_assert(!budget_is_stale(&b, now + SEC));
	ck_assert(budget_is_stale(&b, now + 30 * SEC));
}
END_TEST

UNIT_MAIN("probe/icmp_budget", budget_knows_nothing_at_first,
	budget_is_none_when_no_error_ever_came, budget_is_plenty_while_everything_is_answered,
	budget_takes_the_first_answers_for_its_burst,
	budget_expects_an_error_a_second_before_it_has_seen_one,
	budget_learns_the_pace_of_linux_and_uses_all_of_it, budget_learns_a_fast_pace,
	budget_is_surer_the_longer_nothing_is_taken, budget_is_empty_when_a_control_was_silent,
	budget_is_stale_after_a_while)
