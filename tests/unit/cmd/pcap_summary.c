/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#define START (1700000000 * S)

static void take(struct story *s, struct frame frame, nsec_t at)
{
	story_frame(s, &frame, START + at);
}

/* An attempt at port `to` that is complete after `connect`. */
static void complete(struct story *s, uint16_t port, uint16_t to, nsec_t at, nsec_t connect)
{
	take(s, with_ports(syn(), port, to), at);
	take(s, with_ports(synack(), port, to), at + connect / 2);
	take(s, with_ports(ack(), port, to), at + connect);
}

static void some(struct story *s)
{
	struct frame rejected = with_ports(syn(), 40004, 25);

	story_begin(s, pcap_summary_view);
	take(s, with_ports(data(CLIENT, 1), 40009, 80), 0);
	complete(s, 40001, 80, 0, 20 * MS);
	take(s, with_ports(syn(), 40002, 80), 0);
	take(s, with_ports(refusal(), 40002, 80), MS);
	take(s, with_ports(syn(), 40003, 80), 0);
	take(s, rejected, 0);
	take(s, icmp_about(&rejected, 3, 13, 8), MS);
	take(s, with_ports(syn(), 40005, 22), 0);
	take(s, with_ports(synack(), 40005, 22), MS);
}

START_TEST(summary_has_a_row_for_each_port_most_attempts_first)
{
	static struct story s;

	some(&s);
	story_expect(&s, 6,
		"PORT  SERVICE  ATTEMPTS  COMPLETE  REFUSED  UNANSWERED  REJECTED  HALF-OPEN  OTHER"
		"        P50        P95        P99        MAX\n"
		"  80  http            3         1        1           1         0          0      0"
		"  20.000 ms  20.000 ms  20.000 ms  20.000 ms\n"
		"  22  ssh             1         0        0           0         0          1      0"
		"          -          -          -          -\n"
		"  25  smtp            1         0        0           0         1          0      0"
		"          -          -          -          -\n");
}
END_TEST

START_TEST(summary_in_records_has_the_times_under_one_name)
{
	static struct story s;

	s.json = s.options.common.numeric = true;
	some(&s);
	story_expect(&s, 6,
		"{\"type\":\"group\",\"by\":\"port\",\"name\":\"80\",\"service\":null,"
		"\"attempts\":3,\"complete\":1,\"refused\":1,\"unanswered\":1,\"rejected\":0,"
		"\"half_open\":0,\"other\":0,\"handshake_ms\":{\"p50\":20,\"p95\":20,\"p99\":20,"
		"\"max\":20}}\n"
		"{\"type\":\"group\",\"by\":\"port\",\"name\":\"22\",\"service\":null,"
		"\"attempts\":1,\"complete\":0,\"refused\":0,\"unanswered\":0,\"rejected\":0,"
		"\"half_open\":1,\"other\":0,\"handshake_ms\":null}\n"
		"{\"type\":\"group\",\"by\":\"port\",\"name\":\"25\",\"service\":null,"
		"\"attempts\":1,\"complete\":0,\"refused\":0,\"unanswered\":0,\"rejected\":1,"
		"\"half_open\":0,\"other\":0,\"handshake_ms\":null}\n");
}
END_TEST

START_TEST(summary_counts_what_is_selected)
{
	static struct story s;
	const char *ports = "25";

	s.json = true;
	s.options.ports = (struct option_list){.values = &ports, .count = 1};
	some(&s);
	tracker_finish(s.tracker);
	s.view->end(s.view);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "\"name\":\"25\""));
	ck_assert_ptr_null(strstr(s.text, "\"name\":\"80\""));
	ck_assert_uint_eq(s.view->shown, 1);
	s.view->end = NULL;
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(summary_counts_simultaneous_and_split_as_other)
{
	static struct story s;

	story_begin(&s, pcap_summary_view);
	take(&s, syn(), 0);
	take(&s, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0), MS);
	tracker_finish(s.tracker);
	s.view->end(s.view);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "OTHER\n"));
	ck_assert_ptr_nonnull(strstr(s.text, "      1\n"));
	s.view->end = NULL;
	story_expect(&s, 1, s.text);
}
END_TEST

START_TEST(summary_draws_times_where_there_are_several)
{
	static struct story s;

	s.options.common.numeric = true;
	story_begin(&s, pcap_summary_view);
	for (uint16_t i = 0; i < 10; i++)
		complete(&s, (uint16_t)(40000 + i), 80, i * S, (i + 1) * MS);
	complete(&s, 50000, 81, 20 * S, MS);
	tracker_finish(s.tracker);
	s.view->end(s.view);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "\nTime to connect to port 80\n"));
	/* one says nothing about the others */
	ck_assert_ptr_null(strstr(s.text, "port 81\n"));
	s.view->end = NULL;
	story_expect(&s, 11, s.text);
}
END_TEST

UNIT_MAIN("cmd/pcap_summary", summary_has_a_row_for_each_port_most_attempts_first,
	summary_in_records_has_the_times_under_one_name, summary_counts_what_is_selected,
	summary_counts_simultaneous_and_split_as_other, summary_draws_times_where_there_are_several)
