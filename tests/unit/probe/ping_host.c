/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/ping_host.h"

#include "../unit.h"

#define S NSEC_PER_SEC

START_TEST(pending_is_what_has_no_fate_yet)
{
	struct ping_counts c = {.sent = 10, .received = 4, .lost = 3, .dropped_here = 1};

	ck_assert_uint_eq(ping_pending(&c), 2);
	/* parts of received and lost, or beside them */
	c.late = c.errors = c.duplicates = c.corrupted = 2;
	ck_assert_uint_eq(ping_pending(&c), 2);
}
END_TEST

START_TEST(loss_is_a_share_of_the_known_fates)
{
	const struct ping_counts c = {.sent = 10, .received = 6, .lost = 2};

	ck_assert_double_eq(ping_loss(&c), 25);
}
END_TEST

START_TEST(loss_leaves_out_what_was_dropped_here)
{
	const struct ping_counts some = {.sent = 6, .received = 3, .lost = 1, .dropped_here = 2};
	const struct ping_counts all = {.sent = 6, .dropped_here = 6};

	ck_assert_double_eq(ping_loss(&some), 25);
	ck_assert_double_eq(ping_loss(&all), 0);
}
END_TEST

START_TEST(loss_of_nothing_is_none)
{
	const struct ping_counts unsent = {0}, pending = {.sent = 3};

	ck_assert_double_eq(ping_loss(&unsent), 0);
	ck_assert_double_eq(ping_loss(&pending), 0);
}
END_TEST

START_TEST(outage_is_the_longest_silence)
{
	struct ping_host h = {.longest_outage = 5 * S};

	ck_assert_int_eq(ping_outage(&h, 100 * S), 5 * S);
	h.silent_since = 97 * S;
	ck_assert_int_eq(ping_outage(&h, 100 * S), 5 * S);
	ck_assert_int_eq(ping_outage(&h, 102 * S), 5 * S);
	ck_assert_int_eq(ping_outage(&h, 103 * S), 6 * S);
	h = (struct ping_host){0};
	ck_assert_int_eq(ping_outage(&h, 100 * S), 0);
}
END_TEST

START_TEST(sums_have_every_count)
{
	struct ping_counts sum = {1, 2, 3, 4, 5, 6, 7, 8};
	const struct ping_counts c = {10, 20, 30, 40, 50, 60, 70, 80};

	ping_add(&sum, &c);
	ck_assert_uint_eq(sum.sent, 11);
	ck_assert_uint_eq(sum.received, 22);
	ck_assert_uint_eq(sum.lost, 33);
	ck_assert_uint_eq(sum.dropped_here, 44);
	ck_assert_uint_eq(sum.duplicates, 55);
	ck_assert_uint_eq(sum.late, 66);
	ck_assert_uint_eq(sum.errors, 77);
	ck_assert_uint_eq(sum.corrupted, 88);
}
END_TEST

UNIT_MAIN("probe/ping_host", pending_is_what_has_no_fate_yet, loss_is_a_share_of_the_known_fates,
	loss_leaves_out_what_was_dropped_here, loss_of_nothing_is_none,
	outage_is_the_longest_silence, sums_have_every_count)
