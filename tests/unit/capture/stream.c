/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/stream.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "segments.h"

/* Sequence numbers below stand as they do after a SYN of 100 and a SYN-ACK of 500. */
static unsigned take(struct flow *f, struct told t)
{
	struct frame frame = frame_of(&t);

	return stream_segment(f, t.from, &frame, t.at);
}

#define TAKE(f, ...) take(f, (struct told){__VA_ARGS__})

static struct flow opened(void)
{
	struct flow f = new_flow();

	ck_assert_uint_eq(TAKE(&f, C, 0, SYN, 100), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, SYN | ACK, 500, 101), 0);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 101, 501), 0);
	return f;
}

static void expect_history(const struct flow *f, const char *expected)
{
	ck_assert_uint_eq(f->history_len, strlen(expected));
	ck_assert_mem_eq(f->history, expected, f->history_len);
}

START_TEST(stream_follows_a_connection_from_syn_to_fin)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK | PSH, 101, 501, 10), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, S, 2 * MS, ACK, 501, 111), 0);
	ck_assert_uint_eq(TAKE(&f, S, 3 * MS, ACK | PSH, 501, 111, 20), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, S, 4 * MS, ACK | PSH, 521, 111, 30), 0);
	ck_assert_uint_eq(TAKE(&f, C, 5 * MS, ACK, 111, 551), 0);
	ck_assert_uint_eq(TAKE(&f, C, 6 * MS, ACK | FIN, 111, 551), 0);
	ck_assert(!stream_closed(&f));
	ck_assert_uint_eq(TAKE(&f, S, 7 * MS, ACK | FIN, 551, 112), 0);
	ck_assert(!stream_closed(&f));
	ck_assert_uint_eq(TAKE(&f, C, 8 * MS, ACK, 112, 552), 0);
	ck_assert(stream_closed(&f));
	ck_assert_int_eq(f.end, END_FIN);
	ck_assert_int_eq(f.ended_by, CLIENT);
	expect_history(&f, "ShADadFf");
	ck_assert_uint_eq(f.streams[C].packets, 6);
	ck_assert_uint_eq(f.streams[C].bytes, 10);
	ck_assert_uint_eq(f.streams[S].packets, 5);
	ck_assert_uint_eq(f.streams[S].bytes, 50);
	ck_assert_int_eq(f.streams[C].first_data, 1 * MS);
	ck_assert_int_eq(f.streams[S].first_data, 3 * MS);
	ck_assert_int_eq(f.streams[C].last, 8 * MS);
	ck_assert_uint_eq(f.streams[C].retransmissions + f.streams[S].retransmissions, 0);
}
END_TEST

START_TEST(stream_of_a_side_that_sent_no_payload_has_no_first_data)
{
	struct flow f = opened();

	ck_assert_int_eq(f.streams[C].first_data, NOT_SEEN);
	ck_assert_int_eq(f.streams[S].first_data, NOT_SEEN);
}
END_TEST

START_TEST(stream_counts_what_the_headers_say_not_what_was_captured)
{
	struct flow f = opened();
	struct told t = {C, 0, ACK, 101, 501, 1448};
	struct frame frame = frame_of(&t);

	frame.payload_captured = 20;
	stream_segment(&f, C, &frame, 0);
	ck_assert_uint_eq(f.streams[C].bytes, 1448);
	ck_assert_uint_eq(f.streams[C].next, 101 + 1448);
}
END_TEST

/* ---- numbers */

START_TEST(stream_knows_payload_that_is_sent_again)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK, 101, 501, 10), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(f.streams[C].retransmissions, 1);
	ck_assert_uint_eq(f.streams[C].bytes, 20);
	ck_assert_uint_eq(f.streams[C].next, 111);
	expect_history(&f, "ShADT");
}
END_TEST

START_TEST(stream_moves_on_by_a_retransmission_that_brings_more)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK, 101, 501, 30), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(f.streams[C].next, 131);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK, 131, 501, 10), 0);
}
END_TEST

START_TEST(stream_knows_a_fin_that_is_sent_again)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK | FIN, 101, 501), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(f.streams[C].retransmissions, 1);
	expect_history(&f, "ShAF");
}
END_TEST

