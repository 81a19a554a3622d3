/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#include "../../../src/cmd/pcap_owner.h"
#include "../../../src/cmd/session.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>

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

/* ---- a second thread */

static unsigned threads, threads_most = 1;

typedef int create_fn(
	pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *arg), void *arg);

int pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*work)(void *arg), void *arg)
{
	create_fn *real = (create_fn *)dlsym(RTLD_NEXT, "pthread_create");

	return threads++ < threads_most ? real(thread, attr, work, arg) : EAGAIN;
}

static void begin_lent(struct story *s, struct session *session)
{
	story_begin(s, pcap_table_view);
	*session = (struct session){.out = s->context.out, .loop = loop_new()};
	s->context.session = session;
}

static void end_lent(struct session *session)
{
	loop_free(session->loop);
}

static void take_many(struct story *s)
{
	for (unsigned i = 0; i < 400; i++)
		take(s, with_ports(syn(), (uint16_t)(10000 + i), 80), i * S);
}

START_TEST(table_of_a_file_tells_aside_what_it_would_tell_itself)
{
	static struct story s, expected;
	static struct session session;

	expected.json = s.json = true;
	story_begin(&expected, pcap_table_view);
	take_many(&expected);
	tracker_finish(expected.tracker);
	story_text(&expected);
	begin_lent(&s, &session);
	s.view->turn(s.view, 0);
	ck_assert_uint_eq(threads, 1);
	ck_assert(session.lent);
	take_many(&s);
	s.view->turn(s.view, 0);
	ck_assert_uint_eq(threads, 1);
	/* before names change all is told that was over by then */
	s.view->another_interface(s.view);
	ck_assert_int_eq(s.view->error, 0);
	story_expect(&s, 400, expected.text);
	ck_assert(!session.lent);
	story_expect(&expected, 400, expected.text);
	end_lent(&session);
}
END_TEST

START_TEST(table_of_a_file_tells_flows_itself_where_there_is_no_thread)
{
	static struct story s;
	static struct session session;

	threads_most = 0;
	s.json = true;
	begin_lent(&s, &session);
	s.view->turn(s.view, 0);
	s.view->turn(s.view, 0);
	ck_assert_uint_eq(threads, 1);
	ck_assert(!session.lent);
	take(&s, syn(), 0);
	s.view->another_interface(s.view);
	tracker_finish(s.tracker);
	ck_assert_uint_eq(count_of(&s, "\"flow\""), 1);
	story_expect(&s, 1, s.text);
	end_lent(&session);
}
END_TEST

START_TEST(table_of_a_file_says_when_its_rows_cannot_be_written)
{
	static struct story s;
	static struct session session;
	struct output_options full = {.path = "/dev/full"};

	begin_lent(&s, &session);
	output_end(s.context.out, 0);
	session.out = s.context.out = output_open(&full);
	s.view->turn(s.view, 0);
	take_many(&s);
	tracker_finish(s.tracker);
	ck_assert_int_eq(s.view->error, 0);
	/* rows wait for a while */
	for (unsigned i = 0; i < 100 && !s.view->error; i++) {
		poll(NULL, 0, 20);
		s.view->turn(s.view, 0);
	}
	ck_assert_int_eq(s.view->error, -ENOSPC);
	story_expect(&s, 400, "");
	end_lent(&session);
}
END_TEST

/* ---- live */

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
	table_of_a_file_tells_aside_what_it_would_tell_itself,
	table_of_a_file_tells_flows_itself_where_there_is_no_thread,
	table_of_a_file_says_when_its_rows_cannot_be_written,
	table_of_a_live_capture_tells_a_row_when_it_is_decided,
	table_of_a_live_capture_tells_each_flow_twice_in_records,
	table_waits_for_the_owner_and_goes_on_when_the_answer_is_there,
	table_waits_for_the_owner_no_longer_than_a_moment, table_tells_what_waits_before_it_is_over,
	table_lets_no_more_wait_than_it_has_room_for)
