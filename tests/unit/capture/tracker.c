/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/tracker.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "attempt.h"

#include <stdio.h>
#include <stdlib.h>

/* What was told, as words: "1 packet", "1 unanswered", "1 over closed". */
struct told {
	struct tracker *tracker;
	char log[4096];
	struct flow_packet last;
	struct flow flow; /* as it was when it was last told; without what it points to */
	struct rejection rejection;
	struct handshake evicted; /* the last that made room */
};

static void say(struct told *w, const char *text)
{
	size_t len = strlen(w->log);

	snprintf(w->log + len, sizeof w->log - len, "%s%s", len ? ", " : "", text);
}

static void copy(struct told *w, const struct flow *f)
{
	w->flow = *f;
	if (f->handshake.rejection)
		w->rejection = *f->handshake.rejection;
}

static void on_packet(void *user, const struct flow_packet *p)
{
	struct told *w = user;

	w->last = *p;
	copy(w, p->flow);
}

static void on_decided(void *user, struct flow *f)
{
	struct told *w = user;
	char text[64];

	snprintf(text, sizeof text, "%u %s", (unsigned)f->id,
		handshake_state_name(f->handshake.state));
	say(w, text);
	copy(w, f);
}

static void on_over(void *user, struct flow *f, enum flow_over why)
{
	static const char *const words[] = {
		[OVER_CLOSED] = "closed",
		[OVER_TIMEOUT] = "timeout",
		[OVER_SUPERSEDED] = "superseded",
		[OVER_EVICTED] = "evicted",
		[OVER_FINISHED] = "finished",
	};
	struct told *w = user;
	char text[64];

	snprintf(text, sizeof text, "%u over %s", (unsigned)f->id, words[why]);
	say(w, text);
	copy(w, f);
	if (why == OVER_EVICTED)
		w->evicted = f->handshake;
}

static struct told *told_new(size_t max_flows, size_t hold)
{
	static const struct tracker_events events = {on_packet, on_decided, on_over};
	struct tracker_options options = {.max_flows = max_flows, .hold = hold};
	struct told *w = mem_alloc(1, sizeof *w);

	w->tracker = tracker_new(&options, &events, w);
	return w;
}

static void told_free(struct told *w)
{
	tracker_free(w->tracker);
	free(w);
}

static void feed(struct told *w, nsec_t at, struct frame frame)
{
	tracker_packet(w->tracker, &frame, at, 1);
}

/* What was told since it was last asked. */
#define told(w, text)                                                                              \
	do {                                                                                       \
		ck_assert_str_eq((w)->log, text);                                                  \
		(w)->log[0] = '\0';                                                                \
	} while (0)

static void status_is(struct told *w, uint64_t flows, uint64_t evicted)
{
	struct tracker_status status;

	tracker_status(w->tracker, &status);
	ck_assert_uint_eq(status.flows, flows);
	ck_assert_uint_eq(status.evicted, evicted);
}

static void connect_at(struct told *w, nsec_t at, uint16_t port)
{
	feed(w, at, with_ports(syn(), port, 80));
	feed(w, at + 1 * MS, with_ports(synack(), port, 80));
	feed(w, at + 2 * MS, with_ports(ack(), port, 80));
}

static void close_at(struct told *w, nsec_t at, uint16_t port)
{
	struct frame ends[] = {
		segment(CLIENT, TCP_FIN | TCP_ACK, CLIENT_ISN + 1, SERVER_ISN + 1, 0),
		segment(SERVER, TCP_FIN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 2, 0),
		segment(CLIENT, TCP_ACK, CLIENT_ISN + 2, SERVER_ISN + 2, 0),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		feed(w, at, with_ports(ends[i], port, 80));
}

/* ---- when it is told */

START_TEST(a_handshake_is_told_with_the_clients_ack)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1, synack());
	told(w, "");
	feed(w, 2, ack());
	told(w, "1 complete");
	feed(w, 3, data(CLIENT, 10));
	told(w, "");
	told_free(w);
}
END_TEST

