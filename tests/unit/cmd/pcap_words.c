/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_words.h"

#include "pcap_said.h"

static const struct addr router = {.family = 4, .ip = {10, 0, 0, 1}};

static void expect_fate(const struct flow *f, const char *wanted)
{
	begin();
	flow_fate(&text, f);
	expect(wanted);
}

START_TEST(fate_says_how_it_ended_and_how_long_it_took)
{
	struct flow f = flow_of(HANDSHAKE_COMPLETE);

	f.handshake.ack = S + 310000;
	expect_fate(&f, "complete in 0.310 ms");
	/* a SYN that was captured behind its SYN-ACK says not how long it took */
	f.handshake.synack = S - 1000;
	expect_fate(&f, "complete");
	f = flow_of(HANDSHAKE_REFUSED);
	f.handshake.answer = S + 41000;
	expect_fate(&f, "refused after 0.041 ms");
	f = flow_of(HANDSHAKE_REJECTED);
	f.handshake.answer = 3 * S;
	expect_fate(&f, "rejected after 2.0 s");
	f = flow_of(HANDSHAKE_HALF_OPEN);
	expect_fate(&f, "half-open: the SYN-ACK was never acknowledged");
	f = flow_of(HANDSHAKE_MIDSTREAM);
	expect_fate(&f, "midstream: its beginning was not captured");
	f = flow_of(HANDSHAKE_SPLIT);
	expect_fate(&f, "split");
}
END_TEST

START_TEST(fate_invents_no_time)
{
	struct flow f = flow_of(HANDSHAKE_REFUSED);

	expect_fate(&f, "refused");
	f.handshake.answer = S / 2;
	expect_fate(&f, "refused");
	f.handshake.first_syn = NOT_SEEN;
	expect_fate(&f, "refused");
}
END_TEST

START_TEST(fate_of_silence_says_how_often_was_asked)
{
	struct flow f = flow_of(HANDSHAKE_UNANSWERED);

	expect_fate(&f, "unanswered");
	f.handshake.syn_retries = 2;
	f.handshake.last_syn = 4 * S;
	expect_fate(&f, "unanswered: asked 3 times over 3.0 s");
}
END_TEST

static void expect_note(const struct flow *f, const char *wanted)
{
	begin();
	flow_note(&text, f, NULL);
	expect(wanted);
}

START_TEST(note_says_when_nobody_waited_for_an_answer)
{
	struct flow f = flow_of(HANDSHAKE_UNANSWERED);

	f.handshake.open_until = S + 20 * NSEC_PER_MSEC;
	expect_note(&f, "the capture ended 20.000 ms later");
	f.handshake.syn_retries = 1;
	f.handshake.last_syn = f.handshake.open_until = 2 * S;
	expect_note(&f, "asked 2 times over 1.0 s; the capture ended with it");
	f = flow_of(HANDSHAKE_HALF_OPEN);
	f.handshake.synack = f.handshake.last_synack = 2 * S;
	f.handshake.open_until = 4 * S;
	expect_note(&f, "the capture ended 2.0 s later");
	f.handshake.made_room = true;
	expect_note(&f, "made room (--max-flows) 2.0 s later");
	f.handshake.last_synack = 4 * S;
	expect_note(&f, "made room (--max-flows) at once");
	f.handshake.state = HANDSHAKE_COMPLETE;
	expect_note(&f, "");
}
END_TEST

START_TEST(note_of_what_went_as_it_should_is_empty)
{
	struct flow f = flow_of(HANDSHAKE_COMPLETE);

	f.handshake.rst_seen = true;
	f.handshake.rst_ttl = 64;
	expect_note(&f, "");
}
END_TEST

START_TEST(note_tells_whose_rst_it_was)
{
	struct flow f = flow_of(HANDSHAKE_REFUSED);

	f.handshake.rst_ttl = 63;
	expect_note(&f, "RST, TTL 63");
	f.handshake.state = HANDSHAKE_COMPLETE;
	f.handshake.rst_foreign = true;
	f.handshake.ttl[SERVER] = 57;
	expect_note(&f, "RST, TTL 63 where the server has 57");
	f.handshake.ttl[SERVER] = 63;
	expect_note(&f, "RST, TTL 63, not like the server's other packets");
}
END_TEST

START_TEST(note_tells_who_rejected)
{
	struct flow f = flow_of(HANDSHAKE_REJECTED);
	struct rejection r = {router, 3, 3};

	f.handshake.rejection = &r;
	expect_note(&f, "port-unreachable from 10.0.0.1");
}
END_TEST

