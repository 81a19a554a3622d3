/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/sighting.h"

#include "../../../src/capture/stream.h"
#include "../../../src/capture/syn_options.h"
#include "../unit.h"
#include "segments.h"

enum { ETH0 = 2, ETH1 = 3, WG0 = 4 };

/* MSS 1460, SACK permitted, timestamps, window scale 7; and what a clamping router leaves. */
static const uint8_t offered[] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7, 34, 4, 1, 2, 30, 4, 0, 0};
static const uint8_t left[] = {
	2, 4, 5, 100, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* True: it was only seen again. Else the flow takes it, as the tracker has it do. */
static bool again(struct flow *f, struct told t)
{
	struct frame frame = frame_of(&t);
	struct syn_options *options = &f->handshake.options[t.from];

	if (sighting_take(f, t.from, &frame, t.at, t.interface))
		return true;
	if (frame.tcp.flags & TCP_SYN && !options->seen)
		syn_options_take(options, &frame);
	if ((t.flags & (SYN | ACK)) == SYN) {
		f->handshake.syn_retries += f->handshake.last_syn != NOT_SEEN;
		f->handshake.last_syn = t.at;
	}
	stream_segment(f, t.from, &frame, t.at);
	return false;
}

#define AGAIN(f, ...) again(f, (struct told){__VA_ARGS__})

/* ---- the packet before */

START_TEST(sighting_knows_a_packet_by_its_ip_id)
{
	struct flow f = new_flow();

	ck_assert(!AGAIN(&f, C, 0, SYN, 100, .id = 7));
	ck_assert(AGAIN(&f, C, 5 * US, SYN, 100, .id = 7));
	ck_assert(AGAIN(&f, C, 9 * US, SYN, 100, .id = 7));
	ck_assert_uint_eq(f.streams[C].sightings, 2);
	ck_assert_uint_eq(f.streams[C].packets, 1);
	ck_assert_ptr_nonnull(f.sighting);
	ck_assert(!f.sighting->moved);
	free(f.sighting);
}
END_TEST

START_TEST(sighting_is_none_of_a_retransmission)
{
	struct flow f = new_flow();

	ck_assert(!AGAIN(&f, C, 0, SYN, 100, .id = 7));
	ck_assert(!AGAIN(&f, C, 1 * MS, SYN, 100, .id = 8));
	ck_assert(!AGAIN(&f, C, 1000 * MS, SYN, 100, .id = 8));
	ck_assert_ptr_null(f.sighting);
	ck_assert_uint_eq(f.streams[C].sightings, 0);
}
END_TEST

START_TEST(sighting_is_the_same_packet_in_every_number)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, ACK, 100, 500, 10, .id = 7);
	ck_assert(!AGAIN(&f, C, 0, ACK, 110, 500, 10, .id = 7));
	ck_assert(!AGAIN(&f, C, 0, ACK, 110, 501, 10, .id = 7));
	ck_assert(!AGAIN(&f, C, 0, ACK, 110, 501, 11, .id = 7));
	ck_assert(!AGAIN(&f, C, 0, ACK | PSH, 110, 501, 11, .id = 7));
	ck_assert(!AGAIN(&f, C, 0, ACK | PSH, 110, 501, 11, .id = 7, .window = 9));
	ck_assert(!AGAIN(&f, S, 0, ACK | PSH, 110, 501, 11, .id = 7, .window = 9));
	ck_assert(AGAIN(&f, C, 0, ACK | PSH, 110, 501, 11, .id = 7, .window = 9));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_is_at_most_twenty_milliseconds_later)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 7);
	ck_assert(AGAIN(&f, C, 20 * MS, SYN, 100, .id = 7));
	ck_assert(!AGAIN(&f, C, 20 * MS + 1, SYN, 100, .id = 7));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_is_up_to_two_hops_on)
{
	static const struct {
		uint8_t ttl;
		bool again;
	} cases[] = {{65, false}, {64, true}, {63, true}, {62, true}, {61, false}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct flow f = new_flow();

		AGAIN(&f, C, 0, SYN, 100, .id = 7, .ttl = 64);
		ck_assert(
			AGAIN(&f, C, 0, SYN, 100, .id = 7, .ttl = cases[i].ttl) == cases[i].again);
		free(f.sighting);
	}
}
END_TEST

START_TEST(sighting_of_a_first_packet_is_none)
{
	struct flow f = new_flow();

	struct frame blank = {.kind = FRAME_TCP};

	ck_assert(!AGAIN(&f, C, 0, 0, 0));
	ck_assert(!sighting_take(&f, S, &blank, 0, 0));
}
END_TEST