START_TEST(refused_and_rejected_are_told_at_once)
{
	struct told *w = told_new(10, 0);
	struct frame s = with_ports(syn(), 2000, 80);

	feed(w, 0, syn());
	feed(w, 1, refusal());
	told(w, "1 refused");
	feed(w, 2, s);
	feed(w, 3, icmp_about(&s, 3, 3, 8));
	told(w, "2 rejected");
	ck_assert(w->last.icmp);
	ck_assert_uint_eq(w->last.roles, ROLE_REJECTS);
	ck_assert_int_eq(w->last.from, CLIENT);
	ck_assert_uint_eq(w->rejection.from.ip[3], 254);
	told_free(w);
}
END_TEST

START_TEST(midstream_is_told_at_once)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, data(SERVER, 10));
	told(w, "1 midstream");
	ck_assert_int_eq(w->last.from, SERVER);
	told_free(w);
}
END_TEST

START_TEST(unanswered_is_told_when_the_next_syn_is_well_overdue)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	tracker_advance(w->tracker, 1900 * MS);
	told(w, "");
	feed(w, 1900 * MS, syn());
	tracker_advance(w->tracker, 5 * S);
	told(w, "");
	tracker_advance(w->tracker, 8 * S);
	told(w, "1 unanswered");
	tracker_advance(w->tracker, 20 * S);
	told(w, "1 over timeout");
	told_free(w);
}
END_TEST

/* Who waits for 3 s (RFC 1122, before RFC 6298) comes too late for the word, not for the attempt.
 */
START_TEST(a_late_syn_is_still_of_the_same_attempt)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 3 * S, syn());
	told(w, "1 unanswered");
	feed(w, 9 * S, syn());
	feed(w, 21 * S, syn());
	told(w, "");
	status_is(w, 1, 0);
	ck_assert_uint_eq(w->flow.handshake.syn_retries, 3);
	told_free(w);
}
END_TEST

/* What was over when nothing came by is over, too, when the next packet is of the same ports. */
START_TEST(a_syn_after_a_long_silence_is_another_attempt)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1 * S, syn());
	feed(w, 100 * S, syn());
	told(w, "1 unanswered, 1 over timeout");
	status_is(w, 2, 0);
	told_free(w);
}
END_TEST

START_TEST(all_of_linuxs_syns_are_one_attempt)
{
	static const int seconds[][8] = {{0, 1, 3, 7, 15, 31, 63, -1}, {0, 1, 2, 3, 4, 5, 7, 11}};

	for (int k = 0; k < 2; k++) {
		struct told *w = told_new(10, 0);

		for (int i = 0; i < 8 && seconds[k][i] >= 0; i++)
			feed(w, seconds[k][i] * S + seconds[k][i] * 20 * MS, syn());
		told(w, "");
		status_is(w, 1, 0);
		told_free(w);
	}
}
END_TEST

START_TEST(half_open_is_told_when_synacks_have_stopped)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	for (int i = 0; i < 5; i++)
		feed(w, ((1 << i) - 1) * S + 1 * MS, synack());
	tracker_advance(w->tracker, 30 * S);
	told(w, "");
	tracker_advance(w->tracker, 41 * S);
	told(w, "1 half-open");
	tracker_advance(w->tracker, 60 * S);
	told(w, "1 over timeout");
	told_free(w);
}
END_TEST

START_TEST(an_answer_after_the_word_changes_the_flow)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	tracker_advance(w->tracker, 3 * S);
	told(w, "1 unanswered");
	feed(w, 4 * S, synack());
	feed(w, 5 * S, ack());
	tracker_advance(w->tracker, 1000 * S);
	told(w, "1 complete");
	ck_assert_uint_eq(w->flow.first_told, 1 + HANDSHAKE_UNANSWERED);
	ck_assert_uint_eq(w->flow.told, 1 + HANDSHAKE_COMPLETE);
	told_free(w);
}
END_TEST

