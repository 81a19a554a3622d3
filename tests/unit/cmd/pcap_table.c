/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#include "../../../src/cmd/pcap_owner.h"

#include <poll.h>

#define START (1700000000 * S)

static void take(struct story *s, struct frame frame, nsec_t at)
{
	story_frame(s, &frame, START + at);
}

static size_t count_of(struct story *s, const char *part)
{
	size_t count = 0;

	for (const char *at = story_text(s); (at = strstr(at, part)); at++)
		count++;
	return count;
}

static struct frame other_syn(void)
{
	return with_ports(syn(), 40001, 81);
}

START_TEST(table_of_a_file_tells_flows_when_they_are_over_in_their_order)
{
	static struct story s;
	const char *text;

	s.json = true;
	story_begin(&s, pcap_table_view);
	take(&s, syn(), 0);
	take(&s, other_syn(), MS);
	take(&s, synack(), 2 * MS);
	take(&s, ack(), 3 * MS);
	/* the second is over long before the first */
	take(&s, with_ports(syn(), 40002, 82), 100 * S);
	ck_assert_uint_eq(count_of(&s, "\"flow\""), 0);
	tracker_finish(s.tracker);
	text = story_text(&s);
	ck_assert(strstr(text, "\"id\":1") < strstr(text, "\"id\":2"));
	ck_assert(strstr(text, "\"id\":2") < strstr(text, "\"id\":3"));
	ck_assert_uint_eq(count_of(&s, "\"event\""), 0);
	story_expect(&s, 3, s.text);
}
END_TEST

START_TEST(table_shows_what_is_selected_and_counts_that)
{
	static struct story s;

	s.options.failed = true;
	s.json = true;
	story_begin(&s, pcap_table_view);
	take(&s, syn(), 0);
	take(&s, synack(), 2 * MS);
	take(&s, ack(), 3 * MS);
	take(&s, other_syn(), MS);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(count_of(&s, "\"flow\""), 1);
	ck_assert_uint_eq(count_of(&s, "\"id\":2,"), 1);
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(table_of_a_live_capture_tells_a_row_when_it_is_decided)
{
	static struct story s;

	s.live = true;
	story_begin(&s, pcap_table_view);
	take(&s, syn(), 0);
	take(&s, other_syn(), 0);
	take(&s, synack(), MS);
	ck_assert_uint_eq(s.view->shown, 0);
	take(&s, ack(), 2 * MS);
	ck_assert_uint_eq(s.view->shown, 1);
	ck_assert_uint_eq(count_of(&s, " complete "), 1);
	/* the other is by its silence */
	take(&s, data(CLIENT, 1), 10 * S);
	ck_assert_uint_eq(count_of(&s, " unanswered"), 1);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(count_of(&s, "10.0.0."), 4);
	story_expect(&s, 2, s.text);
}
END_TEST

START_TEST(table_of_a_live_capture_tells_each_flow_twice_in_records)
{
	static struct story s;

	s.live = s.json = true;
	story_begin(&s, pcap_table_view);
	take(&s, syn(), 0);
	take(&s, synack(), MS);
	take(&s, ack(), 2 * MS);
	ck_assert_uint_eq(count_of(&s, "\"event\":\"handshake\""), 1);
	ck_assert_uint_eq(count_of(&s, "\"over\""), 0);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(count_of(&s, "\"event\":\"handshake\""), 1);
	ck_assert_uint_eq(count_of(&s, "\"event\":\"end\""), 1);
	ck_assert_uint_eq(count_of(&s, "\"over\":\"finished\""), 1);
	story_expect(&s, 2, s.text);
}
END_TEST

/* ---- rows wait for who owns them */

static void begin_owned(struct story *s)
{
	s->live = s->json = true;
	story_begin(s, pcap_table_view);
	s->context.owner = pcap_owner_new();
	ck_assert_ptr_nonnull(s->context.owner);
}

static void decide(struct story *s)
{
	take(s, syn(), 0);
	take(s, refusal(), MS);
}

START_TEST(table_waits_for_the_owner_and_goes_on_when_the_answer_is_there)
{
	static struct story s;
	struct pollfd ready = {.events = POLLIN};

	begin_owned(&s);
	ready.fd = pcap_owner_fd(s.context.owner);
	decide(&s);
	ck_assert_uint_eq(count_of(&s, "\"flow\""), 0);
	ck_assert_int_eq(poll(&ready, 1, 20000), 1);
	ck_assert_int_eq(pcap_owner_read(s.context.owner), 0);
	s.view->turn(s.view, clock_now());
	ck_assert_uint_eq(count_of(&s, "\"event\":\"handshake\""), 1);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(count_of(&s, "\"event\":\"handshake\""), 1);
	story_expect(&s, 2, story_text(&s));
	pcap_owner_free(s.context.owner);
}
END_TEST

START_TEST(table_waits_for_the_owner_no_longer_than_a_moment)
{
	static struct story s;

	begin_owned(&s);
	decide(&s);
	s.view->turn(s.view, clock_now());
	ck_assert_uint_eq(count_of(&s, "\"flow\""), 0);
	s.view->turn(s.view, clock_now() + S);
	ck_assert_uint_eq(count_of(&s, "\"event\":\"handshake\""), 1);
	tracker_finish(s.tracker);
	story_expect(&s, 2, story_text(&s));
	pcap_owner_free(s.context.owner);
}
END_TEST

START_TEST(table_tells_what_waits_before_it_is_over)
{
	static struct story s;
	const char *text;

	begin_owned(&s);
	decide(&s);
	tracker_finish(s.tracker);
	text = story_text(&s);
	ck_assert_ptr_nonnull(strstr(text, "\"event\":\"handshake\""));
	ck_assert(strstr(text, "\"event\":\"handshake\"") < strstr(text, "\"event\":\"end\""));
	story_expect(&s, 2, s.text);
	pcap_owner_free(s.context.owner);
}
END_TEST

/* More than can wait: the eldest are told without. */
START_TEST(table_lets_no_more_wait_than_it_has_room_for)
{
	enum { FLOWS = 3000, ROOM = 1024 };
	static struct story s;

	begin_owned(&s);
	for (unsigned i = 0; i < FLOWS; i++) {
		take(&s, with_ports(syn(), (uint16_t)(10000 + i), 80), i * MS / 10);
		take(&s, with_ports(refusal(), (uint16_t)(10000 + i), 80), i * MS / 10 + 1000);
	}
	ck_assert_uint_ge(s.view->shown, FLOWS - ROOM);
	s.view->turn(s.view, clock_now() + S);
	/* each of the first thousand that had to make room for others has ended, too */
	ck_assert_uint_ge(s.view->shown, FLOWS);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(s.view->shown, 2 * FLOWS);
	story_expect(&s, 2 * FLOWS, story_text(&s));
	pcap_owner_free(s.context.owner);
}
END_TEST

UNIT_MAIN("cmd/pcap_table", table_of_a_file_tells_flows_when_they_are_over_in_their_order,
	table_shows_what_is_selected_and_counts_that,
	table_of_a_live_capture_tells_a_row_when_it_is_decided,
	table_of_a_live_capture_tells_each_flow_twice_in_records,
	table_waits_for_the_owner_and_goes_on_when_the_answer_is_there,
	table_waits_for_the_owner_no_longer_than_a_moment, table_tells_what_waits_before_it_is_over,
	table_lets_no_more_wait_than_it_has_room_for)
