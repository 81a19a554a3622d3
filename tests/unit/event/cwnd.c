/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/event/cwnd.h"

START_TEST(cwnd_doubles_in_a_round_of_answers)
{
	struct cwnd c;

	cwnd_init(&c, 10, 1000);
	for (int i = 0; i < 10; i++)
		cwnd_answered(&c, 1);
	ck_assert(cwnd_has_room(&c, 19));
	ck_assert(!cwnd_has_room(&c, 20));
}
END_TEST

START_TEST(cwnd_never_passes_its_ceiling)
{
	struct cwnd c;

	cwnd_init(&c, 10, 16);
	for (int i = 0; i < 100; i++)
		cwnd_answered(&c, 1);
	ck_assert(!cwnd_has_room(&c, 16));
	cwnd_init(&c, 10, 4);
	ck_assert(!cwnd_has_room(&c, 4));
}
END_TEST

START_TEST(cwnd_grows_by_time_in_silence_but_not_after_a_loss)
{
	struct cwnd c;

	cwnd_init(&c, 10, 1000);
	cwnd_quiet(&c, CWND_QUIET_INTERVAL);
	ck_assert(cwnd_has_room(&c, 19));
	cwnd_quiet(&c, CWND_QUIET_INTERVAL + 1);
	ck_assert(!cwnd_has_room(&c, 20));
	cwnd_lost(&c, 1, 2);
	cwnd_quiet(&c, 3 * CWND_QUIET_INTERVAL);
	ck_assert(!cwnd_has_room(&c, 20));
}
END_TEST

/* Feeds answers and losses of probes sent at `sent`, in this ratio, until the window changes. */
static enum cwnd_change feed(
	struct cwnd *c, unsigned answers, unsigned losses, nsec_t sent, nsec_t now)
{
	for (int i = 0; i < 1000; i++) {
		for (unsigned a = 0; a < answers; a++)
			cwnd_answered(c, sent);
		for (unsigned l = 0; l < losses; l++) {
			enum cwnd_change change = cwnd_lost(c, sent, now);

			if (change != CWND_SAME)
				return change;
		}
	}
	return CWND_SAME;
}

START_TEST(cwnd_is_cut_by_loss_once_for_all_that_was_under_way)
{
	struct cwnd c;
	double cut;

	cwnd_init(&c, 1000, 1000);
	ck_assert_int_eq(feed(&c, 4, 1, 10, 20), CWND_CUT);
	cut = c.size;
	ck_assert(cut < 701 && cut > 699);
	ck_assert_int_eq(cwnd_lost(&c, 15, 30), CWND_SAME);
	ck_assert(c.size == cut);
}
END_TEST

START_TEST(cwnd_comes_back_when_a_smaller_window_loses_alike)
{
	struct cwnd c;

	cwnd_init(&c, 1000, 1000);
	ck_assert_int_eq(feed(&c, 4, 1, 10, 20), CWND_CUT);
	ck_assert_int_eq(feed(&c, 4, 1, 30, 40), CWND_RESTORED);
	ck_assert(c.size >= 1000);
	ck_assert_int_eq(feed(&c, 4, 1, 50, 60), CWND_SAME);
}
END_TEST

START_TEST(cwnd_goes_on_shrinking_while_that_helps)
{
	struct cwnd c;

	cwnd_init(&c, 1000, 1000);
	ck_assert_int_eq(feed(&c, 2, 1, 10, 20), CWND_CUT);
	ck_assert_int_eq(feed(&c, 20, 1, 30, 40), CWND_CUT);
	ck_assert(c.size < 710);
}
END_TEST

START_TEST(cwnd_few_samples_prove_no_rate)
{
	struct cwnd c;

	cwnd_init(&c, 100, 1000);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(cwnd_lost(&c, 10, 20), CWND_SAME);
}
END_TEST

UNIT_MAIN("event/cwnd", cwnd_doubles_in_a_round_of_answers, cwnd_never_passes_its_ceiling,
	cwnd_grows_by_time_in_silence_but_not_after_a_loss,
	cwnd_is_cut_by_loss_once_for_all_that_was_under_way,
	cwnd_comes_back_when_a_smaller_window_loses_alike, cwnd_goes_on_shrinking_while_that_helps,
	cwnd_few_samples_prove_no_rate)