/* ---- when it is over */

START_TEST(a_closed_flow_is_over_after_four_silent_seconds)
{
	struct told *w = told_new(10, 0);

	connect_at(w, 0, 1);
	close_at(w, 1 * S, 1);
	told(w, "1 complete");
	feed(w, 4 * S,
		with_ports(segment(CLIENT, TCP_ACK, CLIENT_ISN + 2, SERVER_ISN + 2, 0), 1, 80));
	tracker_advance(w->tracker, 7 * S);
	told(w, "");
	tracker_advance(w->tracker, 8 * S + 200 * MS);
	told(w, "1 over closed");
	status_is(w, 1, 0);
	told_free(w);
}
END_TEST

START_TEST(a_refused_attempt_is_over_after_four_silent_seconds)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1, refusal());
	tracker_advance(w->tracker, 3 * S);
	told(w, "1 refused");
	tracker_advance(w->tracker, 5 * S);
	told(w, "1 over closed");
	told_free(w);
}
END_TEST

START_TEST(a_connection_that_stands_is_kept)
{
	struct told *w = told_new(10, 0);

	connect_at(w, 0, 1);
	told(w, "1 complete");
	tracker_advance(w->tracker, 100000 * S);
	feed(w, 100000 * S, with_ports(data(CLIENT, 10), 1, 80));
	told(w, "");
	status_is(w, 1, 0);
	close_at(w, 100001 * S, 1);
	tracker_advance(w->tracker, 100007 * S);
	told(w, "1 over closed");
	told_free(w);
}
END_TEST

START_TEST(a_connection_of_both_sides_stands_too)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0));
	feed(w, 2, segment(CLIENT, TCP_SYN | TCP_ACK, CLIENT_ISN, SERVER_ISN + 1, 0));
	feed(w, 3, synack());
	told(w, "1 simultaneous");
	tracker_advance(w->tracker, 1000 * S);
	told(w, "");
	told_free(w);
}
END_TEST

START_TEST(midstream_is_over_after_ten_silent_minutes)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, data(CLIENT, 10));
	tracker_advance(w->tracker, 500 * S);
	feed(w, 500 * S, data(CLIENT, 10));
	tracker_advance(w->tracker, 1099 * S);
	told(w, "1 midstream");
	tracker_advance(w->tracker, 1101 * S);
	told(w, "1 over timeout");
	told_free(w);
}
END_TEST

START_TEST(the_end_tells_all_in_the_order_of_their_ids)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, with_ports(syn(), 1, 80));
	connect_at(w, 0, 2);
	feed(w, 1 * S, with_ports(syn(), 3, 80));
	feed(w, 1 * S, with_ports(syn(), 1, 80));
	connect_at(w, 1 * S, 4);
	close_at(w, 1 * S + 5 * MS, 4);
	told(w, "2 complete, 4 complete");
	tracker_finish(w->tracker);
	told(w, "1 over finished, 2 over finished, 3 over finished, 4 over closed");
	status_is(w, 4, 0);
	told_free(w);
}
END_TEST

START_TEST(a_tracker_that_is_freed_tells_nothing)
{
	struct told *w = told_new(10, 5);

	feed(w, 0, with_ports(syn(), 1, 80));
	feed(w, 0, syn());
	feed(w, 1 * S, syn());
	feed(w, 1 * S, syn_of(77));
	tracker_free(w->tracker);
	told(w, "2 unanswered"); /* and held */
	free(w);
	tracker_free(NULL);
}
END_TEST

/* ---- attempts */

START_TEST(a_new_syn_supersedes)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1, syn_of(5));
	told(w, "1 unanswered, 1 over superseded");
	feed(w, 2, segment(SERVER, TCP_RST | TCP_ACK, 0, 6, 0));
	told(w, "2 refused");
	ck_assert_uint_eq(w->flow.id, 2);
	told_free(w);
}
END_TEST

