/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/mem.h"
#include "netprobe/event/stamp.h"

#define US    NSEC_PER_USEC
#define MS    NSEC_PER_MSEC
#define ASKED (5000 * NSEC_PER_SEC)       /* monotonic */
#define APART (1700000000 * NSEC_PER_SEC) /* the wall clock before the monotonic one */

/* What happened, in monotonic time, and by what the wall clock was stepped when. */
struct story {
	nsec_t wait, rtt, wake;
	nsec_t step, stepped_at; /* after the program asked */
};

static nsec_t wall_at(const struct story *t, nsec_t at)
{
	return ASKED + at + APART + (at >= t->stepped_at ? t->step : 0);
}

static struct stamps stamps_of(const struct story *t)
{
	nsec_t end = t->wait + t->rtt + t->wake;

	return (struct stamps){
		.asked = {ASKED, wall_at(t, 0)},
		.wire = wall_at(t, t->wait),
		.arrived = wall_at(t, t->wait + t->rtt),
		.read = {ASKED + end, wall_at(t, end)},
	};
}

static void expect(
	const struct stamps *s, enum stamp_source source, nsec_t wait, nsec_t rtt, nsec_t wake)
{
	struct round_trip got = round_trip_of(s);

	ck_assert_int_eq(got.source, source);
	ck_assert_int_eq(got.rtt, rtt);
	ck_assert_int_eq(got.wait, wait);
	ck_assert_int_eq(got.wake, wake);
}

/* The kernel's stamps give back what happened. */
static void expect_true(const struct story *t)
{
	struct stamps s = stamps_of(t);

	expect(&s, STAMPS_BOTH, t->wait, t->rtt, t->wake);
}

static const struct story usual = {.wait = 20 * US, .rtt = 300 * US, .wake = 60 * US};

START_TEST(stamp_round_trip_is_from_the_wire_to_the_arrival)
{
	expect_true(&usual);
}
END_TEST

START_TEST(stamp_a_late_program_does_not_lengthen_the_round_trip)
{
	struct story t = usual;

	t.wake = 20 * MS;
	expect_true(&t);
}
END_TEST

START_TEST(stamp_a_second_of_arp_is_waiting_and_no_round_trip)
{
	struct story t = usual;

	t.wait = 1000 * MS;
	expect_true(&t);
}
END_TEST

/* Steps that are larger than all the rest: only the truth fits. */
START_TEST(stamp_a_stepped_clock_is_seen_through)
{
	static const nsec_t steps[] = {
		2 * MS, 500 * MS, 3600 * NSEC_PER_SEC, 400000000 * NSEC_PER_SEC};
	static const nsec_t moments[] = {
		1, 19 * US, 21 * US, 150 * US, 319 * US, 321 * US, 379 * US};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		for (size_t m = 0; m < ARRAY_SIZE(moments); m++) {
			struct story t = usual;

			t.stepped_at = moments[m];
			t.step = steps[i];
			expect_true(&t);
			t.step = -steps[i];
			expect_true(&t);
		}
	}
}
END_TEST

START_TEST(stamp_a_step_during_arp_or_before_a_late_read_is_seen_through)
{
	struct story t = {.wait = 1000 * MS, .rtt = 5 * MS, .wake = 2 * MS};

	for (nsec_t step = -5000 * MS; step <= 5000 * MS; step += 10000 * MS) {
		t.step = step;
		t.stepped_at = 500 * MS;
		expect_true(&t);
		t.stepped_at = 1002 * MS;
		expect_true(&t);
		t.stepped_at = 1006 * MS;
		expect_true(&t);
	}
}
END_TEST

/* Both stamps may be on either side of a step that is shorter than the wait and the wake, and then
 * the round trip is the same; what came before and after it cannot be told. */
START_TEST(stamp_a_step_that_fits_on_either_side_leaves_the_round_trip)
{
	struct story t = {.wait = 20 * MS, .rtt = 300 * US, .wake = 20 * MS};
	struct stamps s;

	t.step = 5 * MS;
	t.stepped_at = 21 * MS;
	s = stamps_of(&t);
	expect(&s, STAMPS_BOTH, -1, 300 * US, -1);
	t.stepped_at = 10 * MS;
	s = stamps_of(&t);
	expect(&s, STAMPS_BOTH, -1, 300 * US, -1);
}
END_TEST

