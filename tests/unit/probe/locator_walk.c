/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/locator_shot.h"

#include "../loopback.h"

#include "netprobe/base/mem.h"

#include <netinet/in.h>
#include <stdlib.h>

/* On loopback the target is the first hop, and there is no router: what limits do to the ways of
 * several ports is in tests/netns/where_truth.bats. */
enum { WALKS = 3 };

#define QUICK (50 * NSEC_PER_MSEC)

struct run {
	struct walk_common common;
	struct walk *walks[WALKS];
	unsigned count, over;
	int silent;
	struct addr at; /* a port that keeps silent */
};

static void on_moved(struct walk *w)
{
	struct run *r = w->user;

	if (!walk_step(w))
		return;
	walk_end(w);
	if (++r->over == r->count)
		loop_stop(r->common.loop);
}

static void begin(struct run *r)
{
	*r = (struct run){.common = {.timeout = QUICK, .tries = 1}};
	r->common.loop = loop_new();
	r->silent = loopback_bind(4, SOCK_DGRAM, &r->at);
}

static struct walk *add(struct run *r, const struct addr *to)
{
	struct walk *w = walk_new(&r->common, to, IPPROTO_UDP);

	w->moved = on_moved;
	w->user = r;
	return r->walks[r->count++] = w;
}

/* Returns how long it took. */
static nsec_t go(struct run *r)
{
	nsec_t began = clock_now();

	for (unsigned i = 0; i < r->count; i++)
		ck_assert(!walk_step(r->walks[i]));
	ck_assert_int_eq(loop_run(r->common.loop), 0);
	return clock_now() - began;
}

static void end(struct run *r)
{
	for (unsigned i = 0; i < r->count; i++)
		free(r->walks[i]);
	loop_free(r->common.loop);
	close(r->silent);
}

static struct addr closed_port(void)
{
	struct addr at;

	close(loopback_bind(4, SOCK_DGRAM, &at));
	return at;
}

START_TEST(way_ends_where_somebody_answers)
{
	struct addr closed = closed_port(), who = {0};
	struct run r;
	struct walk *w;

	begin(&r);
	w = add(&r, &closed);
	go(&r);
	ck_assert_uint_eq(walk_arrived_at(w), 1);
	ck_assert_uint_eq(walk_known_hop(w), 0);
	ck_assert_uint_eq(walk_last(w, &who), 1);
	ck_assert(addr_same(&who, &closed));
	ck_assert_uint_eq(who.port, 0);
	ck_assert(w->spent > 0);
	end(&r);
}
END_TEST

START_TEST(nothing_beyond_the_farthest_is_asked)
{
	struct run r;
	struct walk *w;
	struct addr who;

	begin(&r);
	w = add(&r, &r.at);
	w->farthest = 2;
	w->bounded = true;
	go(&r);
	ck_assert_uint_eq(w->shots[1].tries, 1);
	ck_assert_uint_eq(w->shots[2].tries, 1);
	ck_assert_uint_eq(w->shots[3].tries, 0);
	ck_assert_uint_eq(walk_last(w, &who), 0);
	end(&r);
}
END_TEST

/* Four distances at a time, first those where the way of another port ended. */
START_TEST(nearer_hops_are_asked_where_nobody_answers_further_on)
{
	struct run r;
	struct walk *w;

	begin(&r);
	w = add(&r, &r.at);
	w->nearest = 6;
	w->farthest = 7;
	w->bounded = true;
	go(&r);
	ck_assert_int_lt(w->shots[7].sent, w->shots[5].sent);
	ck_assert_int_lt(w->shots[5].sent, w->shots[1].sent);
	for (unsigned i = 1; i <= 7; i++)
		ck_assert_uint_eq(w->shots[i].tries, 1);
	end(&r);
}
END_TEST