START_TEST(stream_takes_no_syn_for_a_retransmission)
{
	struct flow f = new_flow();

	TAKE(&f, C, 0, SYN, 100);
	ck_assert_uint_eq(TAKE(&f, C, 1000 * MS, SYN, 100), 0);
	TAKE(&f, S, 1000 * MS, SYN | ACK, 500, 101);
	ck_assert_uint_eq(TAKE(&f, S, 2000 * MS, SYN | ACK, 500, 101), 0);
	ck_assert_uint_eq(f.streams[C].retransmissions + f.streams[S].retransmissions, 0);
	ck_assert_uint_eq(f.streams[C].packets, 2);
}
END_TEST

START_TEST(stream_takes_the_payload_of_a_syn)
{
	struct flow f = new_flow();

	ck_assert_uint_eq(TAKE(&f, C, 0, SYN, 100, 0, 10), ROLE_FIRST_DATA);
	ck_assert_uint_eq(f.streams[C].next, 111);
	TAKE(&f, S, 0, SYN | ACK, 500, 101);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 101, 501, 10), ROLE_RETRANSMISSION);
	expect_history(&f, "ShDT");
}
END_TEST

START_TEST(stream_numbers_wrap)
{
	struct flow f = new_flow();

	TAKE(&f, C, 0, SYN, UINT32_MAX - 9);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, UINT32_MAX - 8, 1, 100), ROLE_FIRST_DATA);
	ck_assert_uint_eq(f.streams[C].next, 91);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 91, 1, 9), 0);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK, UINT32_MAX - 8, 1, 100), ROLE_RETRANSMISSION);
	TAKE(&f, S, 300 * MS, ACK, 1, UINT32_MAX - 8);
	TAKE(&f, S, 300 * MS, ACK, 1, 100);
	ck_assert_uint_eq(f.streams[S].acked, 100);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK | FIN, 100, 1), 0);
	TAKE(&f, S, 300 * MS, ACK | FIN, 1, 101);
	ck_assert(f.streams[C].fin_acked);
}
END_TEST

START_TEST(stream_tells_a_gap)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 111, 501, 10), ROLE_GAP | ROLE_FIRST_DATA);
	ck_assert_uint_eq(f.streams[C].next, 121);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 121, 501, 10), 0);
	expect_history(&f, "ShAD");
}
END_TEST

START_TEST(stream_says_g_when_what_was_never_seen_is_acknowledged)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 111, 501, 10);
	TAKE(&f, S, 0, ACK, 501, 101);
	expect_history(&f, "ShADa");
	TAKE(&f, S, 0, ACK, 501, 121);
	expect_history(&f, "ShADaG");
	f = opened();
	TAKE(&f, S, 0, ACK, 501, 111);
	expect_history(&f, "ShAaG");
}
END_TEST

START_TEST(stream_says_no_g_of_what_came_late_or_is_told_by_a_fin)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 111, 501, 10);
	TAKE(&f, C, 1 * MS, ACK, 101, 501, 10);
	TAKE(&f, S, 2 * MS, ACK, 501, 121);
	TAKE(&f, S, 2 * MS, ACK | FIN, 501, 131);
	expect_history(&f, "ShADaf");
}
END_TEST

START_TEST(stream_tells_late_segments_from_those_sent_again)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	TAKE(&f, C, 1 * MS, ACK, 121, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 2 * MS, ACK, 111, 501, 10), ROLE_OUT_OF_ORDER);
	/* now it was seen */
	ck_assert_uint_eq(TAKE(&f, C, 2 * MS, ACK, 111, 501, 10), ROLE_RETRANSMISSION);
	TAKE(&f, C, 10 * MS, ACK, 141, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 13 * MS, ACK, 131, 501, 10), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(f.streams[C].out_of_order, 1);
	ck_assert_uint_eq(f.streams[C].retransmissions, 2);
}
END_TEST

START_TEST(stream_waits_a_round_trip_for_late_segments_where_it_is_known)
{
	struct flow f = opened();

	set_rtt(&f, 50 * MS);
	TAKE(&f, C, 100 * MS, ACK, 111, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 149 * MS, ACK, 101, 501, 10), ROLE_OUT_OF_ORDER);
	TAKE(&f, C, 200 * MS, ACK, 131, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 250 * MS, ACK, 121, 501, 10), ROLE_RETRANSMISSION);
}
END_TEST