/* Back by 5 ms after the answer came, or back between probe and answer: 0.3 ms and 5.3 ms both
 * fit, and with the stamp of the arrival alone it is no better. */
START_TEST(stamp_a_step_that_allows_two_round_trips_is_not_guessed)
{
	struct story t = {.wait = 20 * US, .rtt = 300 * US, .wake = 20 * MS};
	struct stamps s;

	t.step = -5 * MS;
	t.stepped_at = 10 * MS;
	s = stamps_of(&t);
	expect(&s, STAMPS_NONE, -1, 20320 * US, -1);
}
END_TEST

/* Forward by 5 ms during a long wait, or between probe and answer of 10 ms: the arrival is after
 * the step either way. */
START_TEST(stamp_of_an_arrival_that_is_certain_helps_where_that_of_the_probe_is_not)
{
	struct story t = {.wait = 7 * MS, .rtt = 10 * MS, .wake = 60 * US};
	struct stamps s;

	t.step = 5 * MS;
	t.stepped_at = 6 * MS;
	s = stamps_of(&t);
	expect(&s, STAMPS_ARRIVED, -1, 17 * MS, 60 * US);
}
END_TEST

START_TEST(stamp_clocks_that_were_read_apart_are_no_step)
{
	struct stamps s = stamps_of(&usual);

	s.read.wall += 90 * US;
	expect(&s, STAMPS_BOTH, 20 * US, 300 * US, 150 * US);
	s = stamps_of(&usual);
	s.asked.wall -= 90 * US;
	expect(&s, STAMPS_BOTH, 110 * US, 300 * US, 60 * US);
}
END_TEST

START_TEST(stamp_wait_and_wake_are_never_negative)
{
	struct stamps s = stamps_of(&usual);

	s.asked.wall += 30 * US;
	s.read.wall -= 65 * US;
	expect(&s, STAMPS_BOTH, 0, 300 * US, 0);
}
END_TEST

START_TEST(stamp_without_the_probe_s_counts_from_the_asking)
{
	struct stamps s = stamps_of(&usual);

	s.wire = 0;
	expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
}
END_TEST

START_TEST(stamp_without_the_probe_s_sees_through_a_step)
{
	struct story t = usual;
	struct stamps s;

	for (nsec_t step = -500 * MS; step <= 500 * MS; step += 1000 * MS) {
		t.step = step;
		t.stepped_at = 200 * US;
		s = stamps_of(&t);
		s.wire = 0;
		expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
		t.stepped_at = 350 * US;
		s = stamps_of(&t);
		s.wire = 0;
		expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
	}
}
END_TEST

START_TEST(stamp_without_the_arrival_is_the_program_s_clock)
{
	struct stamps s = stamps_of(&usual);

	s.arrived = 0;
	expect(&s, STAMPS_NONE, -1, 380 * US, -1);
	s.wire = 0;
	expect(&s, STAMPS_NONE, -1, 380 * US, -1);
}
END_TEST

static const nsec_t insane[] = {1, -1, INT64_MAX, INT64_MIN, APART, -APART, ASKED,
	ASKED + APART - MS, ASKED + APART + MS, ASKED + APART + 1000 * NSEC_PER_SEC};

START_TEST(stamp_of_a_probe_that_cannot_be_is_not_used)
{
	for (size_t i = 0; i < ARRAY_SIZE(insane); i++) {
		struct stamps s = stamps_of(&usual);

		s.wire = insane[i];
		expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
	}
}
END_TEST

START_TEST(stamp_of_an_arrival_that_cannot_be_is_not_used)
{
	for (size_t i = 0; i < ARRAY_SIZE(insane); i++) {
		struct stamps s = stamps_of(&usual);

		s.arrived = insane[i];
		expect(&s, STAMPS_NONE, -1, 380 * US, -1);
	}
}
END_TEST

START_TEST(stamp_that_cannot_be_is_not_made_possible_by_a_step)
{
	static const nsec_t steps[] = {-3600 * NSEC_PER_SEC, -MS, MS, 3600 * NSEC_PER_SEC};

	for (size_t i = 0; i < ARRAY_SIZE(insane); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(steps); k++) {
			struct stamps s = stamps_of(&usual);

			if (insane[i] == ASKED + APART + steps[k])
				continue;
			s.read.wall += steps[k];
			s.arrived = insane[i];
			s.wire = insane[ARRAY_SIZE(insane) - 1 - i];
			ck_assert_int_ne(round_trip_of(&s).source, STAMPS_BOTH);
			ck_assert_int_ge(round_trip_of(&s).rtt, 0);
			ck_assert_int_le(round_trip_of(&s).rtt, 380 * US + 50 * US);
		}
	}
}
END_TEST