START_TEST(three_refused_tries_are_three_refusals)
{
	struct told *w = told_new(10, 0);

	for (int i = 0; i < 3; i++) {
		feed(w, i * S / 2, with_id(syn(), (uint16_t)(i + 1)));
		feed(w, i * S / 2 + 1 * MS, refusal());
	}
	told(w, "1 refused, 1 over superseded, 2 refused, 2 over superseded, 3 refused");
	status_is(w, 3, 0);
	told_free(w);
}
END_TEST

START_TEST(the_other_side_calls_on_the_same_ports)
{
	struct told *w = told_new(10, 0);

	connect_at(w, 0, 1);
	feed(w, 1 * S, with_ports(segment(SERVER, TCP_SYN, 99, 0, 0), 1, 80));
	told(w, "1 complete, 1 over superseded");
	ck_assert_uint_eq(w->flow.id, 2);
	ck_assert_uint_eq(w->flow.ends[CLIENT].port, 80);
	ck_assert_int_eq(w->last.from, CLIENT);
	told_free(w);
}
END_TEST

START_TEST(a_synack_before_its_syn_is_one_flow)
{
	struct told *w = told_new(10, 0);

	feed(w, 5, synack());
	ck_assert_int_eq(w->last.from, SERVER);
	feed(w, 6, syn());
	ck_assert_int_eq(w->last.from, CLIENT);
	feed(w, 7, ack());
	told(w, "1 complete");
	ck_assert_uint_eq(w->flow.ends[CLIENT].port, CLIENT_PORT);
	status_is(w, 1, 0);
	told_free(w);
}
END_TEST

START_TEST(packets_after_the_end_are_another_flow)
{
	struct told *w = told_new(10, 0);

	connect_at(w, 0, CLIENT_PORT);
	close_at(w, 1 * S, CLIENT_PORT);
	feed(w, 8 * S, ack());
	told(w, "1 complete, 1 over closed, 2 midstream");
	told_free(w);
}
END_TEST

/* ---- packets */

START_TEST(the_same_packet_seen_twice_is_a_sighting)
{
	struct told *w = told_new(10, 0);
	struct frame s = with_id(syn(), 77);

	feed(w, 0, s);
	tracker_packet(w->tracker, &(struct frame){.kind = FRAME_ARP}, 1, 1);
	s.ip.ttl--;
	tracker_packet(w->tracker, &s, 20 * NSEC_PER_USEC, 2);
	ck_assert_uint_eq(w->last.roles, ROLE_SIGHTING);
	ck_assert_uint_eq(w->flow.handshake.syn_retries, 0);
	ck_assert_uint_eq(w->flow.streams[CLIENT].packets, 1);
	feed(w, 1 * S, with_id(syn(), 78));
	ck_assert_uint_eq(w->last.roles, ROLE_SYN_RETRY);
	told_free(w);
}
END_TEST

START_TEST(numbers_are_relative_to_the_first_ones)
{
	struct told *w = told_new(10, 0);

	feed(w, 1 * S, syn());
	ck_assert_uint_eq(w->last.sequence, 0);
	feed(w, 2 * S, synack());
	ck_assert_uint_eq(w->last.sequence, 0);
	ck_assert_uint_eq(w->last.acknowledgment, 1);
	feed(w, 3 * S, data(CLIENT, 10));
	ck_assert_uint_eq(w->last.sequence, 1);
	ck_assert_uint_eq(w->last.acknowledgment, 1);
	ck_assert_int_eq(w->last.since, 2 * S);
	ck_assert_int_eq(w->last.at, 3 * S);
	told_free(w);
}
END_TEST

START_TEST(numbers_are_as_sent_where_the_first_are_not_known)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, data(CLIENT, 10));
	ck_assert_uint_eq(w->last.sequence, CLIENT_ISN + 1);
	ck_assert_uint_eq(w->last.acknowledgment, SERVER_ISN + 1);
	told_free(w);
}
END_TEST

