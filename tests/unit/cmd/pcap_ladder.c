/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_ladder.h"

#include "pcap_story.h"

#include "netprobe/base/strbuf.h"

#include <locale.h>

/* Ladders are drawn of what a tracker makes of frames; `paper` says how. */
struct drawing {
	struct ladder_paper paper;
	struct journal *journal;
	struct strbuf text;
	struct tracker *tracker;
	uint32_t interface;
	uint64_t missed;
};

static void draw_packet(void *user, const struct flow_packet *p)
{
	struct drawing *d = user;

	journal_add(&d->journal, p, d->interface);
}

static void draw_over(void *user, struct flow *f, enum flow_over why)
{
	struct drawing *d = user;

	(void)why;
	ladder_draw(&d->text, &d->paper, f, d->journal, d->missed);
}

static struct drawing drawing(unsigned columns, bool blocks)
{
	return (struct drawing){.paper = {.columns = columns, .blocks = blocks, .numeric = true}};
}

static void take(struct drawing *d, struct frame frame, nsec_t at)
{
	const struct tracker_options options = {.max_flows = 10};
	const struct tracker_events events = {.packet = draw_packet, .over = draw_over};

	if (!d->tracker)
		d->tracker = tracker_new(&options, &events, d);
	tracker_packet(d->tracker, &frame, 1000 * S + at, d->interface);
}

static void expect(struct drawing *d, const char *wanted)
{
	tracker_finish(d->tracker);
	ck_assert_str_eq(d->text.text, wanted);
	tracker_free(d->tracker);
	journal_free(d->journal);
	strbuf_release(&d->text);
}

static const uint8_t offers[] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};

static struct frame offering(struct frame frame)
{
	return with_options(frame, offers, sizeof offers);
}

static void take_complete(struct drawing *d)
{
	take(d, offering(syn()), 0);
	take(d, with_options(synack(), offers, 4), 20 * MS);
	take(d, ack(), 20 * MS + 100000);
	take(d, data(CLIENT, 18), 21 * MS);
}

START_TEST(ladder_has_an_arrow_a_packet_between_two_life_lines)
{
	struct drawing d = drawing(80, true);

	take_complete(&d);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: complete in 20.100 ms\n"
		   " seconds  client                                 server\n"
		   "          │      MSS 1460, window scale 7, SACK,      │\n"
		   "          │                timestamps                 │\n"
		   "0.000000  ├────────── SYN seq 0 win 65535 ───────────►│\n"
		   "          │                 MSS 1460                  │\n"
		   "0.020000  │◄───── SYN, ACK seq 0 ack 1 win 65535 ─────┤\n"
		   "0.020100  ├──────────── ACK seq 1 ack 1 ─────────────►│  handshake complete\n"
		   "0.021000  ├────── PSH, ACK seq 1 ack 1 len 18 ───────►│  first data\n");
}
END_TEST

START_TEST(ladder_is_ascii_where_nothing_else_can_be_shown)
{
	struct drawing d = drawing(80, false);

	take(&d, offering(syn()), 0);
	take(&d, with_ttl(refusal(), 63), 41000);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: refused after 0.041 ms\n"
		   "RST, TTL 63\n"
		   " seconds  client                                 server\n"
		   "          |      MSS 1460, window scale 7, SACK,      |\n"
		   "          |                timestamps                 |\n"
		   "0.000000  |---------- SYN seq 0 win 65535 ----------->|\n"
		   "0.000041  |<---------- RST, ACK seq 0 ack 1 ----------|  connection refused\n");
}
END_TEST

START_TEST(ladder_of_narrow_paper_says_below_what_packets_mean)
{
	struct drawing d = drawing(40, false);

	take_complete(&d);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80:\n"
		   "complete in 20.100 ms\n"
		   " seconds  client                  server\n"
		   "          | MSS 1460, window scale 7,  |\n"
		   "          |      SACK, timestamps      |\n"
		   "0.000000  |--- [S] seq 0 win 65535 --->|\n"
		   "          |          MSS 1460          |\n"
		   "          | [S.] seq 0 ack 1 win 65535 |\n"
		   "0.020000  |<---------------------------|\n"
		   "0.020100  |----- [.] seq 1 ack 1 ----->|\n"
		   "          | handshake complete         |\n"
		   "0.021000  |- [P.] seq 1 ack 1 len 18 ->|\n"
		   "          | first data                 |\n");
}
END_TEST