START_TEST(silence_is_believed_where_nobody_has_just_spoken)
{
	struct run r;

	begin(&r);
	for (unsigned i = 0; i < WALKS; i++)
		add(&r, &r.at)->farthest = 1;
	ck_assert_int_lt(go(&r), 10 * QUICK);
	for (unsigned i = 0; i < WALKS; i++)
		ck_assert_uint_eq(r.walks[i]->shots[1].tries, 1);
	end(&r);
}
END_TEST

/* The error may have been the last that was to be had for a second. */
START_TEST(silence_right_after_an_error_is_asked_again_one_a_second)
{
	struct run r;
	nsec_t took;

	begin(&r);
	for (unsigned i = 0; i < WALKS - 1; i++)
		add(&r, &r.at)->farthest = 1;
	r.common.spoke[1] = clock_now();
	took = go(&r);
	ck_assert_int_ge(took, 2 * NSEC_PER_SEC);
	ck_assert_int_lt(took, 6 * NSEC_PER_SEC);
	ck_assert_int_ge(r.walks[1]->shots[1].sent - r.walks[0]->shots[1].sent, NSEC_PER_SEC);
	ck_assert_uint_eq(r.walks[0]->shots[1].tries, 2);
	ck_assert_uint_eq(r.walks[1]->shots[1].tries, 2);
	end(&r);
}
END_TEST

START_TEST(an_error_at_another_distance_says_nothing)
{
	struct run r;

	begin(&r);
	add(&r, &r.at)->farthest = 1;
	r.common.spoke[2] = clock_now();
	ck_assert_int_lt(go(&r), 10 * QUICK);
	end(&r);
}
END_TEST

/* From whatever router: the scan does not know how far it is. */
START_TEST(silence_right_after_an_error_to_somebody_else_is_asked_again)
{
	struct run r;

	begin(&r);
	add(&r, &r.at)->farthest = 1;
	r.common.heard = clock_now();
	ck_assert_int_ge(go(&r), NSEC_PER_SEC);
	ck_assert_uint_eq(r.walks[0]->shots[1].tries, 2);
	ck_assert(walk_is_proved(r.walks[0]));
	end(&r);
}
END_TEST

START_TEST(distance_is_that_of_an_answer_which_the_one_before_it_does_not_bring)
{
	struct run r;
	struct walk *w;
	struct shot *before;

	begin(&r);
	w = add(&r, &r.at);
	before = &w->shots[4];
	w->shots[5].fate = FATE_ARRIVED;
	ck_assert_uint_eq(walk_distance(w), 0);
	before->fate = FATE_SILENT;
	ck_assert_uint_eq(walk_distance(w), 0);
	ck_assert(!walk_is_proved(w));
	before->proved = true;
	ck_assert_uint_eq(walk_distance(w), 5);
	ck_assert(walk_is_proved(w));
	before->fate = FATE_EXPIRED;
	ck_assert_uint_eq(walk_distance(w), 5);
	end(&r);
}
END_TEST

START_TEST(way_is_tried_when_each_distance_has_had_its_first_packet)
{
	struct run r;
	struct walk *w;

	begin(&r);
	r.common.tries = 2;
	w = add(&r, &r.at);
	w->farthest = 1;
	ck_assert(!walk_is_tried(w));
	ck_assert(!walk_step(w));
	ck_assert(!walk_is_tried(w));
	go(&r);
	ck_assert(walk_is_tried(w));
	end(&r);
}
END_TEST

UNIT_MAIN("probe/locator_walk", way_ends_where_somebody_answers,
	nothing_beyond_the_farthest_is_asked, nearer_hops_are_asked_where_nobody_answers_further_on,
	silence_is_believed_where_nobody_has_just_spoken,
	silence_right_after_an_error_is_asked_again_one_a_second,
	an_error_at_another_distance_says_nothing,
	silence_right_after_an_error_to_somebody_else_is_asked_again,
	distance_is_that_of_an_answer_which_the_one_before_it_does_not_bring,
	way_is_tried_when_each_distance_has_had_its_first_packet)