START_TEST(a_stray_counts_as_a_packet_and_moves_nothing)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 1, segment(SERVER, TCP_RST | TCP_ACK, 1, 1, 0));
	ck_assert_uint_eq(w->last.roles & ROLE_STRAY, ROLE_STRAY);
	ck_assert_uint_eq(w->flow.streams[SERVER].packets, 1);
	ck_assert_int_eq(w->flow.end, END_OPEN);
	feed(w, 2, synack());
	feed(w, 3, ack());
	told(w, "1 complete");
	told_free(w);
}
END_TEST

START_TEST(who_sent_the_last_packet_is_known_from_the_ends)
{
	struct told *w = told_new(10, 0);

	connect_at(w, 0, 1);
	feed(w, 1 * S, with_ports(data(SERVER, 10), 1, 80));
	ck_assert_int_eq(w->last.from, SERVER);
	ck_assert_uint_eq(w->last.roles, ROLE_FIRST_DATA);
	ck_assert_int_eq(w->flow.start, 0);
	ck_assert_int_eq(w->flow.last, 1 * S);
	told_free(w);
}
END_TEST

START_TEST(cut_options_make_their_flow_partial)
{
	struct told *w = told_new(10, 0);
	struct frame d = data(CLIENT, 100);

	feed(w, 0, d);
	d.payload_captured = 40; /* of payload nothing is looked at */
	feed(w, 1, d);
	ck_assert(!w->flow.partial);
	d.tcp.length = 32;
	feed(w, 2, d);
	ck_assert(w->flow.partial);
	told_free(w);
}
END_TEST

START_TEST(what_is_not_tcp_is_passed_over_and_fragments_are_counted)
{
	static const enum frame_kind kinds[] = {FRAME_UNKNOWN, FRAME_ARP, FRAME_IP, FRAME_UDP,
		FRAME_FRAGMENT, FRAME_FRAGMENT, FRAME_TCP /* without a header */};
	struct told *w = told_new(10, 0);
	struct tracker_status status;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		feed(w, (nsec_t)i, (struct frame){.kind = kinds[i]});
	feed(w, 9, syn());
	tracker_status(w->tracker, &status);
	ck_assert_uint_eq(status.fragments, 2);
	ck_assert_uint_eq(status.flows, 1);
	told_free(w);
}
END_TEST

START_TEST(options_that_make_no_sense_are_counted_once_a_syn)
{
	static const uint8_t bad[] = {2, 77, 5, 180};
	struct told *w = told_new(10, 0);
	struct tracker_status status;

	feed(w, 0, with_options(syn(), bad, sizeof bad));
	feed(w, 1 * S, with_options(syn(), bad, sizeof bad));
	feed(w, 1 * S + 1, with_options(synack(), bad, sizeof bad));
	feed(w, 1 * S + 2, with_options(ack(), bad, sizeof bad));
	tracker_status(w->tracker, &status);
	ck_assert_uint_eq(status.bad_options, 2);
	told_free(w);
}
END_TEST

/* ---- places */

START_TEST(vlans_and_tunnels_are_flows_of_their_own)
{
	struct told *w = told_new(10, 0);
	struct frame tunnelled = syn();

	tunnelled.tunnel = TUNNEL_VXLAN;
	tunnelled.tunnel_id = 7;
	feed(w, 0, syn());
	feed(w, 1, with_vlan(syn(), 10));
	feed(w, 2, with_vlan(syn(), 20));
	feed(w, 3, tunnelled);
	status_is(w, 4, 0);
	feed(w, 4, with_vlan(synack(), 10));
	ck_assert_uint_eq(w->flow.id, 2);
	ck_assert_uint_eq(w->flow.place.vlans[0], 10);
	told_free(w);
}
END_TEST