START_TEST(stream_takes_the_other_sides_word_for_a_cause_after_a_short_round_trip)
{
	struct flow f = opened();

	set_rtt(&f, 200 * US);
	TAKE(&f, C, 100 * MS, ACK, 111, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 101 * MS, ACK, 101, 501, 10), ROLE_OUT_OF_ORDER);
	TAKE(&f, C, 200 * MS, ACK, 131, 501, 10);
	TAKE(&f, S, 200 * MS + 100 * US, ACK, 501, 121);
	ck_assert_uint_eq(TAKE(&f, C, 201 * MS, ACK, 121, 501, 10), ROLE_RETRANSMISSION);
}
END_TEST

START_TEST(stream_knows_several_gaps_and_parts_of_them)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 141, 501, 10); /* 101 to 140 */
	TAKE(&f, C, 0, ACK, 161, 501, 10); /* 151 to 160 */
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 111, 501, 10), ROLE_OUT_OF_ORDER);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 111, 501, 10), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 151, 501, 10), ROLE_OUT_OF_ORDER);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 121, 501, 20), ROLE_OUT_OF_ORDER);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 101, 501, 10), ROLE_OUT_OF_ORDER);
	ck_assert_uint_eq(f.streams[C].hole_count, 0);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 101, 501, 70), ROLE_RETRANSMISSION);
}
END_TEST

START_TEST(stream_takes_what_was_seen_in_part_for_a_retransmission)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	TAKE(&f, C, 0, ACK, 121, 501, 10);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 101, 501, 30), ROLE_RETRANSMISSION);
	ck_assert_uint_eq(f.streams[C].hole_count, 0);
}
END_TEST

START_TEST(stream_takes_heavy_reordering_for_what_it_is)
{
	struct flow f = opened();
	enum { SEGMENTS = 200 };

	set_rtt(&f, 20 * MS);
	for (uint32_t i = 1; i < SEGMENTS; i += 2)
		TAKE(&f, C, 100 * MS + i * 10 * US, ACK, 101 + 10 * i, 501, 10);
	for (uint32_t i = 0; i < SEGMENTS; i += 2)
		ck_assert_uint_eq(TAKE(&f, C, 110 * MS + i * 10 * US, ACK, 101 + 10 * i, 501, 10),
			ROLE_OUT_OF_ORDER);
	TAKE(&f, S, 120 * MS, ACK, 501, 101 + 10 * SEGMENTS);
	ck_assert_uint_eq(f.streams[C].retransmissions, 0);
	expect_history(&f, "ShADa");
}
END_TEST

START_TEST(stream_forgets_gaps_that_are_too_old_when_others_come)
{
	struct flow f = opened();

	for (uint32_t i = 0; i < 10; i++) {
		nsec_t at = i * 10 * MS;

		TAKE(&f, C, at, ACK, 121 + 20 * i, 501, 10);
		ck_assert_uint_le(f.streams[C].hole_count, HOLES_KEPT);
	}
	ck_assert(!f.streams[C].holes_blurred);
	ck_assert_uint_eq(TAKE(&f, C, 90 * MS, ACK, 101 + 20 * 9 + 10, 501, 10), ROLE_OUT_OF_ORDER);
}
END_TEST

START_TEST(stream_knows_keepalives)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	TAKE(&f, S, 0, ACK, 501, 111);
	ck_assert_uint_eq(TAKE(&f, C, 60000 * MS, ACK, 110, 501), ROLE_KEEPALIVE);
	ck_assert_uint_eq(TAKE(&f, S, 60000 * MS, ACK, 501, 111), 0);
	/* with the byte of old: RFC 9293, 3.8.4 */
	ck_assert_uint_eq(TAKE(&f, C, 120000 * MS, ACK, 110, 501, 1), ROLE_KEEPALIVE);
	ck_assert_uint_eq(f.streams[C].retransmissions, 0);
	ck_assert_uint_eq(f.streams[C].next, 111);
}
END_TEST

START_TEST(stream_takes_one_byte_that_waits_for_its_acknowledgment_for_no_keepalive)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 1);
	ck_assert_uint_eq(TAKE(&f, C, 300 * MS, ACK, 101, 501, 1), ROLE_RETRANSMISSION);
}
END_TEST

START_TEST(stream_takes_an_ack_from_before_a_fin_for_no_keepalive)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	ck_assert_uint_eq(TAKE(&f, C, 1 * MS, ACK, 101, 501), 0);
}
END_TEST

