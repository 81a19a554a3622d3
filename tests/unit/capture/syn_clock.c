/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/answered.h"
#include "../../../src/capture/handshake.h"

#include "../unit.h"
#include "attempt.h"

#include <stdlib.h>

/* An attempt whose SYNs came at these seconds. */
static struct handshake tried(size_t count, const double *seconds)
{
	struct handshake h = {.begun = true};

	handshake_init(&h);
	h.first_syn = h.last_syn = (nsec_t)(seconds[0] * S);
	for (size_t i = 1; i < count; i++) {
		h.last_syn = (nsec_t)(seconds[i] * S);
		answered_add_syn(&h, h.last_syn, 0, 0);
		h.syn_retries++;
	}
	return h;
}

static double next_of(size_t count, const double *seconds)
{
	struct handshake h = tried(count, seconds);
	nsec_t next = handshake_next_syn(&h);

	free(h.times);
	return next == NOT_SEEN ? -1 : (double)next / S;
}

#define NEXT(...) next_of(sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

START_TEST(the_second_syn_comes_after_a_second)
{
	ck_assert_double_eq_tol(NEXT(5), 6, 1e-6);
}
END_TEST

START_TEST(gaps_double)
{
	ck_assert_double_eq_tol(NEXT(0, 1), 3, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 3), 7, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 3, 7, 15, 31), 63, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 3, 9), 21, 1e-6); /* before RFC 6298 */
}
END_TEST

/* Five gaps of a second, then 2, 4, 8 (measured on Linux 6.18). */
START_TEST(newer_kernels_begin_with_equal_gaps)
{
	ck_assert_double_eq_tol(NEXT(0, 1.01, 2.03), 3.05, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 2, 3, 4), 5, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 2, 3, 4, 5), 7, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 2, 3, 4, 5, 7), 11, 1e-6);
	ck_assert_double_eq_tol(NEXT(0, 1, 2, 3, 4, 5, 7, 11.2, 19.3, 35.3), 67.3, 1e-6);
}
END_TEST

START_TEST(gaps_grow_to_two_minutes)
{
	ck_assert_double_eq_tol(NEXT(0, 100), 220, 1e-6);
}
END_TEST

START_TEST(time_that_goes_back_tells_nothing)
{
	ck_assert_double_eq_tol(NEXT(5, 4), -1, 1e-6);
	ck_assert_double_eq_tol(NEXT(5, 4, 6), -1, 1e-6);
	ck_assert_double_eq_tol(NEXT(5, 5), -1, 1e-6);
}
END_TEST

START_TEST(nothing_follows_an_answer)
{
	struct handshake h = tried(1, (double[]){1});

	for (int state = HANDSHAKE_UNANSWERED + 1; state < HANDSHAKE_STATES; state++) {
		h.state = (enum handshake_state)state;
		ck_assert_int_eq(handshake_next_syn(&h), NOT_SEEN);
	}
}
END_TEST

START_TEST(patience_is_longer_than_the_next_gap)
{
	struct handshake h = tried(1, (double[]){0});

	ck_assert_int_eq(handshake_patience(&h), 2 * S);
	h = tried(3, (double[]){0, 1, 3});
	ck_assert_int_eq(handshake_patience(&h), 6 * S);
	free(h.times);
}
END_TEST

START_TEST(patience_waits_for_synacks_too)
{
	struct handshake h = tried(1, (double[]){0});

	h.state = HANDSHAKE_HALF_OPEN;
	h.synack = h.last_synack = 0;
	ck_assert_int_eq(handshake_patience(&h), 2 * S);
	h.synack_retries = 3;
	ck_assert_int_eq(handshake_patience(&h), 12 * S);
	h.synack_retries = 60000;
	ck_assert_int_eq(handshake_patience(&h), 96 * S);
	h.first_syn = h.last_syn = NOT_SEEN;
	ck_assert_int_eq(handshake_patience(&h), 96 * S);
}
END_TEST

UNIT_MAIN("capture/syn_clock", the_second_syn_comes_after_a_second, gaps_double,
	newer_kernels_begin_with_equal_gaps, gaps_grow_to_two_minutes,
	time_that_goes_back_tells_nothing, nothing_follows_an_answer,
	patience_is_longer_than_the_next_gap, patience_waits_for_synacks_too)