/* A machine without a clock of its own starts in 1970, where 0 would be a moment like others. */
START_TEST(stamp_of_0_was_not_had_in_1970_either)
{
	struct stamps s = {.asked = {ASKED, -50 * US}, .read = {ASKED + 380 * US, 330 * US}};

	expect(&s, STAMPS_NONE, -1, 380 * US, -1);
	s.arrived = 270 * US;
	expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
}
END_TEST

START_TEST(stamp_a_round_trip_is_not_longer_than_the_program_waited)
{
	struct story t = {.rtt = 300 * US};
	struct stamps s = stamps_of(&t);

	s.arrived += 40 * US;
	s.read.wall += 40 * US;
	expect(&s, STAMPS_BOTH, 0, 340 * US, 0);
	s.arrived += 50 * US;
	s.read.wall += 50 * US;
	expect(&s, STAMPS_NONE, -1, 300 * US, -1);
}
END_TEST

START_TEST(stamp_an_answer_does_not_arrive_before_the_probe_left)
{
	struct stamps s = stamps_of(&usual);

	s.wire = s.arrived;
	expect(&s, STAMPS_ARRIVED, -1, 320 * US, 60 * US);
}
END_TEST

/* Whatever the step and the moment: a figure from both stamps is the true one. */
START_TEST(stamp_no_step_makes_a_false_round_trip_out_of_both_stamps)
{
	for (nsec_t step = -30 * MS; step <= 30 * MS; step += 370 * US) {
		for (nsec_t at = 1; at < 13 * MS; at += 150 * US) {
			struct story t = {3 * MS, 4 * MS, 6 * MS, step, at};
			struct stamps s = stamps_of(&t);
			struct round_trip got = round_trip_of(&s);

			if (step > -110 * US && step < 110 * US)
				continue;
			if (got.source == STAMPS_BOTH)
				ck_assert_int_eq(got.rtt, t.rtt);
			ck_assert_int_gt(got.rtt, 0);
			ck_assert_int_le(got.rtt, 13 * MS + 50 * US);
		}
	}
}
END_TEST

START_TEST(stamp_instant_reads_both_clocks_at_once)
{
	nsec_t mono = clock_now(), wall = clock_wall();
	struct instant t = instant_now();

	ck_assert_int_ge(t.mono, mono);
	ck_assert_int_le(t.mono, clock_now());
	ck_assert_int_ge(t.wall, wall);
	ck_assert_int_le(t.wall, clock_wall());
}
END_TEST

UNIT_MAIN("event/stamp", stamp_round_trip_is_from_the_wire_to_the_arrival,
	stamp_a_late_program_does_not_lengthen_the_round_trip,
	stamp_a_second_of_arp_is_waiting_and_no_round_trip, stamp_a_stepped_clock_is_seen_through,
	stamp_a_step_during_arp_or_before_a_late_read_is_seen_through,
	stamp_a_step_that_fits_on_either_side_leaves_the_round_trip,
	stamp_a_step_that_allows_two_round_trips_is_not_guessed,
	stamp_of_an_arrival_that_is_certain_helps_where_that_of_the_probe_is_not,
	stamp_clocks_that_were_read_apart_are_no_step, stamp_wait_and_wake_are_never_negative,
	stamp_without_the_probe_s_counts_from_the_asking,
	stamp_without_the_probe_s_sees_through_a_step,
	stamp_without_the_arrival_is_the_program_s_clock,
	stamp_of_a_probe_that_cannot_be_is_not_used, stamp_of_an_arrival_that_cannot_be_is_not_used,
	stamp_that_cannot_be_is_not_made_possible_by_a_step, stamp_of_0_was_not_had_in_1970_either,
	stamp_a_round_trip_is_not_longer_than_the_program_waited,
	stamp_an_answer_does_not_arrive_before_the_probe_left,
	stamp_no_step_makes_a_false_round_trip_out_of_both_stamps,
	stamp_instant_reads_both_clocks_at_once)