START_TEST(stream_may_begin_midstream)
{
	struct flow f = new_flow();

	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 9000, 4000, 100), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 4000, 9100), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 9100, 4000, 100), 0);
	ck_assert_uint_eq(TAKE(&f, S, 300 * MS, ACK, 9100, 4000, 100), ROLE_RETRANSMISSION);
	expect_history(&f, "dAt");
}
END_TEST

START_TEST(stream_leaves_strays_out)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 3000000000, 501, 10), ROLE_STRAY);
	ck_assert_uint_eq(f.streams[C].next, 101);
	ck_assert_uint_eq(f.streams[C].packets, 3);
	ck_assert_uint_eq(TAKE(&f, C, 0, RST, 3000000000), ROLE_STRAY);
	ck_assert(!stream_closed(&f));
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 101, 501, 10), ROLE_FIRST_DATA);
	expect_history(&f, "ShAD");
}
END_TEST

START_TEST(stream_takes_a_rst_in_reach_of_the_window_only)
{
	static const struct {
		uint32_t seq;
		unsigned roles;
	} cases[] = {{501, 0}, {501 + 65535, 0}, {501 - 65535, 0}, {501 + 70000, ROLE_STRAY},
		{501U - 70000, ROLE_STRAY}, {505000000, ROLE_STRAY}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flow f = opened();

		f.handshake.options[C].seen = f.handshake.options[S].seen = true;
		ck_assert_uint_eq(TAKE(&f, S, 0, RST, cases[i].seq), cases[i].roles);
		ck_assert_int_eq(f.end, cases[i].roles ? END_OPEN : END_RST);
		f.handshake.options[S].seen = false; /* then the window is not known */
		ck_assert_uint_eq(TAKE(&f, S, 0, RST, cases[i].seq), 0);
	}
}
END_TEST

START_TEST(stream_takes_a_rst_where_the_other_side_waits)
{
	struct flow f = opened();

	f.handshake.options[C].seen = f.handshake.options[S].seen = true;
	TAKE(&f, C, 0, ACK, 101, 1000501); /* what it acknowledges was not captured */
	ck_assert_uint_eq(TAKE(&f, S, 0, RST, 1000501), 0);
}
END_TEST

START_TEST(stream_goes_on_where_strays_agree)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 3000000000, 501, 10), ROLE_STRAY);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 3000000010, 501, 10), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 3000000020, 501, 10), 0);
	ck_assert_uint_eq(f.streams[C].next, 3000000030);
}
END_TEST

START_TEST(stream_believes_no_length_beyond_a_window)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 101, 501, UINT32_MAX), ROLE_STRAY);
	ck_assert_uint_eq(f.streams[C].next, 101);
}
END_TEST

/* ---- acknowledgments and windows */

START_TEST(stream_knows_duplicate_acks)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	TAKE(&f, C, 0, ACK, 121, 501, 10);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 111), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 111), ROLE_DUPLICATE_ACK);
	/* another window, payload, an older number: none */
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 111, .window = 2000), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 111, 5, .window = 2000), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 506, 105, .window = 2000), 0);
	ck_assert_uint_eq(f.streams[S].acked, 111);
	/* nothing is outstanding */
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 506, 131, .window = 2000), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 506, 131, .window = 2000), 0);
}
END_TEST

START_TEST(stream_tells_when_a_window_shuts_and_opens)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 101, .shut = true), ROLE_ZERO_WINDOW);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 101, .shut = true), ROLE_ZERO_WINDOW);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 101), ROLE_WINDOW_OPENS);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 101), 0);
	ck_assert_uint_eq(f.streams[S].zero_windows, 2);
	expect_history(&f, "ShAaw");
}
END_TEST

START_TEST(stream_takes_no_rst_for_a_window)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, S, 0, RST | ACK, 501, 101, .shut = true), 0);
	ck_assert_uint_eq(f.streams[S].zero_windows, 0);
	expect_history(&f, "ShAr");
}
END_TEST

START_TEST(stream_passes_over_the_window_of_an_older_ack)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK, 101, 501, 10);
	TAKE(&f, S, 0, ACK, 501, 111);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 105, .shut = true), 0);
	ck_assert(!f.streams[S].offers_zero);
}
END_TEST

START_TEST(stream_says_no_w_after_the_fin_of_who_would_send)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 102, .shut = true), ROLE_ZERO_WINDOW);
	expect_history(&f, "ShAFa");
}
END_TEST

