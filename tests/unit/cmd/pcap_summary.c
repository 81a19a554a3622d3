/* SPDX-License-Identifier: MIT */
#include "pcap_story.h"

#define START (1700000000 * S)

static void take(struct story *s, struct frame frame, nsec_t at)
{
	story_frame(s, &frame, START + at);
}

/* Port 80: one complete after 3 ms, one unanswered; 81: one refused. */
static void tell(struct story *s)
{
	take(s, syn(), 0);
	take(s, synack(), 2 * MS);
	take(s, ack(), 3 * MS);
	take(s, with_ports(syn(), 40001, 80), 4 * MS);
	take(s, with_ports(syn(), 40002, 81), 5 * MS);
	take(s, with_ports(refusal(), 40002, 81), 6 * MS);
	tracker_finish(s->tracker);
	s->view->end(s->view);
}

START_TEST(summary_counts_the_fates_at_each_port)
{
	static struct story s;
	const char *text;

	s.json = true;
	story_begin(&s, pcap_summary_view);
	tell(&s);
	text = story_text(&s);
	ck_assert_ptr_nonnull(strstr(text, "{\"type\":\"group\",\"by\":\"port\",\"name\":\"80\","));
	ck_assert_ptr_nonnull(strstr(text, "\"attempts\":2,\"complete\":1,\"refused\":0,"
					   "\"unanswered\":1,\"rejected\":0,\"half_open\":0,"
					   "\"other\":0,\"handshake_ms\":{\"p50\":3,\"p95\":3,"
					   "\"p99\":3,\"max\":3}}"));
	ck_assert_ptr_nonnull(strstr(text, "\"attempts\":1,\"complete\":0,\"refused\":1,"
					   "\"unanswered\":0,\"rejected\":0,\"half_open\":0,"
					   "\"other\":0,\"handshake_ms\":null}"));
	story_expect(&s, 3, s.text);
}
END_TEST

START_TEST(summary_counts_what_is_selected)
{
	static struct story s;
	const char *text;

	s.json = true;
	s.options.failed = true;
	story_begin(&s, pcap_summary_view);
	tell(&s);
	text = story_text(&s);
	ck_assert_ptr_null(strstr(text, "\"complete\":1"));
	story_expect(&s, 2, s.text);
}
END_TEST

UNIT_MAIN(
	"cmd/pcap_summary", summary_counts_the_fates_at_each_port, summary_counts_what_is_selected)