START_TEST(an_icmp_error_may_come_from_another_vlan)
{
	struct told *w = told_new(10, 0);
	struct frame s = syn();

	feed(w, 0, with_vlan(s, 10));
	feed(w, 1, with_vlan(icmp_about(&s, 3, 1, 8), 20));
	told(w, "1 rejected");
	told_free(w);
}
END_TEST

START_TEST(an_icmp_error_is_for_the_flow_of_its_own_vlan_first)
{
	struct told *w = told_new(10, 0);
	struct frame s = syn();

	feed(w, 0, with_vlan(s, 10));
	feed(w, 1, with_vlan(s, 20));
	feed(w, 2, s);
	feed(w, 3, with_vlan(icmp_about(&s, 3, 1, 8), 20));
	told(w, "2 rejected");
	told_free(w);
}
END_TEST

START_TEST(an_icmp_error_about_no_flow_is_counted)
{
	struct told *w = told_new(10, 0);
	struct frame s = syn(), other = with_ports(syn(), 9, 9), udp;
	struct tracker_status status;

	udp = icmp_about(&s, 3, 3, 8);
	udp.icmp.quote.ip.protocol = 17;
	feed(w, 0, s);
	feed(w, 1, icmp_about(&other, 3, 1, 8));
	feed(w, 2, udp);
	feed(w, 3, icmp_about(&s, 3, 1, 0));
	tracker_status(w->tracker, &status);
	ck_assert_uint_eq(status.unrelated_icmp, 1);
	ck_assert_uint_eq(status.icmp_errors, 3);
	told(w, "");
	told_free(w);
}
END_TEST

START_TEST(an_icmp_error_about_the_servers_packet_is_told_to_the_server)
{
	struct told *w = told_new(10, 0);
	struct frame d = data(SERVER, 100);

	connect_at(w, 0, CLIENT_PORT);
	feed(w, 1, icmp_about(&d, 3, 4, 8));
	ck_assert(w->last.icmp);
	ck_assert_int_eq(w->last.from, SERVER);
	ck_assert_uint_eq(w->last.sequence, 1);
	ck_assert_uint_eq(w->last.roles, 0);
	told_free(w);
}
END_TEST

/* ---- bounds */

START_TEST(the_flow_that_was_idle_for_longest_is_evicted)
{
	struct told *w = told_new(2, 0);

	connect_at(w, 0, 1);
	connect_at(w, 1 * S, 2);
	feed(w, 2 * S, with_ports(data(CLIENT, 1), 1, 80));
	told(w, "1 complete, 2 complete");
	feed(w, 3 * S, with_ports(syn(), 3, 80));
	told(w, "2 over evicted");
	status_is(w, 3, 1);
	told_free(w);
}
END_TEST

START_TEST(the_end_of_a_capture_decides_nothing)
{
	struct told *w = told_new(10, 0);

	feed(w, 5 * S, with_ports(syn(), 1, 80));
	feed(w, 5 * S + 20 * MS, with_ports(syn(), 1, 81));
	tracker_finish(w->tracker);
	told(w, "1 over finished, 2 over finished");
	ck_assert(!w->flow.handshake.decided);
	ck_assert_int_eq(w->flow.handshake.open_until - w->flow.start, 0);
	told_free(w);
	w = told_new(10, 0);
	feed(w, 5 * S, with_ports(syn(), 1, 80));
	tracker_advance(w->tracker, w->flow.start + 30 * MS);
	tracker_finish(w->tracker);
	ck_assert_int_eq(w->flow.handshake.open_until - w->flow.start, 30 * MS);
	ck_assert(!w->flow.handshake.made_room);
	told_free(w);
}
END_TEST

START_TEST(a_single_time_far_ahead_is_not_believed)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 90000 * S, with_ports(syn(), 1, 80));
	feed(w, 10 * MS, synack());
	feed(w, 90000 * S, with_ports(syn(), 2, 80)); /* nor another one */
	feed(w, 20 * MS, ack());
	told(w, "1 complete");
	told_free(w);
}
END_TEST