START_TEST(sighting_without_an_id_is_at_another_place)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, ACK, 100, 500, 10, .checksum = 1);
	ck_assert(AGAIN(&f, C, 10 * MS, ACK, 100, 500, 10, .checksum = 2, .ttl = 63));
	ck_assert(AGAIN(&f, C, 10 * MS, ACK, 100, 500, 10, .checksum = 3, .interface = ETH1));
	ck_assert(AGAIN(&f, C, 10 * MS, ACK, 100, 500, 10, .checksum = 4, .out = true));
	free(f.sighting);
}
END_TEST

/* Who gives all packets one id, and says at the same place something else. */
START_TEST(sighting_at_the_same_place_has_the_same_checksum)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, ACK, 100, 500, .id = 7, .checksum = 1);
	ck_assert(!AGAIN(&f, C, 0, ACK, 100, 500, .id = 7, .checksum = 2));
	ck_assert(AGAIN(&f, C, 0, ACK, 100, 500, .id = 7, .checksum = 3, .ttl = 63));
	/* but the options of a SYN may have been changed between */
	ck_assert(!AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 7, .checksum = 1));
	ck_assert(AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 7, .checksum = 2));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_without_an_id_at_the_same_place_is_too_soon_to_be_sent_again)
{
	static const struct {
		unsigned flags;
		uint32_t len;
		nsec_t most;
	} cases[] = {
		{SYN, 0, 20 * MS},
		{SYN | ACK, 0, 20 * MS},
		{RST, 0, 20 * MS},
		{ACK, 10, 3 * MS},
		{ACK | FIN, 0, 3 * MS},
		{ACK, 0, 100 * US},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct told t = {C, 0, cases[i].flags, 100, 500, cases[i].len, .checksum = 1};
		struct flow f = new_flow();

		again(&f, t);
		t.at = cases[i].most;
		ck_assert(again(&f, t));
		t.at++;
		ck_assert(!again(&f, t));
		t.at++;
		t.checksum = 2;
		ck_assert(!again(&f, t));
		free(f.sighting);
	}
}
END_TEST

/* Linux: the timer of the SYN-ACK and a SYN again, in the same instant. */
START_TEST(sighting_is_none_of_a_second_answer_to_a_second_syn)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 7);
	AGAIN(&f, S, 1 * MS, SYN | ACK, 500, 101);
	ck_assert(AGAIN(&f, C, 2 * MS, SYN, 100, .id = 7));
	ck_assert(AGAIN(&f, S, 3 * MS, SYN | ACK, 500, 101));
	ck_assert(!AGAIN(&f, C, 4 * MS, SYN, 100, .id = 8));
	ck_assert(!AGAIN(&f, S, 5 * MS, SYN | ACK, 500, 101));
	ck_assert(AGAIN(&f, S, 6 * MS, SYN | ACK, 500, 101));
	ck_assert(AGAIN(&f, S, 5 * MS, SYN | ACK, 500, 101, .ttl = 63));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_of_a_synack_does_not_depend_on_a_late_first_syn)
{
	struct flow f = new_flow();

	AGAIN(&f, S, 0, SYN | ACK, 500, 101);
	AGAIN(&f, C, 1 * US, SYN, 100, .id = 7);
	ck_assert(AGAIN(&f, S, 300 * US, SYN | ACK, 500, 101));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_is_none_of_a_second_rst_for_a_second_segment)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, ACK, 100, 500, 10, .id = 7);
	AGAIN(&f, S, 1 * US, RST, 500);
	ck_assert(AGAIN(&f, S, 2 * US, RST, 500));
	AGAIN(&f, C, 3 * US, ACK, 110, 500, 10, .id = 8);
	ck_assert(!AGAIN(&f, S, 4 * US, RST, 500));
	free(f.sighting);
}
END_TEST

/* IPv6: their numbers are the same but for what they acknowledge, and that may be, too. */
START_TEST(sighting_is_none_of_duplicate_acks)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, ACK, 100, 500, .checksum = 1);
	ck_assert(!AGAIN(&f, C, 1 * US, ACK, 100, 600, .checksum = 2));
	ck_assert(!AGAIN(&f, C, 2 * US, ACK, 100, 600, .checksum = 3));
}
END_TEST

/* ---- places */

START_TEST(sighting_notes_the_way)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 7, .interface = ETH0);
	AGAIN(&f, C, 0, SYN, 100, .id = 7, .interface = ETH1, .ttl = 63);
	AGAIN(&f, C, 0, SYN, 100, .id = 7, .interface = WG0, .ttl = 63);
	ck_assert(f.sighting->moved);
	ck_assert_uint_eq(f.sighting->from, ETH0);
	ck_assert_uint_eq(f.sighting->to, ETH1);
	ck_assert_uint_eq(f.sighting->ttl_from, 64);
	ck_assert_uint_eq(f.sighting->ttl_to, 63);
	free(f.sighting);
}
END_TEST