START_TEST(note_tells_what_was_sent_again)
{
	struct flow f = flow_of(HANDSHAKE_HALF_OPEN);

	f.handshake.synack_retries = 2;
	expect_note(&f, "no ACK: SYN-ACK sent 3 times");
	f.handshake.client_unseen = true;
	expect_note(
		&f, "ACK lost or late: SYN-ACK sent 3 times; the client's ACK was not captured");
	f.handshake.state = HANDSHAKE_COMPLETE;
	expect_note(&f, "ACK lost or late: SYN-ACK sent 3 times");
	f.handshake.ambiguous_synack = true;
	expect_note(&f, "ACK lost or late: SYN-ACK sent 3 times, which one was acknowledged is not "
			"known");
	f.handshake.synack_retries = 0;
	f.handshake.syn_retries = 1;
	f.handshake.last_syn = 2 * S;
	f.handshake.ambiguous_syn = true;
	expect_note(&f, "asked 2 times over 1.0 s, which SYN was answered is not known");
}
END_TEST

START_TEST(note_tells_what_came_in_and_never_left)
{
	struct flow f = flow_of(HANDSHAKE_UNANSWERED);
	struct passage *syn = &f.passages[PASSING_SYN], *synack = &f.passages[PASSING_SYNACK];

	f.seen_in = true;
	syn->in = 3;
	expect_note(&f, "dropped here: came in and never left");
	syn->elsewhere = 1;
	expect_note(&f, "went on as another flow");
	syn->elsewhere = 0;
	f.place.vlans[0] = 10;
	expect_note(&f, "came in, not seen to leave");
	f.place.vlans[0] = 0;
	f.seen_out = true;
	syn->out = 1;
	expect_note(&f, "dropped here: 2 of 3 SYNs came in and never left");
	f.handshake.state = HANDSHAKE_HALF_OPEN;
	syn->out = 3;
	synack->in = 1;
	expect_note(&f, "dropped here: SYN-ACK came in and never left");
	synack->in = 2;
	expect_note(&f, "dropped here: 2 SYN-ACKs came in and never left");
	synack->out = 1;
	expect_note(&f, "dropped here: 1 of 2 SYN-ACKs came in and never left");
	f.handshake.state = HANDSHAKE_COMPLETE;
	synack->out = 2;
	f.passages[PASSING_ACK].in = 1;
	expect_note(&f, "");
	f.handshake.synack_retries = 1;
	expect_note(&f,
		"dropped here: ACK came in and never left; ACK lost or late: SYN-ACK sent 2 times");
	f.passages[PASSING_ACK].out = 1;
	expect_note(&f, "ACK lost or late: SYN-ACK sent 2 times");
}
END_TEST

/* For this machine, or from it, and so answered or not: nothing has to leave. */
START_TEST(note_wonders_about_nothing_that_is_for_this_machine)
{
	struct flow f = flow_of(HANDSHAKE_COMPLETE);

	f.seen_in = true;
	f.passages[PASSING_SYN].in = f.passages[PASSING_ACK].in = 1;
	f.handshake.synack_retries = 0;
	expect_note(&f, "");
	f = flow_of(HANDSHAKE_COMPLETE);
	f.seen_out = true;
	f.passages[PASSING_SYNACK].in = 1;
	expect_note(&f, "");
	f.handshake.state = HANDSHAKE_HALF_OPEN;
	f.end = END_RST;
	expect_note(&f, "");
	f.end = END_OPEN;
	expect_note(&f, "dropped here: SYN-ACK came in and never left");
}
END_TEST

START_TEST(note_wonders_about_nothing_that_may_still_have_left)
{
	struct flow f = flow_of(HANDSHAKE_UNANSWERED);

	f.seen_in = true;
	f.passages[PASSING_SYN].in = 1;
	f.handshake.last_syn = f.handshake.first_syn = S;
	f.handshake.open_until = S + 20 * NSEC_PER_MSEC;
	expect_note(&f, "the capture ended 20.000 ms later");
	f.handshake.open_until++;
	expect_note(&f, "dropped here: came in and never left; the capture ended 20.000 ms later");
}
END_TEST

START_TEST(note_tells_the_way_and_what_changed_on_it)
{
	struct flow f = flow_of(HANDSHAKE_COMPLETE);
	struct sighting s = {.from = 2, .to = 3, .ttl_from = 64, .ttl_to = 63};

	f.sighting = &s;
	expect_note(&f, "interface 2 -> interface 3, TTL 64 -> 63");
	s.in_from = s.out_to = true;
	expect_note(&f, "interface 2 in -> interface 3 out, TTL 64 -> 63");
	s.changed_mss = s.removed_sack = true;
	s.mss_before = 1460;
	s.mss_after = 1380;
	s.to = 2;
	s.ttl_to = 64;
	expect_note(&f, "packets seen twice; MSS 1460 -> 1380, SACK removed on the way");
}
END_TEST