START_TEST(a_time_far_ahead_is_believed_with_the_second_packet)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, with_ports(syn(), 1, 80));
	feed(w, 90000 * S, syn());
	told(w, "");
	feed(w, 90000 * S + 10 * MS, synack());
	told(w, "1 unanswered, 1 over timeout");
	feed(w, 90000 * S + 20 * MS, ack());
	told(w, "2 complete");
	tracker_advance(w->tracker, 190000 * S);
	feed(w, 190000 * S, with_ports(syn(), 2, 80));
	tracker_advance(w->tracker, 190010 * S);
	told(w, "3 unanswered, 3 over timeout");
	told_free(w);
}
END_TEST

START_TEST(a_connection_of_one_direction_is_one_flow)
{
	struct told *w = told_new(10, 0);

	feed(w, 0, syn());
	feed(w, 10 * MS, synack());
	feed(w, 20 * MS, data(SERVER, 10));
	told(w, "");
	tracker_advance(w->tracker, w->flow.start + 10 * S);
	told(w, "1 half-open");
	feed(w, 500 * S, data(SERVER, 10));
	told(w, "");
	tracker_advance(w->tracker, w->flow.start + 2000 * S);
	told(w, "1 over timeout");
	status_is(w, 1, 0);
	told_free(w);
}
END_TEST

START_TEST(an_evicted_flow_is_told_as_it_stands)
{
	struct told *w = told_new(1, 0);

	feed(w, 0, with_ports(syn(), 1, 80));
	feed(w, 1, with_ports(syn(), 2, 80));
	told(w, "1 over evicted");
	ck_assert(!w->evicted.decided && w->evicted.made_room);
	ck_assert_int_eq(w->evicted.open_until - w->evicted.first_syn, 1);
	told_free(w);
}
END_TEST

START_TEST(a_closed_flow_that_makes_room_is_not_lost)
{
	struct told *w = told_new(1, 0);

	connect_at(w, 0, 1);
	close_at(w, 1, 1);
	feed(w, 2, with_ports(syn(), 2, 80));
	told(w, "1 complete, 1 over closed");
	status_is(w, 2, 0);
	told_free(w);
}
END_TEST

START_TEST(held_flows_are_told_in_the_order_of_their_ids)
{
	struct told *w = told_new(10, 100);

	connect_at(w, 0, 1);
	connect_at(w, 0, 2);
	connect_at(w, 0, 3);
	told(w, "1 complete, 2 complete, 3 complete");
	close_at(w, 1 * S, 3);
	close_at(w, 2 * S, 2);
	tracker_advance(w->tracker, 20 * S);
	told(w, "");
	close_at(w, 21 * S, 1);
	tracker_advance(w->tracker, 30 * S);
	told(w, "1 over closed, 2 over closed, 3 over closed");
	told_free(w);
}
END_TEST

START_TEST(no_more_are_held_than_may_be)
{
	struct told *w = told_new(10, 2);

	for (uint16_t port = 1; port <= 5; port++)
		connect_at(w, 0, port);
	w->log[0] = '\0';
	for (uint16_t port = 5; port >= 3; port--)
		close_at(w, 1 * S, port);
	tracker_advance(w->tracker, 10 * S);
	told(w, "3 over closed");
	tracker_finish(w->tracker);
	told(w, "1 over finished, 2 over finished, 4 over closed, 5 over closed");
	told_free(w);
}
END_TEST

/* ---- time */

START_TEST(time_may_go_back_a_little)
{
	struct told *w = told_new(10, 0);

	feed(w, 10 * S, syn());
	feed(w, 9 * S, synack());
	ck_assert_int_eq(w->last.since, 0);
	feed(w, 8 * S, ack());
	told(w, "1 complete");
	ck_assert_int_eq(w->flow.last, 10 * S);
	told_free(w);
}
END_TEST