/* No line of any paper is wider than it, and none has blanks at its end. */
START_TEST(ladder_fits_its_paper)
{
	for (unsigned columns = 40; columns < 200; columns++) {
		struct drawing d = drawing(columns, false);
		struct frame about = syn(), error = icmp_about(&about, 3, 13, 8);

		take_complete(&d);
		take(&d, error, 22 * MS);
		take(&d, data(CLIENT, 18), 500 * S);
		tracker_finish(d.tracker);
		for (char *line = d.text.text, *end; (end = strchr(line, '\n')); line = end + 1) {
			ck_assert_uint_le((size_t)(end - line), columns);
			ck_assert_int_ne(end[-1], ' ');
		}
		tracker_free(d.tracker);
		journal_free(d.journal);
		strbuf_release(&d.text);
	}
}
END_TEST

START_TEST(ladder_says_offers_once_and_what_was_tried_again)
{
	struct drawing d = drawing(100, true);

	take(&d, offering(syn()), 0);
	take(&d, offering(syn()), 1 * S);
	take(&d, offering(syn()), 3 * S);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: unanswered: asked 3 times over 3.0 s\n"
		   "the capture ended with it\n"
		   " seconds  client                                              server\n"
		   "          │       MSS 1460, window scale 7, SACK, timestamps       │\n"
		   "0.000000  ├───────────────── SYN seq 0 win 65535 ─────────────────►│\n"
		   "1.000000  ├───────────────── SYN seq 0 win 65535 ─────────────────►│"
		   "  SYN not answered, tried again\n"
		   "          │                                                        │"
		   "  after 1.0 s\n"
		   "3.000000  ├───────────────── SYN seq 0 win 65535 ─────────────────►│"
		   "  SYN not answered, tried again\n"
		   "          │                                                        │"
		   "  after 2.0 s\n");
}
END_TEST

/* 10.0.0.254 is neither end; of the ends each may have sent it itself. */
START_TEST(ladder_shows_who_sent_an_icmp_error)
{
	struct drawing d = drawing(80, true);
	struct frame about = syn(), error = icmp_about(&about, 3, 1, 8);
	static const uint8_t client[4] = {10, 0, 0, 1}, server[4] = {10, 0, 0, 2};

	take(&d, syn(), 0);
	take(&d, error, 1 * MS);
	error.ip.source = server;
	take(&d, error, 2 * MS);
	error.ip.source = client;
	take(&d, error, 3 * MS);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: rejected after 1.000 ms\n"
		   "host-unreachable from 10.0.0.254\n"
		   " seconds  client                                 server\n"
		   "          │                no options                 │\n"
		   "0.000000  ├────────── SYN seq 0 win 65535 ───────────►│\n"
		   "          │   ICMP host-unreachable from 10.0.0.254   │\n"
		   "0.001000  │◄──────────────────────────────────●       │  rejected on the way\n"
		   "0.002000  │◄── ICMP host-unreachable from 10.0.0.2 ───┤\n"
		   "          │    ICMP host-unreachable from 10.0.0.1    │\n"
		   "0.003000  │◄──●                                       │\n");
}
END_TEST

START_TEST(ladder_marks_what_was_seen_again)
{
	struct drawing d = drawing(80, true);

	d.interface = 3;
	take(&d, with_id(syn(), 7), 0);
	d.interface = 4;
	take(&d, with_ttl(with_id(syn(), 7), 63), 5000);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: unanswered\n"
		   "the capture ended 0.005 ms later; interface 3 -> interface 4, TTL 64 -> 63\n"
		   " seconds  client                                 server\n"
		   "          │                no options                 │\n"
		   "0.000000  ├────────── SYN seq 0 win 65535 ───────────►│\n"
		   "0.000005  ├┄┄┄┄┄┄┄┄┄┄ SYN seq 0 win 65535 ┄┄┄┄┄┄┄┄┄┄┄►│"
		   "  again: interface 4, TTL\n"
		   "          │                                           │  63\n");
}
END_TEST