/* A router is given bursts: three packets in, then three out. */
START_TEST(sighting_knows_bursts_at_a_place_it_has_seen)
{
	struct flow f = new_flow();
	struct told in = {C, 0, SYN, 100, .id = 1, .interface = ETH0};
	struct told out = {C, 0, SYN, 100, .id = 1, .interface = ETH1, .ttl = 63};

	ck_assert(!again(&f, in));
	ck_assert(again(&f, out));
	AGAIN(&f, S, 0, SYN | ACK, 500, 101, .interface = ETH1);
	in.flags = out.flags = ACK;
	in.ack = out.ack = 501;
	in.len = out.len = 10;
	for (in.seq = 101; in.seq < 131; in.seq += 10)
		ck_assert(!again(&f, in));
	out.at = 300 * MS;
	for (out.seq = 101; out.seq < 131; out.seq += 10)
		ck_assert(again(&f, out));
	ck_assert_uint_eq(f.streams[C].retransmissions, 0);
	ck_assert_uint_eq(f.streams[C].bytes, 30);
	/* and what came in once more is a retransmission, whatever it was */
	in.seq = 101;
	in.at = 400 * MS;
	ck_assert(!again(&f, in));
	ck_assert_uint_eq(f.streams[C].retransmissions, 1);
	free(f.sighting);
}
END_TEST

/* The way has changed, or the capture has lost what the first place saw. */
START_TEST(sighting_is_of_no_more_than_came_by_before)
{
	struct flow f = new_flow();
	struct told out = {C, 0, ACK, 101, 501, 10, .id = 9, .interface = ETH1};

	AGAIN(&f, C, 0, ACK, 101, 501, 10, .id = 1, .interface = ETH0);
	ck_assert(AGAIN(&f, C, 0, ACK, 101, 501, 10, .id = 1, .interface = ETH1));
	/* one was dropped between, the next was not */
	AGAIN(&f, C, 100 * MS, ACK, 111, 501, 10, .id = 2, .interface = ETH0);
	AGAIN(&f, C, 200 * MS, ACK, 111, 501, 10, .id = 3, .interface = ETH0);
	ck_assert(AGAIN(&f, C, 200 * MS, ACK, 111, 501, 10, .id = 3, .interface = ETH1));
	ck_assert_uint_eq(f.streams[C].retransmissions, 1);
	for (out.at = 300 * MS; out.at < 600 * MS; out.at += 100 * MS)
		ck_assert(!again(&f, out));
	ck_assert_uint_eq(f.streams[C].retransmissions, 4);
	free(f.sighting);
}
END_TEST

START_TEST(sighting_is_none_of_what_is_new_at_a_place_it_has_seen)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 1, .interface = ETH0);
	AGAIN(&f, C, 0, SYN, 100, .id = 1, .interface = ETH1);
	AGAIN(&f, C, 0, ACK, 101, 501, 10, .id = 2, .interface = ETH0);
	ck_assert(!AGAIN(&f, C, 0, ACK, 111, 501, 10, .id = 3, .interface = ETH1));
	ck_assert(!AGAIN(&f, C, 0, ACK, 121, 511, .id = 4, .interface = ETH1));
	ck_assert(!AGAIN(&f, C, 0, ACK | FIN, 121, 511, .id = 5, .interface = ETH1));
	ck_assert(!AGAIN(&f, C, 0, RST, 122, .id = 6, .interface = ETH1));
	ck_assert(AGAIN(&f, C, 0, ACK | FIN, 121, 511, .id = 9, .interface = ETH1));
	/* the server's way is not known by that of the client */
	AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 1, .interface = ETH1);
	AGAIN(&f, S, 0, ACK, 501, 101, .id = 2, .interface = ETH1);
	ck_assert(!AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 3, .interface = ETH1));
	free(f.sighting);
}
END_TEST

START_TEST(sighting_takes_one_of_two_places_for_the_later)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 1, .interface = ETH0);
	AGAIN(&f, C, 0, SYN, 100, .id = 1, .interface = ETH1);
	AGAIN(&f, C, 0, ACK, 101, 501, 10, .id = 2, .interface = ETH1);
	ck_assert(AGAIN(&f, C, 0, ACK, 101, 501, 10, .id = 2, .interface = ETH0));
	ck_assert(!AGAIN(&f, C, 300 * MS, ACK, 101, 501, 10, .id = 3, .interface = ETH0));
	ck_assert(AGAIN(&f, C, 300 * MS, ACK, 101, 501, 10, .id = 3, .interface = ETH1));
	ck_assert_uint_eq(f.streams[C].retransmissions, 1);
	free(f.sighting);
}
END_TEST