START_TEST(stream_scales_windows_where_both_sides_do)
{
	struct flow f = opened();

	f.handshake.options[C] =
		(struct syn_options){.seen = true, .has_wscale = true, .wscale = 7};
	TAKE(&f, C, 0, ACK, 101, 501, .window = 1000);
	ck_assert_uint_eq(f.streams[C].window, 1000);
	f.handshake.options[S] =
		(struct syn_options){.seen = true, .has_wscale = true, .wscale = 2};
	TAKE(&f, C, 0, ACK, 101, 501, .window = 1000);
	ck_assert_uint_eq(f.streams[C].window, 128000);
	TAKE(&f, S, 0, ACK, 501, 101, .window = 1000);
	ck_assert_uint_eq(f.streams[S].window, 4000);
	f.handshake.options[S].wscale = 200; /* counts as 14: RFC 7323, 2.3 */
	TAKE(&f, S, 0, ACK, 501, 101, .window = 1000);
	ck_assert_uint_eq(f.streams[S].window, 1000 << 14);
	/* never that of a SYN: RFC 7323, 2.2 */
	TAKE(&f, S, 0, SYN | ACK, 500, 101, .window = 1000);
	ck_assert_uint_eq(f.streams[S].window, 1000);
}
END_TEST

START_TEST(stream_believes_no_acknowledgment_from_elsewhere)
{
	struct flow f = opened();

	TAKE(&f, S, 0, ACK, 501, 1600000000);
	ck_assert_uint_eq(f.streams[S].acked, 101);
	expect_history(&f, "ShAa");
}
END_TEST

/* ---- ends */

START_TEST(stream_ends_by_the_first_fin)
{
	struct flow f = opened();

	TAKE(&f, S, 0, ACK | FIN, 501, 101);
	ck_assert_int_eq(f.end, END_FIN);
	ck_assert_int_eq(f.ended_by, SERVER);
	TAKE(&f, C, 0, ACK | FIN, 101, 502);
	TAKE(&f, S, 0, ACK, 502, 102);
	ck_assert_int_eq(f.ended_by, SERVER);
	ck_assert(stream_closed(&f));
}
END_TEST

START_TEST(stream_may_close_simultaneously)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	TAKE(&f, S, 0, ACK | FIN, 501, 101);
	ck_assert(!f.streams[C].fin_acked);
	TAKE(&f, S, 0, ACK, 502, 102);
	ck_assert(f.streams[C].fin_acked);
	ck_assert(!stream_closed(&f));
	TAKE(&f, C, 0, ACK, 102, 502);
	ck_assert(stream_closed(&f));
	ck_assert_int_eq(f.ended_by, CLIENT);
	expect_history(&f, "ShAFfa");
}
END_TEST

START_TEST(stream_knows_a_fin_whose_acknowledgment_came_first)
{
	struct flow f = opened();

	TAKE(&f, S, 0, ACK, 501, 102);
	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	ck_assert(f.streams[C].fin_acked);
}
END_TEST

START_TEST(stream_is_closed_by_a_rst)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	TAKE(&f, S, 0, RST, 501);
	ck_assert(stream_closed(&f));
	ck_assert_int_eq(f.end, END_RST);
	ck_assert_int_eq(f.ended_by, SERVER);
	TAKE(&f, C, 0, RST, 102);
	ck_assert_int_eq(f.ended_by, SERVER);
}
END_TEST

START_TEST(stream_that_both_finished_stays_so_after_a_rst)
{
	struct flow f = opened();

	TAKE(&f, C, 0, ACK | FIN, 101, 501);
	TAKE(&f, S, 0, ACK | FIN, 501, 102);
	TAKE(&f, C, 0, RST, 102);
	ck_assert(stream_closed(&f));
	ck_assert_int_eq(f.end, END_FIN);
	ck_assert_int_eq(f.ended_by, CLIENT);
	expect_history(&f, "ShAFfR");
}
END_TEST

START_TEST(stream_takes_no_number_from_a_rst)
{
	struct flow f = opened();

	ck_assert_uint_eq(TAKE(&f, C, 0, RST, 2000), 0);
	ck_assert_uint_eq(f.streams[C].next, 101);
	f = new_flow();
	TAKE(&f, C, 0, SYN, 100);
	TAKE(&f, S, 0, RST | ACK, 0, 101);
	ck_assert(!f.streams[S].started && !f.streams[S].has_acked);
	expect_history(&f, "Sr");
}
END_TEST

