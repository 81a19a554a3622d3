/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/due.h"

#include "netprobe/base/rng.h"

#include "../unit.h"

#include <string.h>

START_TEST(due_comes_when_the_wait_is_over_and_not_much_before)
{
	static const nsec_t waits[] = {NSEC_PER_SEC / 8, NSEC_PER_SEC, 2 * NSEC_PER_SEC,
		5 * NSEC_PER_SEC, 600 * NSEC_PER_SEC};

	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		struct tracked f = {0};
		struct due d;

		due_init(&d);
		due_set(&d, &f, 100, waits[i]);
		ck_assert_int_le(f.due - 100, waits[i]);
		ck_assert_int_gt(2 * (f.due - 100), waits[i] < 512 * NSEC_PER_SEC ? waits[i] : 0);
		ck_assert_ptr_null(due_take(&d, f.due - 1));
		ck_assert_ptr_eq(due_take(&d, f.due), &f);
		ck_assert_ptr_null(due_take(&d, NSEC_NEVER));
	}
}
END_TEST

START_TEST(due_waits_an_eighth_of_a_second_at_least)
{
	struct tracked f = {0};
	struct due d;

	due_init(&d);
	due_set(&d, &f, 0, -5);
	ck_assert_int_eq(f.due, NSEC_PER_SEC / 8);
}
END_TEST

START_TEST(due_forgets_what_is_cancelled_and_moves_what_is_set_again)
{
	struct tracked f[3];
	struct due d;

	memset(f, 0, sizeof f);
	due_init(&d);
	for (int i = 0; i < 3; i++)
		due_set(&d, &f[i], 0, NSEC_PER_SEC);
	due_cancel(&d, &f[1]);
	due_cancel(&d, &f[1]);
	due_set(&d, &f[0], 0, 2 * NSEC_PER_SEC);
	ck_assert_ptr_eq(due_take(&d, NSEC_PER_SEC), &f[2]);
	ck_assert_ptr_null(due_take(&d, NSEC_PER_SEC));
	ck_assert_ptr_eq(due_take(&d, 2 * NSEC_PER_SEC), &f[0]);
}
END_TEST

/* Against an array that is looked through. */
START_TEST(due_loses_none_of_many)
{
	enum { FLOWS = 300, STEPS = 20000 };
	static struct tracked f[FLOWS];
	uint64_t random = 3;
	struct due d;
	nsec_t now = 0;

	due_init(&d);
	for (int i = 0; i < STEPS; i++) {
		struct tracked *some = &f[(random = rng_mix(random)) % FLOWS], *taken;

		if (random >> 60 == 0)
			due_cancel(&d, some);
		else
			due_set(&d, some, now, (nsec_t)(random >> 24));
		now += (nsec_t)(random >> 34);
		while ((taken = due_take(&d, now)))
			ck_assert(taken->due <= now && taken->due_line == 0);
		unsigned overdue = 0;
		for (int k = 0; k < FLOWS; k++)
			overdue += f[k].due_line != 0 && f[k].due <= now;
		ck_assert_uint_eq(overdue, 0);
	}
}
END_TEST

UNIT_MAIN("capture/due", due_comes_when_the_wait_is_over_and_not_much_before,
	due_waits_an_eighth_of_a_second_at_least,
	due_forgets_what_is_cancelled_and_moves_what_is_set_again, due_loses_none_of_many)