START_TEST(places_are_told_outside_in)
{
	struct flow_place place = {.vlans = {10, 20}, .tunnel = TUNNEL_VXLAN};

	begin();
	place_words(&text, &place);
	expect("vlan 10 vlan 20 vxlan 0 ");
	begin();
	place_words(&text, &(struct flow_place){.tunnel = TUNNEL_GRE});
	expect("gre ");
	begin();
	place_words(&text, &(struct flow_place){.tunnel = TUNNEL_GRE, .tunnel_id = 5});
	expect("gre 5 ");
	begin();
	place_words(&text, &(struct flow_place){.tunnel_id = 0});
	expect("");
}
END_TEST

static void expect_place_note(struct flow_place place, const char *wanted)
{
	begin();
	place_note(&text, &place);
	expect(wanted);
}

START_TEST(notes_say_what_it_was_in)
{
	expect_place_note((struct flow_place){0}, "");
	expect_place_note((struct flow_place){.vlans = {7}}, "VLAN 7");
	expect_place_note((struct flow_place){.vlans = {7, 8}, .tunnel = TUNNEL_VXLAN},
		"VLAN 7, VLAN 8, in vxlan 0");
	expect_place_note((struct flow_place){.tunnel = TUNNEL_GRE}, "in gre");
}
END_TEST

START_TEST(offers_of_a_syn_are_words)
{
	struct syn_options o = {.seen = true};

	begin();
	syn_options_words(&text, &o);
	expect("no options");
	o.has_mss = o.has_wscale = o.sack = o.timestamps = o.ecn = o.tfo = o.mptcp = true;
	o.mss = 1460;
	o.wscale = 7;
	begin();
	syn_options_words(&text, &o);
	expect("MSS 1460, window scale 7, SACK, timestamps, ECN, fast open, MPTCP");
	begin();
	syn_options_words(&text, &(struct syn_options){.has_wscale = true, .malformed = true});
	expect("window scale 0, malformed options");
}
END_TEST

START_TEST(changes_on_the_way_have_names_and_words_in_one_order)
{
	struct sighting seen = {.changed_mss = true,
		.mss_before = 1460,
		.mss_after = 1380,
		.changed_wscale = true,
		.removed_sack = true,
		.removed_timestamps = true,
		.cleared_ecn = true,
		.removed_tfo = true,
		.removed_mptcp = true};
	static const char *const all[] = {
		"mss", "wscale", "sack", "timestamps", "ecn", "tfo", "mptcp"};
	struct flow f = flow_of(HANDSHAKE_MIDSTREAM);
	const char *names[SIGHTING_CHANGES];

	ck_assert_uint_eq(change_names(&seen, names), SIGHTING_CHANGES);
	for (size_t i = 0; i < SIGHTING_CHANGES; i++)
		ck_assert_str_eq(names[i], all[i]);
	f.sighting = &seen;
	expect_note(&f, "packets seen twice; MSS 1460 -> 1380, window scale changed on the way, "
			"SACK removed on the way, timestamps removed on the way, "
			"ECN removed on the way, fast open removed on the way, "
			"MPTCP removed on the way");
	seen = (struct sighting){.cleared_ecn = true};
	ck_assert_uint_eq(change_names(&seen, names), 1);
	ck_assert_str_eq(names[0], "ecn");
}
END_TEST

START_TEST(interfaces_without_a_name_have_a_number)
{
	begin();
	interface_words(&text, NULL, 3, "if");
	expect("if3");
	ck_assert(interface_is_known(NULL, 3));
	ck_assert(!interface_is_known(NULL, 0));
}
END_TEST

START_TEST(durations_are_milliseconds_below_a_second)
{
	begin();
	duration_words(&text, 41000);
	expect("0.041 ms");
	begin();
	duration_words(&text, S - 1000);
	expect("999.999 ms");
	begin();
	duration_words(&text, 7 * S);
	expect("7.0 s");
}
END_TEST

UNIT_MAIN("cmd/pcap_words", changes_on_the_way_have_names_and_words_in_one_order,
	interfaces_without_a_name_have_a_number, durations_are_milliseconds_below_a_second,
	notes_say_what_it_was_in, note_says_when_nobody_waited_for_an_answer,
	fate_says_how_it_ended_and_how_long_it_took, fate_invents_no_time,
	fate_of_silence_says_how_often_was_asked, note_of_what_went_as_it_should_is_empty,
	note_tells_whose_rst_it_was, note_tells_who_rejected, note_tells_what_was_sent_again,
	note_tells_what_came_in_and_never_left, note_wonders_about_nothing_that_is_for_this_machine,
	note_wonders_about_nothing_that_may_still_have_left,
	note_tells_the_way_and_what_changed_on_it, places_are_told_outside_in,
	offers_of_a_syn_are_words)