START_TEST(sighting_keeps_few_places)
{
	struct flow f = new_flow();

	for (uint32_t i = 0; i < 100; i++)
		AGAIN(&f, C, 0, SYN, 100, .id = 7, .interface = i);
	ck_assert_uint_eq(f.sighting->later[C].count, LATER_PLACES);
	ck_assert_uint_eq(f.streams[C].sightings, 99);
	free(f.sighting);
}
END_TEST

/* ---- options */

START_TEST(sighting_tells_what_the_middle_changed)
{
	struct flow f = new_flow();
	const struct sighting *s;

	AGAIN(&f, C, 0, SYN | TCP_ECE | TCP_CWR, 100, .id = 7, .options = offered,
		.options_len = sizeof offered);
	ck_assert(AGAIN(&f, C, 0, SYN, 100, .id = 7, .ttl = 63, .options = left,
		.options_len = sizeof left));
	s = f.sighting;
	ck_assert(s->changed_mss && s->changed_wscale && s->removed_sack);
	ck_assert(s->removed_timestamps && s->cleared_ecn && s->removed_tfo && s->removed_mptcp);
	ck_assert_uint_eq(s->mss_before, 1460);
	ck_assert_uint_eq(s->mss_after, 1380);
	free(f.sighting);
}
END_TEST

START_TEST(sighting_of_the_same_options_changed_nothing)
{
	struct flow f = new_flow();
	const struct sighting *s;

	AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 7, .options = offered,
		.options_len = sizeof offered);
	AGAIN(&f, S, 0, SYN | ACK, 500, 101, .id = 7, .ttl = 63, .options = offered,
		.options_len = sizeof offered);
	s = f.sighting;
	ck_assert(!s->changed_mss && !s->changed_wscale && !s->removed_sack);
	ck_assert(
		!s->removed_timestamps && !s->cleared_ecn && !s->removed_tfo && !s->removed_mptcp);
	free(f.sighting);
}
END_TEST

/* What a client gives up when it tries again was not taken by anybody. */
START_TEST(sighting_compares_no_syn_that_was_sent_again)
{
	struct flow f = new_flow();

	AGAIN(&f, C, 0, SYN, 100, .id = 7, .options = offered, .options_len = sizeof offered);
	f.handshake.syn_retries = 1;
	AGAIN(&f, C, 1000 * MS, SYN, 100, .id = 8, .options = left, .options_len = sizeof left);
	ck_assert(AGAIN(&f, C, 1000 * MS, SYN, 100, .id = 8, .ttl = 63, .options = left,
		.options_len = sizeof left));
	ck_assert(!f.sighting->changed_mss && !f.sighting->removed_sack);
	free(f.sighting);
}
END_TEST

START_TEST(sighting_compares_no_options_that_the_capture_cut)
{
	struct flow f = new_flow();
	struct told t = {
		C, 0, SYN, 100, .id = 7, .options = offered, .options_len = sizeof offered};
	struct frame frame = frame_of(&t);

	again(&f, t);
	frame.tcp.options_len = 4;
	ck_assert(sighting_take(&f, C, &frame, 0, 0));
	ck_assert(!f.sighting->removed_sack);
	free(f.sighting);
}
END_TEST

UNIT_MAIN("capture/sighting", sighting_knows_a_packet_by_its_ip_id,
	sighting_is_none_of_a_retransmission, sighting_is_the_same_packet_in_every_number,
	sighting_is_at_most_twenty_milliseconds_later, sighting_is_up_to_two_hops_on,
	sighting_of_a_first_packet_is_none, sighting_without_an_id_is_at_another_place,
	sighting_at_the_same_place_has_the_same_checksum,
	sighting_without_an_id_at_the_same_place_is_too_soon_to_be_sent_again,
	sighting_is_none_of_a_second_answer_to_a_second_syn,
	sighting_of_a_synack_does_not_depend_on_a_late_first_syn,
	sighting_is_none_of_a_second_rst_for_a_second_segment,
	sighting_is_of_no_more_than_came_by_before, sighting_is_none_of_duplicate_acks,
	sighting_notes_the_way, sighting_knows_bursts_at_a_place_it_has_seen,
	sighting_is_none_of_what_is_new_at_a_place_it_has_seen,
	sighting_takes_one_of_two_places_for_the_later, sighting_keeps_few_places,
	sighting_tells_what_the_middle_changed, sighting_of_the_same_options_changed_nothing,
	sighting_compares_no_syn_that_was_sent_again,
	sighting_compares_no_options_that_the_capture_cut)