/* Files that were joined: what was told of time before says nothing of what is silent now. */
START_TEST(time_that_goes_far_back_goes_on_from_there)
{
	struct told *w = told_new(10, 0);

	feed(w, 1000000 * S, with_ports(syn(), 1, 80));
	feed(w, 5 * S, with_ports(syn(), 2, 80));
	told(w, "");
	feed(w, 9 * S, with_ports(syn(), 3, 80));
	told(w, "1 unanswered, 2 unanswered");
	feed(w, 20 * S, with_ports(syn(), 4, 80));
	told(w, "1 over timeout, 2 over timeout, 3 unanswered, 3 over timeout");
	told_free(w);
}
END_TEST

START_TEST(impossible_times_do_no_harm)
{
	static const nsec_t times[] = {INT64_MAX, INT64_MIN, 0, INT64_MAX, -1, INT64_MIN, 5};
	struct told *w = told_new(100, 0);

	for (int turn = 0; turn < 50; turn++)
		for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
			feed(w, times[i], with_ports(syn(), (uint16_t)(i + 1), 80));
			ck_assert_int_ge(w->last.since, 0);
			tracker_advance(w->tracker, times[ARRAY_SIZE(times) - 1 - i]);
			w->log[0] = '\0';
		}
	tracker_finish(w->tracker);
	told_free(w);
}
END_TEST

UNIT_MAIN("capture/tracker", the_end_of_a_capture_decides_nothing,
	a_handshake_is_told_with_the_clients_ack, refused_and_rejected_are_told_at_once,
	midstream_is_told_at_once, unanswered_is_told_when_the_next_syn_is_well_overdue,
	a_late_syn_is_still_of_the_same_attempt, a_syn_after_a_long_silence_is_another_attempt,
	all_of_linuxs_syns_are_one_attempt, half_open_is_told_when_synacks_have_stopped,
	an_answer_after_the_word_changes_the_flow, a_closed_flow_is_over_after_four_silent_seconds,
	a_refused_attempt_is_over_after_four_silent_seconds, a_connection_that_stands_is_kept,
	a_connection_of_both_sides_stands_too, midstream_is_over_after_ten_silent_minutes,
	the_end_tells_all_in_the_order_of_their_ids, a_tracker_that_is_freed_tells_nothing,
	a_new_syn_supersedes, three_refused_tries_are_three_refusals,
	the_other_side_calls_on_the_same_ports, a_synack_before_its_syn_is_one_flow,
	packets_after_the_end_are_another_flow, the_same_packet_seen_twice_is_a_sighting,
	numbers_are_relative_to_the_first_ones, numbers_are_as_sent_where_the_first_are_not_known,
	a_stray_counts_as_a_packet_and_moves_nothing,
	who_sent_the_last_packet_is_known_from_the_ends, cut_options_make_their_flow_partial,
	what_is_not_tcp_is_passed_over_and_fragments_are_counted,
	options_that_make_no_sense_are_counted_once_a_syn, vlans_and_tunnels_are_flows_of_their_own,
	an_icmp_error_may_come_from_another_vlan,
	an_icmp_error_is_for_the_flow_of_its_own_vlan_first, an_icmp_error_about_no_flow_is_counted,
	an_icmp_error_about_the_servers_packet_is_told_to_the_server,
	the_flow_that_was_idle_for_longest_is_evicted, a_single_time_far_ahead_is_not_believed,
	a_time_far_ahead_is_believed_with_the_second_packet,
	a_connection_of_one_direction_is_one_flow, an_evicted_flow_is_told_as_it_stands,
	a_closed_flow_that_makes_room_is_not_lost, held_flows_are_told_in_the_order_of_their_ids,
	no_more_are_held_than_may_be, time_may_go_back_a_little,
	time_that_goes_far_back_goes_on_from_there, impossible_times_do_no_harm)