START_TEST(ladder_says_how_many_packets_it_leaves_out)
{
	struct drawing d = drawing(80, true);
	char *line;

	take(&d, syn(), 0);
	for (uint32_t i = 0; i < 1000; i++)
		take(&d, segment(CLIENT, TCP_ACK, CLIENT_ISN + 1 + i, 0, 1), S + i * MS);
	tracker_finish(d.tracker);
	line = strstr(d.text.text, "1.198000");
	ck_assert_ptr_nonnull(line);
	line = strndup(line, (size_t)(strstr(line, "1.945000") - line));
	ck_assert_str_eq(line, "1.198000  ├──────── ACK seq 199 ack 1 len 1 ─────────►│\n"
			       "          ┊           745 packets left out            ┊\n"
			       "1.944000  ├──────── ACK seq 945 ack 1 len 1 ─────────►│\n");
	free(line);
	tracker_free(d.tracker);
	journal_free(d.journal);
	strbuf_release(&d.text);
}
END_TEST

/* What the first of the last came after is not in the journal. */
START_TEST(ladder_invents_no_gap_after_what_it_leaves_out)
{
	struct drawing d = drawing(100, false);
	char *line;

	for (int i = 0; i < 300; i++)
		take(&d, syn(), i * 100 * MS);
	tracker_finish(d.tracker);
	line = strstr(d.text.text, "44 packets left out");
	ck_assert_ptr_nonnull(line);
	line = strstr(line, "24.400000");
	line = strstr(line, "SYN not answered");
	ck_assert_mem_eq(line, "SYN not answered, tried again\n24.5",
		strlen("SYN not answered, tried again\n24.5"));
	line = strstr(line, "24.500000");
	line = strstr(line, "SYN not answered");
	ck_assert_mem_eq(line, "SYN not answered, tried again\n   ",
		strlen("SYN not answered, tried again\n   "));
	ck_assert_ptr_nonnull(strstr(line, "after 100.000 ms\n"));
	tracker_free(d.tracker);
	journal_free(d.journal);
	strbuf_release(&d.text);
}
END_TEST

START_TEST(ladder_without_packets_says_why)
{
	struct drawing d = drawing(80, true);

	d.missed = 2;
	take(&d, syn(), 0);
	journal_free(d.journal);
	d.journal = NULL;
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: unanswered\n"
		   "the capture ended with it\n"
		   "2 packets were not kept: too many flows at once\n");
}
END_TEST

START_TEST(ladder_of_long_addresses_breaks_its_head)
{
	struct drawing d = drawing(40, false);
	static const uint8_t a[16] = {0x20, 1, 0x0d, 0xb8, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44,
		0x44, 0x55, 0x55, 0x66, 0x66};
	struct frame frame = with_vlan(syn(), 10);

	frame.ip.family = 6;
	frame.ip.source = frame.ip.destination = a;
	take(&d, frame, 0);
	expect(&d, "#1 vlan 10\n"
		   "[2001:db8:1111:2222:3333:4444:5555:6666]\n"
		   ":40000 ->\n"
		   "[2001:db8:1111:2222:3333:4444:5555:6666]\n"
		   ":80: unanswered\n"
		   "the capture ended with it\n"
		   " seconds  client                  server\n"
		   "          |         no options         |\n"
		   "0.000000  |--- [S] seq 0 win 65535 --->|\n");
}
END_TEST