START_TEST(stream_says_i_and_q_of_flags_that_do_not_go_together)
{
	struct flow f = new_flow();

	TAKE(&f, C, 0, SYN | FIN, 100);
	expect_history(&f, "Q");
	f = new_flow();
	TAKE(&f, C, 0, SYN | RST, 100);
	expect_history(&f, "Q");
	f = new_flow();
	TAKE(&f, C, 0, FIN | RST, 100);
	expect_history(&f, "I");
}
END_TEST

START_TEST(stream_begins_with_its_syn_whatever_acknowledged_before)
{
	static const uint32_t numbers[] = {0, 499, 700, 3000000000};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct flow f = new_flow();

		TAKE(&f, C, 0, SYN, 100);
		TAKE(&f, S, 0, ACK, numbers[i], 101);
		ck_assert_uint_eq(TAKE(&f, S, 0, SYN, 500), 0);
		ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 101, 501), 0);
		ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 101, 10), ROLE_FIRST_DATA);
		expect_history(&f, "SasAd");
	}
}
END_TEST

START_TEST(stream_takes_what_other_fragments_have_for_no_gap)
{
	struct told first = {C, 0, ACK, 101, 501, 40}, second = {C, 0, ACK, 141, 501, 40};
	struct flow f = opened();
	struct frame frame = frame_of(&first);

	frame.ip.more = true;
	ck_assert_uint_eq(stream_segment(&f, C, &frame, 0), ROLE_FIRST_DATA);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 201), 0);
	frame = frame_of(&second);
	frame.tcp.sequence = 201;
	ck_assert_uint_eq(stream_segment(&f, C, &frame, 0), 0);
	ck_assert_uint_eq(TAKE(&f, S, 0, ACK, 501, 241), 0);
	expect_history(&f, "ShADa");
	ck_assert_uint_eq(TAKE(&f, C, 0, ACK, 251, 501, 10), ROLE_GAP);
}
END_TEST

UNIT_MAIN("capture/stream", stream_follows_a_connection_from_syn_to_fin,
	stream_of_a_side_that_sent_no_payload_has_no_first_data,
	stream_counts_what_the_headers_say_not_what_was_captured,
	stream_knows_payload_that_is_sent_again,
	stream_moves_on_by_a_retransmission_that_brings_more, stream_knows_a_fin_that_is_sent_again,
	stream_takes_no_syn_for_a_retransmission, stream_takes_the_payload_of_a_syn,
	stream_numbers_wrap, stream_tells_a_gap,
	stream_says_g_when_what_was_never_seen_is_acknowledged,
	stream_says_no_g_of_what_came_late_or_is_told_by_a_fin,
	stream_tells_late_segments_from_those_sent_again,
	stream_waits_a_round_trip_for_late_segments_where_it_is_known,
	stream_takes_the_other_sides_word_for_a_cause_after_a_short_round_trip,
	stream_knows_several_gaps_and_parts_of_them,
	stream_takes_what_was_seen_in_part_for_a_retransmission,
	stream_takes_heavy_reordering_for_what_it_is,
	stream_forgets_gaps_that_are_too_old_when_others_come, stream_knows_keepalives,
	stream_takes_one_byte_that_waits_for_its_acknowledgment_for_no_keepalive,
	stream_takes_an_ack_from_before_a_fin_for_no_keepalive, stream_may_begin_midstream,
	stream_leaves_strays_out, stream_takes_a_rst_in_reach_of_the_window_only,
	stream_takes_a_rst_where_the_other_side_waits, stream_goes_on_where_strays_agree,
	stream_believes_no_length_beyond_a_window, stream_knows_duplicate_acks,
	stream_tells_when_a_window_shuts_and_opens, stream_takes_no_rst_for_a_window,
	stream_passes_over_the_window_of_an_older_ack,
	stream_says_no_w_after_the_fin_of_who_would_send, stream_scales_windows_where_both_sides_do,
	stream_believes_no_acknowledgment_from_elsewhere, stream_ends_by_the_first_fin,
	stream_may_close_simultaneously, stream_knows_a_fin_whose_acknowledgment_came_first,
	stream_is_closed_by_a_rst, stream_that_both_finished_stays_so_after_a_rst,
	stream_begins_with_its_syn_whatever_acknowledged_before,
	stream_takes_what_other_fragments_have_for_no_gap, stream_takes_no_number_from_a_rst,
	stream_says_i_and_q_of_flags_that_do_not_go_together)