START_TEST(ladder_of_days_has_room_for_its_times)
{
	struct drawing d = drawing(80, false);

	take(&d, syn(), 0);
	take(&d, synack(), MS);
	take(&d, ack(), 2 * MS);
	take(&d, data(CLIENT, 1), 123456 * S);
	expect(&d, "#1 10.0.0.1:40000 -> 10.0.0.2:80: complete in 2.000 ms\n"
		   "      seconds  client                              server\n"
		   "               |               no options               |\n"
		   "     0.000000  |--------- SYN seq 0 win 65535 --------->|\n"
		   "               |               no options               |\n"
		   "     0.001000  |<--- SYN, ACK seq 0 ack 1 win 65535 ----|\n"
		   "     0.002000  |----------- ACK seq 1 ack 1 ----------->|  handshake complete\n"
		   "123456.000000  |----- PSH, ACK seq 1 ack 1 len 1 ------>|  first data\n");
}
END_TEST

/* ---- the view */

START_TEST(ladders_come_in_the_order_flows_are_over_with_a_line_between)
{
	static struct story s;
	struct frame frames[] = {syn(), refusal(), with_ports(syn(), 40001, 81)};

	s.options.ladder = s.options.common.numeric = true;
	story_begin(&s, pcap_ladder_view);
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
		story_frame(&s, &frames[i], (nsec_t)(i + 1) * S);
	story_expect(&s, 2,
		"#1 10.0.0.1:40000 -> 10.0.0.2:80: refused after 1.0 s\n"
		"RST, TTL 64\n"
		" seconds  client                                 server\n"
		"          |                no options                 |\n"
		"0.000000  |---------- SYN seq 0 win 65535 ----------->|\n"
		"1.000000  |<---------- RST, ACK seq 0 ack 1 ----------|  connection refused\n"
		"\n"
		"#2 10.0.0.1:40001 -> 10.0.0.2:81: unanswered\n"
		"the capture ended with it\n"
		" seconds  client                                 server\n"
		"          |                no options                 |\n"
		"0.000000  |---------- SYN seq 0 win 65535 ----------->|\n"
		"\n");
}
END_TEST

START_TEST(ladders_are_of_selected_flows_only)
{
	static struct story s;
	struct frame frames[] = {syn(), synack(), ack(), with_ports(syn(), 40001, 81)};

	s.options.ladder = s.options.failed = s.options.common.numeric = true;
	story_begin(&s, pcap_ladder_view);
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
		story_frame(&s, &frames[i], (nsec_t)(i + 1) * S);
	story_expect(&s, 1,
		"#2 10.0.0.1:40001 -> 10.0.0.2:81: unanswered\n"
		"the capture ended with it\n"
		" seconds  client                                 server\n"
		"          |                no options                 |\n"
		"0.000000  |---------- SYN seq 0 win 65535 ----------->|\n"
		"\n");
}
END_TEST

/* Programs get the same records as of a table. */
START_TEST(ladder_in_json_is_flow_records)
{
	static struct story s = {.json = true};
	struct frame frame = syn();

	s.options.ladder = true;
	story_begin(&s, pcap_ladder_view);
	ck_assert_ptr_null(s.context.journals);
	story_frame(&s, &frame, S);
	tracker_finish(s.tracker);
	ck_assert_ptr_nonnull(strstr(story_text(&s), "\"type\":\"flow\",\"id\":1"));
	story_expect(&s, 1, s.text);
}
END_TEST

UNIT_MAIN("cmd/pcap_ladder", ladder_has_an_arrow_a_packet_between_two_life_lines,
	ladder_is_ascii_where_nothing_else_can_be_shown,
	ladder_of_narrow_paper_says_below_what_packets_mean, ladder_fits_its_paper,
	ladder_says_offers_once_and_what_was_tried_again, ladder_shows_who_sent_an_icmp_error,
	ladder_marks_what_was_seen_again, ladder_says_how_many_packets_it_leaves_out,
	ladder_invents_no_gap_after_what_it_leaves_out, ladder_without_packets_says_why,
	ladder_of_long_addresses_breaks_its_head, ladder_of_days_has_room_for_its_times,
	ladders_come_in_the_order_flows_are_over_with_a_line_between,
	ladders_are_of_selected_flows_only, ladder_in_json_is_flow_records)
