/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/handshake.h"
#include "../../../src/capture/syn_options.h"

#include "../../../src/capture/stream.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include "../unit.h"
#include "attempt.h"

#include <stdlib.h>

/* One attempt, fed as the tracker does. */
struct attempt {
	struct flow flow;
	struct handshake *h;
	unsigned roles; /* of the last segment */
	enum side from;
};

static struct attempt *attempt_new(void)
{
	struct attempt *a = mem_alloc(1, sizeof *a);

	a->h = &a->flow.handshake;
	handshake_init(a->h);
	return a;
}

static void attempt_free(struct attempt *a)
{
	free(a->h->times);
	free(a->h->rejection);
	free(a);
}

static enum side sender(const struct attempt *a, const struct frame *frame)
{
	if (!a->h->begun)
		return CLIENT;
	return a->flow.ends[CLIENT].port == frame->tcp.source_port ? CLIENT : SERVER;
}

/* False: it belongs to another attempt. */
static bool feed(struct attempt *a, nsec_t at, struct frame frame)
{
	enum side from = sender(a, &frame);

	if (!a->h->begun) {
		a->flow.start = at;
		a->flow.ends[CLIENT].port = frame.tcp.source_port;
		a->flow.ends[SERVER].port = frame.tcp.destination_port;
	}
	a->roles = 0;
	if (!handshake_segment(&a->flow, &from, &frame, at, &a->roles))
		return false;
	a->from = from;
	if (!(a->roles & ROLE_STRAY))
		stream_segment(&a->flow, from, &frame, at);
	return true;
}

static void feed_icmp(struct attempt *a, nsec_t at, struct frame frame)
{
	bool by_client = frame.icmp.quote.source_port == a->flow.ends[CLIENT].port;

	a->roles = handshake_icmp(&a->flow, by_client ? CLIENT : SERVER, &frame, at);
}

#define is(a, wanted) ck_assert_int_eq((a)->h->state, HANDSHAKE_##wanted)

/* ---- complete */

START_TEST(a_handshake_is_complete_with_the_clients_own_ack)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	is(a, UNANSWERED);
	feed(a, 30 * MS, synack());
	is(a, HALF_OPEN);
	ck_assert(!a->h->decided);
	feed(a, 31 * MS, ack());
	is(a, COMPLETE);
	ck_assert(a->h->decided);
	ck_assert_uint_eq(a->roles, ROLE_COMPLETES);
	attempt_free(a);
}
END_TEST

START_TEST(its_time_is_split_at_the_capture_point)
{
	struct attempt *a = attempt_new();

	feed(a, 5 * S, syn());
	feed(a, 5 * S + 30 * MS, synack());
	ck_assert_int_eq(handshake_syn_synack(a->h), 30 * MS);
	ck_assert_int_eq(handshake_rtt(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_connect(a->h), NOT_SEEN);
	feed(a, 5 * S + 31 * MS, ack());
	ck_assert_int_eq(handshake_synack_ack(a->h), 1 * MS);
	ck_assert_int_eq(handshake_rtt(a->h), 31 * MS);
	ck_assert_int_eq(handshake_connect(a->h), 31 * MS);
	attempt_free(a);
}
END_TEST

START_TEST(data_that_acknowledges_completes_too)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, synack());
	feed(a, 2 * MS, data(CLIENT, 100));
	is(a, COMPLETE);
	ck_assert_int_eq(a->h->ack, 2 * MS);
	attempt_free(a);
}
END_TEST

START_TEST(the_servers_data_completes_nothing)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, synack());
	feed(a, 2 * MS, data(SERVER, 100));
	is(a, HALF_OPEN);
	attempt_free(a);
}
END_TEST

START_TEST(an_ack_of_something_else_completes_nothing)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, synack());
	feed(a, 2 * MS, segment(CLIENT, TCP_ACK, CLIENT_ISN + 1, SERVER_ISN, 0));
	is(a, HALF_OPEN);
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	feed(a, 3 * MS, segment(CLIENT, TCP_ACK, CLIENT_ISN + 0x40000000, SERVER_ISN + 1, 0));
	is(a, HALF_OPEN);
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	attempt_free(a);
}
END_TEST

START_TEST(an_ack_shows_that_a_synack_was_not_captured)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 2 * MS, ack());
	is(a, COMPLETE);
	ck_assert_int_eq(handshake_connect(a->h), 2 * MS);
	ck_assert_int_eq(handshake_syn_synack(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_synack_ack(a->h), NOT_SEEN);
	ck_assert_uint_eq(a->h->isn[SERVER], SERVER_ISN);
	attempt_free(a);
}
END_TEST

START_TEST(numbers_may_wrap)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn_of(UINT32_MAX));
	feed(a, 1, segment(SERVER, TCP_SYN | TCP_ACK, UINT32_MAX, 0, 0));
	is(a, HALF_OPEN);
	feed(a, 2, segment(CLIENT, TCP_ACK, 0, 0, 0));
	is(a, COMPLETE);
	attempt_free(a);
}
END_TEST

/* ---- what a SYN-ACK has to acknowledge */

START_TEST(a_synack_counts_only_if_it_acknowledges_the_syn)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, segment(SERVER, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN, 0));
	is(a, UNANSWERED);
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	feed(a, 2 * MS, segment(SERVER, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 2, 0));
	is(a, UNANSWERED);
	ck_assert_int_eq(a->h->synack, NOT_SEEN);
	attempt_free(a);
}
END_TEST

START_TEST(with_fast_open_it_may_acknowledge_the_data_or_a_part)
{
	for (uint32_t taken = 0; taken <= 100; taken += 50) {
		struct attempt *a = attempt_new();

		feed(a, 0, segment(CLIENT, TCP_SYN, CLIENT_ISN, 0, 100));
		feed(a, 1,
			segment(SERVER, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1 + taken, 0));
		is(a, HALF_OPEN);
		feed(a, 2, segment(CLIENT, TCP_ACK, CLIENT_ISN + 1 + taken, SERVER_ISN + 1, 0));
		is(a, COMPLETE);
		attempt_free(a);
	}
}
END_TEST

START_TEST(with_fast_open_it_acknowledges_no_more_than_the_data)
{
	struct attempt *a = attempt_new();

	feed(a, 0, segment(CLIENT, TCP_SYN, CLIENT_ISN, 0, 100));
	feed(a, 1, segment(SERVER, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 102, 0));
	is(a, UNANSWERED);
	attempt_free(a);
}
END_TEST

START_TEST(a_challenge_ack_and_its_rst_do_not_end_the_attempt)
{
	struct attempt *a = attempt_new();

	/* RFC 9293, 3.5.2: the server still has an old connection */
	feed(a, 0, syn());
	feed(a, 1 * MS, segment(SERVER, TCP_ACK, 777, 888888888, 0));
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	feed(a, 2 * MS, segment(CLIENT, TCP_RST, 888888888, 0, 0));
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	ck_assert(feed(a, 1 * S, syn()));
	ck_assert_uint_eq(a->roles, ROLE_SYN_RETRY);
	feed(a, 1 * S + 1 * MS, synack());
	feed(a, 1 * S + 2 * MS, ack());
	is(a, COMPLETE);
	attempt_free(a);
}
END_TEST

/* ---- which SYN was answered */

START_TEST(connect_time_runs_from_the_first_syn_and_rtt_from_the_answered_one)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * S, syn());
	ck_assert_uint_eq(a->roles, ROLE_SYN_RETRY);
	feed(a, 3 * S, syn());
	feed(a, 3 * S + 40 * MS, synack());
	feed(a, 3 * S + 45 * MS, ack());
	ck_assert_uint_eq(a->h->syn_retries, 2);
	ck_assert_int_eq(handshake_syn_synack(a->h), 40 * MS);
	ck_assert_int_eq(handshake_rtt(a->h), 45 * MS);
	ck_assert_int_eq(handshake_connect(a->h), 3 * S + 45 * MS);
	attempt_free(a);
}
END_TEST

START_TEST(without_timestamps_it_is_the_last_syn_and_ambiguous)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * S, syn());
	feed(a, 1 * S + 200 * MS, synack());
	ck_assert_int_eq(a->h->answered_syn, 1 * S);
	ck_assert(a->h->ambiguous_syn);
	attempt_free(a);
}
END_TEST

START_TEST(one_syn_is_never_ambiguous)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, synack());
	ck_assert_int_eq(a->h->answered_syn, 0);
	ck_assert(!a->h->ambiguous_syn);
	ck_assert_ptr_null(a->h->times);
	attempt_free(a);
}
END_TEST

START_TEST(the_echoed_timestamp_tells_which_syn_was_answered)
{
	for (uint8_t echoed = 1; echoed <= 3; echoed++) {
		struct attempt *a = attempt_new();

		for (uint8_t i = 0; i < 3; i++)
			feed(a, i * S, with_timestamps(syn(), (uint8_t)(i + 1), 0));
		feed(a, 2 * S + 100 * MS, with_timestamps(synack(), 99, echoed));
		ck_assert_int_eq(a->h->answered_syn, (echoed - 1) * S);
		ck_assert(!a->h->ambiguous_syn);
		attempt_free(a);
	}
}
END_TEST

START_TEST(an_echo_of_none_of_them_tells_nothing)
{
	struct attempt *a = attempt_new();

	feed(a, 0, with_timestamps(syn(), 1, 0));
	feed(a, 1 * S, with_timestamps(syn(), 2, 0));
	feed(a, 2 * S, with_timestamps(synack(), 99, 7));
	ck_assert_int_eq(a->h->answered_syn, 1 * S);
	ck_assert(a->h->ambiguous_syn);
	attempt_free(a);
}
END_TEST

START_TEST(two_syns_of_one_timestamp_stay_ambiguous)
{
	struct attempt *a = attempt_new();

	feed(a, 0, with_timestamps(syn(), 1, 0));
	feed(a, 1 * MS, with_timestamps(syn(), 1, 0));
	feed(a, 1 * S, with_timestamps(syn(), 2, 0));
	feed(a, 2 * S, with_timestamps(synack(), 99, 1));
	ck_assert_int_eq(a->h->answered_syn, 1 * MS);
	ck_assert(a->h->ambiguous_syn);
	attempt_free(a);
}
END_TEST

START_TEST(of_many_syns_the_last_are_kept)
{
	struct attempt *a = attempt_new();

	for (uint8_t i = 0; i < 20; i++)
		feed(a, i * S, with_timestamps(syn(), (uint8_t)(i + 1), 0));
	ck_assert_uint_eq(a->h->times->count, SYNS_KEPT);
	ck_assert_int_eq(a->h->times->syns[0].at, (20 - SYNS_KEPT) * S);
	ck_assert_int_eq(a->h->first_syn, 0);
	feed(a, 20 * S, with_timestamps(synack(), 99, 15));
	ck_assert_int_eq(a->h->answered_syn, 14 * S);
	attempt_free(a);
}
END_TEST

START_TEST(a_syn_after_the_synack_is_a_retry_that_was_not_answered)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 1 * S, syn());
	ck_assert_uint_eq(a->roles, ROLE_SYN_RETRY);
	feed(a, 1 * S + 10 * MS, synack());
	ck_assert_uint_eq(a->roles, ROLE_SYNACK_RETRY);
	ck_assert_int_eq(handshake_syn_synack(a->h), 10 * MS);
	attempt_free(a);
}
END_TEST

/* ---- SYN-ACKs that come again */

START_TEST(synacks_that_come_again_are_counted)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	for (int i = 0; i < 3; i++)
		feed(a, (i + 1) * S, synack());
	ck_assert_uint_eq(a->h->synack_retries, 2);
	ck_assert_int_eq(a->h->synack, 1 * S);
	ck_assert_int_eq(a->h->last_synack, 3 * S);
	is(a, HALF_OPEN);
	attempt_free(a);
}
END_TEST

START_TEST(the_ack_of_several_synacks_is_that_of_the_last_and_ambiguous)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 1 * S, synack());
	feed(a, 1 * S + 5 * MS, ack());
	is(a, COMPLETE);
	ck_assert_int_eq(handshake_synack_ack(a->h), 5 * MS);
	ck_assert_int_eq(handshake_rtt(a->h), 15 * MS);
	ck_assert_int_eq(handshake_connect(a->h), 1 * S + 5 * MS);
	ck_assert(a->h->ambiguous_synack);
	attempt_free(a);
}
END_TEST

START_TEST(the_echoed_timestamp_tells_which_synack_is_acknowledged)
{
	for (uint8_t echoed = 51; echoed <= 52; echoed++) {
		struct attempt *a = attempt_new();

		feed(a, 0, with_timestamps(syn(), 1, 0));
		feed(a, 10 * MS, with_timestamps(synack(), 51, 1));
		feed(a, 1 * S, with_timestamps(synack(), 52, 1));
		feed(a, 2 * S, with_timestamps(ack(), 3, echoed));
		ck_assert_int_eq(handshake_synack_ack(a->h), echoed == 51 ? 1990 * MS : 1000 * MS);
		ck_assert(!a->h->ambiguous_synack);
		attempt_free(a);
	}
}
END_TEST

START_TEST(which_syn_and_which_synack_are_two_questions)
{
	struct attempt *a = attempt_new();

	feed(a, 0, with_timestamps(syn(), 1, 0));
	feed(a, 1 * S, with_timestamps(syn(), 2, 0));
	feed(a, 2 * S, with_timestamps(synack(), 51, 2));
	feed(a, 3 * S, with_timestamps(synack(), 52, 2));
	feed(a, 5 * S, with_timestamps(synack(), 54, 2));
	feed(a, 6 * S, with_timestamps(ack(), 6, 52)); /* neither the first nor the last */
	ck_assert(!a->h->ambiguous_syn);
	ck_assert(a->h->ambiguous_synack);
	attempt_free(a);
}
END_TEST

START_TEST(a_synack_after_the_ack_means_that_the_ack_was_lost)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 20 * MS, ack());
	feed(a, 1 * S, synack());
	ck_assert_uint_eq(a->roles, ROLE_SYNACK_RETRY);
	ck_assert_int_eq(handshake_synack_ack(a->h), 10 * MS);
	is(a, COMPLETE);
	attempt_free(a);
}
END_TEST

START_TEST(a_synack_of_another_number_is_taken_as_long_as_none_is_acknowledged)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, synack());
	feed(a, 1 * S, segment(SERVER, TCP_SYN | TCP_ACK, 9000, CLIENT_ISN + 1, 0));
	ck_assert_uint_eq(a->roles, ROLE_SYNACK_RETRY);
	feed(a, 1 * S, segment(CLIENT, TCP_ACK, CLIENT_ISN + 1, 9001, 0));
	is(a, COMPLETE);
	feed(a, 1 * S, synack());
	ck_assert_uint_eq(a->roles, ROLE_STRAY);
	attempt_free(a);
}
END_TEST

START_TEST(the_client_may_acknowledge_the_first_of_two_numbers)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 1 * S, segment(SERVER, TCP_SYN | TCP_ACK, 900000000, CLIENT_ISN + 1, 0));
	feed(a, 1 * S + 5 * MS, ack());
	is(a, COMPLETE);
	ck_assert_int_eq(handshake_synack_ack(a->h), 995 * MS);
	ck_assert(!a->h->ambiguous_synack);
	feed(a, 2 * S, data(SERVER, 10));
	ck_assert_uint_eq(a->flow.streams[SERVER].retransmissions, 0);
	attempt_free(a);
}
END_TEST

START_TEST(the_number_tells_which_of_two_synacks_is_acknowledged)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 1 * S, segment(SERVER, TCP_SYN | TCP_ACK, 9000, CLIENT_ISN + 1, 0));
	feed(a, 1 * S + 5 * MS, segment(CLIENT, TCP_ACK, CLIENT_ISN + 1, 9001, 0));
	ck_assert_int_eq(handshake_synack_ack(a->h), 5 * MS);
	ck_assert(!a->h->ambiguous_synack);
	attempt_free(a);
}
END_TEST

/* ---- order */

START_TEST(a_synack_before_its_syn_is_one_handshake_with_the_roles_right)
{
	struct attempt *a = attempt_new();

	feed(a, 1 * MS, synack());
	ck_assert_int_eq(a->from, SERVER);
	ck_assert_uint_eq(a->flow.ends[CLIENT].port, CLIENT_PORT);
	ck_assert_uint_eq(a->flow.ends[SERVER].port, SERVER_PORT);
	ck_assert(feed(a, 1 * MS + 5, syn()));
	ck_assert_int_eq(a->from, CLIENT);
	ck_assert(a->h->synack_first);
	feed(a, 31 * MS, ack());
	is(a, COMPLETE);
	ck_assert_uint_eq(a->h->syn_retries, 0);
	attempt_free(a);
}
END_TEST

START_TEST(times_out_of_order_are_neither_negative_nor_invented)
{
	struct attempt *a = attempt_new();

	feed(a, 1 * MS, synack());
	feed(a, 2 * MS, syn());
	feed(a, 31 * MS, ack());
	ck_assert_int_eq(handshake_syn_synack(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_rtt(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_connect(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_synack_ack(a->h), 30 * MS);
	attempt_free(a);
}
END_TEST

START_TEST(packets_out_of_order_with_right_times_have_right_times)
{
	struct attempt *a = attempt_new();

	feed(a, 30 * MS, synack());
	feed(a, 0, syn());
	feed(a, 31 * MS, ack());
	ck_assert_int_eq(handshake_syn_synack(a->h), 30 * MS);
	ck_assert_int_eq(handshake_synack_ack(a->h), 1 * MS);
	ck_assert_int_eq(handshake_connect(a->h), 31 * MS);
	attempt_free(a);
}
END_TEST

START_TEST(time_that_goes_back_gives_no_time)
{
	struct attempt *a = attempt_new();

	feed(a, 9 * S, syn());
	feed(a, 5 * S, synack());
	feed(a, 4 * S, ack());
	is(a, COMPLETE);
	ck_assert_int_eq(handshake_syn_synack(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_synack_ack(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_connect(a->h), NOT_SEEN);
	attempt_free(a);
}
END_TEST

START_TEST(a_synack_behind_the_ack_is_no_retry)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 2 * MS, ack());
	feed(a, 3 * MS, synack());
	ck_assert_uint_eq(a->roles, 0);
	ck_assert_uint_eq(a->h->synack_retries, 0);
	ck_assert_int_eq(handshake_syn_synack(a->h), 3 * MS);
	ck_assert_int_eq(handshake_synack_ack(a->h), NOT_SEEN);
	attempt_free(a);
}
END_TEST

START_TEST(an_ack_before_its_syn_and_synack_is_still_one_handshake)
{
	struct attempt *a = attempt_new();

	feed(a, 3, ack());
	is(a, MIDSTREAM);
	ck_assert(feed(a, 4, synack()));
	ck_assert(feed(a, 5, syn()));
	is(a, COMPLETE);
	ck_assert_int_eq(a->from, CLIENT);
	attempt_free(a);
}
END_TEST

START_TEST(a_refusal_before_its_syn_is_still_one_handshake)
{
	struct attempt *a = attempt_new();

	feed(a, 3, with_ports(refusal(), 80, 40000)); /* the ports tell nothing true here */
	is(a, MIDSTREAM);
	ck_assert(feed(a, 4, with_ports(syn(), 80, 40000)));
	is(a, REFUSED);
	ck_assert_int_eq(a->from, CLIENT);
	ck_assert_uint_eq(a->flow.ends[SERVER].port, 40000);
	attempt_free(a);
}
END_TEST

/* ---- attempts on the same ports */

START_TEST(a_syn_of_another_number_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	ck_assert(!feed(a, 1 * S, syn_of(CLIENT_ISN + 64000)));
	feed(a, 1 * S, synack());
	ck_assert(!feed(a, 2 * S, syn_of(CLIENT_ISN + 64000)));
	feed(a, 2 * S, ack());
	ck_assert(!feed(a, 3 * S, syn_of(CLIENT_ISN + 64000)));
	ck_assert_uint_eq(a->h->syn_retries, 0);
	attempt_free(a);
}
END_TEST

START_TEST(a_syn_of_the_same_number_after_a_refusal_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, refusal());
	ck_assert(!feed(a, 500 * MS, syn()));
	is(a, REFUSED);
	ck_assert_uint_eq(a->h->syn_retries, 0);
	attempt_free(a);
}
END_TEST

/* As far as the numbers of the RST go, it could be of another connection. */
START_TEST(a_refusal_is_one_whatever_number_it_has)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, segment(SERVER, TCP_ACK, 0x70000000, CLIENT_ISN + 1, 0));
	feed(a, 2, refusal());
	is(a, REFUSED);
	ck_assert(!feed(a, 3, syn()));
	attempt_free(a);
}
END_TEST

START_TEST(any_syn_after_both_fins_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed(a, 2, ack());
	feed(a, 3, segment(CLIENT, TCP_FIN | TCP_ACK, CLIENT_ISN + 1, SERVER_ISN + 1, 0));
	ck_assert(feed(a, 4, syn())); /* a late one: only one side is done */
	feed(a, 5, segment(SERVER, TCP_FIN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 2, 0));
	ck_assert(!feed(a, 6, syn())); /* the last ACK was not captured */
	feed(a, 7, segment(CLIENT, TCP_ACK, CLIENT_ISN + 2, SERVER_ISN + 2, 0));
	ck_assert(!feed(a, 8, syn()));
	attempt_free(a);
}
END_TEST

START_TEST(any_syn_after_a_rst_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed(a, 2, segment(CLIENT, TCP_RST, CLIENT_ISN + 1, 0, 0));
	ck_assert(!feed(a, 3, syn()));
	attempt_free(a);
}
END_TEST

START_TEST(the_other_side_calling_back_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed(a, 2, ack());
	ck_assert(!feed(a, 3, segment(SERVER, TCP_SYN, 7777, 0, 0)));
	attempt_free(a);
}
END_TEST

START_TEST(after_the_end_a_synack_that_fits_nothing_begins_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, refusal());
	ck_assert(!feed(a, 2, segment(SERVER, TCP_SYN | TCP_ACK, 1, CLIENT_ISN + 64001, 0)));
	attempt_free(a);
}
END_TEST

START_TEST(a_syn_that_does_not_fit_a_synack_before_it_is_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, synack());
	ck_assert(!feed(a, 1, syn_of(CLIENT_ISN + 1)));
	ck_assert(feed(a, 1, syn_of(CLIENT_ISN)));
	attempt_free(a);
}
END_TEST

/* ---- refused */

START_TEST(refused_by_a_rst_that_acknowledges_the_syn)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 5 * MS, refusal());
	is(a, REFUSED);
	ck_assert(a->h->decided);
	ck_assert_uint_eq(a->roles, ROLE_REFUSES);
	ck_assert_int_eq(a->h->answer, 5 * MS);
	ck_assert_int_eq(a->h->answered_syn, 0);
	ck_assert_int_eq(handshake_rtt(a->h), NOT_SEEN);
	ck_assert_int_eq(handshake_connect(a->h), NOT_SEEN);
	attempt_free(a);
}
END_TEST

START_TEST(a_refusal_after_several_syns_is_of_the_last_of_them)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * S, syn());
	feed(a, 1 * S + 5 * MS, refusal());
	ck_assert_int_eq(a->h->answered_syn, 1 * S);
	ck_assert(a->h->ambiguous_syn);
	attempt_free(a);
}
END_TEST

START_TEST(a_refusal_may_acknowledge_what_fast_open_sent)
{
	struct attempt *a = attempt_new();

	feed(a, 0, segment(CLIENT, TCP_SYN, CLIENT_ISN, 0, 100));
	feed(a, 1, segment(SERVER, TCP_RST | TCP_ACK, 0, CLIENT_ISN + 101, 0));
	is(a, REFUSED);
	attempt_free(a);
}
END_TEST

START_TEST(a_refusal_acknowledges_the_fin_of_a_syn_too)
{
	struct attempt *a = attempt_new();

	feed(a, 0, segment(CLIENT, TCP_SYN | TCP_FIN, CLIENT_ISN, 0, 0));
	feed(a, 1, segment(SERVER, TCP_RST | TCP_ACK, 0, CLIENT_ISN + 2, 0));
	is(a, REFUSED);
	attempt_free(a);
}
END_TEST

START_TEST(a_rst_that_acknowledges_nothing_of_ours_is_stray)
{
	const struct frame strays[] = {
		segment(SERVER, TCP_RST | TCP_ACK, 0, CLIENT_ISN, 0),
		segment(SERVER, TCP_RST | TCP_ACK, 0, CLIENT_ISN + 2, 0),
		segment(SERVER, TCP_RST, 0, 0, 0),
		segment(SERVER, TCP_RST, 0, CLIENT_ISN + 1, 0), /* without the flag */
	};

	for (size_t i = 0; i < ARRAY_SIZE(strays); i++) {
		struct attempt *a = attempt_new();

		feed(a, 0, syn());
		feed(a, 1, strays[i]);
		is(a, UNANSWERED);
		ck_assert_uint_eq(a->roles, ROLE_STRAY);
		ck_assert(!a->h->decided);
		ck_assert(feed(a, 1 * S, syn()));
		ck_assert_uint_eq(a->roles, ROLE_SYN_RETRY);
		attempt_free(a);
	}
}
END_TEST

START_TEST(a_rst_after_the_synack_refuses_nothing)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed(a, 2, segment(SERVER, TCP_RST | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1, 0));
	is(a, HALF_OPEN);
	ck_assert(a->h->decided);
	attempt_free(a);
}
END_TEST

START_TEST(a_client_that_resets_leaves_a_half_open_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed(a, 2, segment(CLIENT, TCP_RST, CLIENT_ISN + 1, 0, 0));
	is(a, HALF_OPEN);
	ck_assert(a->h->decided);
	ck_assert_uint_eq(a->roles, 0);
	attempt_free(a);
}
END_TEST

START_TEST(a_client_that_resets_its_syn_leaves_an_unanswered_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 2, segment(CLIENT, TCP_RST, CLIENT_ISN + 1, 0, 0));
	is(a, UNANSWERED);
	ck_assert(a->h->decided);
	attempt_free(a);
}
END_TEST

START_TEST(a_client_that_takes_the_synack_after_a_refusal_is_connected)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, refusal());
	feed(a, 2, synack());
	is(a, REFUSED);
	feed(a, 3, ack());
	is(a, COMPLETE);
	attempt_free(a);
}
END_TEST

/* ---- whose RST */

START_TEST(a_rst_of_another_ttl_is_not_the_hosts)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, with_ttl(synack(), 57));
	feed(a, 2, ack());
	feed(a, 3, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 1, 0, 0), 255));
	ck_assert_uint_eq(a->roles, ROLE_FOREIGN);
	ck_assert(a->h->rst_foreign);
	ck_assert_uint_eq(a->h->rst_ttl, 255);
	ck_assert_uint_eq(a->h->ttl[SERVER], 57);
	attempt_free(a);
}
END_TEST

START_TEST(a_rst_of_the_same_ttl_is_the_hosts)
{
	struct attempt *a = attempt_new();

	feed(a, 0, with_ttl(syn(), 64));
	feed(a, 1, with_ttl(synack(), 57));
	feed(a, 2, with_ttl(ack(), 64));
	feed(a, 3, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 1, 0, 0), 57));
	ck_assert_uint_eq(a->roles, 0);
	ck_assert(a->h->rst_seen && !a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

START_TEST(a_synack_proxy_does_not_make_the_hosts_rst_foreign)
{
	for (uint8_t ttl = 57; ttl <= 63; ttl += 6) {
		struct attempt *a = attempt_new();

		feed(a, 0, syn());
		feed(a, 1, with_ttl(synack(), 63));
		feed(a, 2, ack());
		feed(a, 3, with_ttl(data(SERVER, 10), 57));
		feed(a, 4, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 11, 0, 0), ttl));
		ck_assert(!a->h->rst_foreign);
		attempt_free(a);
	}
}
END_TEST

START_TEST(a_refusal_alone_has_nothing_to_be_held_against)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, with_ttl(refusal(), 200));
	ck_assert_uint_eq(a->h->rst_ttl, 200);
	ck_assert(!a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

START_TEST(a_synack_behind_a_refusal_shows_who_refused)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, with_ttl(refusal(), 63));
	feed(a, 2, with_ttl(synack(), 57));
	is(a, REFUSED);
	ck_assert(a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

static void serve_with_ids(struct attempt *a, const uint16_t *ids, size_t count)
{
	feed(a, 0, syn());
	feed(a, 1, with_id(synack(), 0));
	feed(a, 2, ack());
	for (size_t i = 0; i < count; i++)
		feed(a, 3, with_id(data(SERVER, 10), ids[i]));
}

START_TEST(a_rst_whose_id_is_out_of_order_is_not_the_hosts)
{
	static const uint16_t ids[] = {65534, 65535, 1, 2};
	struct attempt *a = attempt_new();

	serve_with_ids(a, ids, ARRAY_SIZE(ids));
	feed(a, 4, with_id(segment(SERVER, TCP_RST, SERVER_ISN + 11, 0, 0), 30000));
	ck_assert(a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

START_TEST(a_rst_long_after_may_have_any_id)
{
	static const uint16_t ids[] = {100, 105, 110};
	struct attempt *a = attempt_new();

	serve_with_ids(a, ids, ARRAY_SIZE(ids));
	feed(a, 300 * S, with_id(segment(SERVER, TCP_RST, SERVER_ISN + 11, 0, 0), 9000));
	ck_assert(!a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

START_TEST(the_ttl_that_is_told_is_that_of_the_foreign_rst)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, with_ttl(synack(), 57));
	feed(a, 2, ack());
	feed(a, 3, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 1, 0, 0), 57));
	ck_assert_uint_eq(a->h->rst_ttl, 57);
	feed(a, 4, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 1, 0, 0), 255));
	ck_assert_uint_eq(a->h->rst_ttl, 255);
	feed(a, 5, with_ttl(segment(SERVER, TCP_RST, SERVER_ISN + 1, 0, 0), 254));
	ck_assert_uint_eq(a->h->rst_ttl, 255);
	attempt_free(a);
}
END_TEST

START_TEST(a_rst_with_the_next_id_or_none_is_the_hosts)
{
	static const uint16_t ids[] = {10, 11, 12}, next[] = {13, 20, 0};

	for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
		struct attempt *a = attempt_new();

		serve_with_ids(a, ids, ARRAY_SIZE(ids));
		feed(a, 4, with_id(segment(SERVER, TCP_RST, SERVER_ISN + 11, 0, 0), next[i]));
		ck_assert(!a->h->rst_foreign);
		attempt_free(a);
	}
}
END_TEST

START_TEST(ids_at_random_tell_nothing)
{
	static const uint16_t ids[] = {5000, 60000, 12, 40000};
	struct attempt *a = attempt_new();

	serve_with_ids(a, ids, ARRAY_SIZE(ids));
	feed(a, 4, with_id(segment(SERVER, TCP_RST, SERVER_ISN + 11, 0, 0), 1000));
	ck_assert(!a->h->rst_foreign);
	attempt_free(a);
}
END_TEST

/* ---- rejected */

START_TEST(rejected_by_an_icmp_error_that_quotes_the_syn)
{
	struct attempt *a = attempt_new();
	struct frame s = syn();

	feed(a, 0, s);
	feed_icmp(a, 2 * MS, icmp_about(&s, 3, 13, 20));
	is(a, REJECTED);
	ck_assert(a->h->decided);
	ck_assert_uint_eq(a->roles, ROLE_REJECTS);
	ck_assert_int_eq(a->h->answer, 2 * MS);
	ck_assert_int_eq(a->h->answered_syn, 0);
	ck_assert_uint_eq(a->h->rejection->type, 3);
	ck_assert_uint_eq(a->h->rejection->code, 13);
	ck_assert_uint_eq(a->h->rejection->from.ip[3], 254);
	attempt_free(a);
}
END_TEST

START_TEST(eight_quoted_bytes_are_enough_and_so_are_the_ports)
{
	for (unsigned quoted = 4; quoted <= 8; quoted += 4) {
		struct attempt *a = attempt_new();
		struct frame s = syn();

		feed(a, 0, s);
		feed_icmp(a, 1, icmp_about(&s, 3, 1, quoted));
		is(a, REJECTED);
		attempt_free(a);
	}
}
END_TEST

START_TEST(an_error_about_another_attempts_syn_rejects_nothing)
{
	struct attempt *a = attempt_new();
	struct frame old = syn_of(77);

	feed(a, 0, syn());
	feed_icmp(a, 1, icmp_about(&old, 3, 1, 8));
	is(a, UNANSWERED);
	ck_assert_uint_eq(a->roles, 0);
	attempt_free(a);
}
END_TEST

START_TEST(an_error_about_a_later_segment_rejects_nothing)
{
	struct attempt *a = attempt_new();
	struct frame d = data(CLIENT, 100), s = synack();

	feed(a, 0, syn());
	feed(a, 1, synack());
	feed_icmp(a, 2, icmp_about(&s, 3, 1, 8));
	is(a, HALF_OPEN);
	feed(a, 3, ack());
	feed_icmp(a, 4, icmp_about(&d, 3, 1, 8));
	is(a, COMPLETE);
	ck_assert_ptr_null(a->h->rejection);
	attempt_free(a);
}
END_TEST

START_TEST(an_error_about_the_servers_segment_rejects_nothing)
{
	struct attempt *a = attempt_new();
	struct frame s = segment(SERVER, TCP_ACK, SERVER_ISN, CLIENT_ISN + 1, 0);

	feed(a, 0, syn());
	feed(a, 1, s);
	feed_icmp(a, 2, icmp_about(&s, 3, 1, 4));
	is(a, UNANSWERED);
	attempt_free(a);
}
END_TEST

START_TEST(what_says_nothing_of_reachability_rejects_nothing)
{
	static const uint8_t codes[][2] = {{3, 4}, {11, 1}, {4, 0}, {5, 1}};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct attempt *a = attempt_new();
		struct frame s = syn();

		feed(a, 0, s);
		feed_icmp(a, 1, icmp_about(&s, codes[i][0], codes[i][1], 8));
		is(a, UNANSWERED);
		ck_assert(!a->h->decided);
		attempt_free(a);
	}
}
END_TEST

/* Linux's connect() ends with EHOSTUNREACH. */
START_TEST(a_ttl_that_ran_out_rejects)
{
	struct attempt *a = attempt_new();
	struct frame s = syn();

	feed(a, 0, s);
	feed_icmp(a, 1, icmp_about(&s, 11, 0, 8));
	is(a, REJECTED);
	attempt_free(a);
}
END_TEST

START_TEST(a_client_that_does_not_mind_goes_on_in_the_same_attempt)
{
	struct attempt *a = attempt_new();
	struct frame s = syn();

	feed(a, 0, s);
	feed_icmp(a, 1, icmp_about(&s, 3, 1, 8));
	ck_assert(feed(a, 1 * S, syn()));
	is(a, REJECTED);
	ck_assert_uint_eq(a->h->syn_retries, 1);
	feed_icmp(a, 1 * S + 1, icmp_about(&s, 3, 1, 8));
	ck_assert_uint_eq(a->roles, 0);
	ck_assert_int_eq(a->h->answer, 1);
	feed(a, 2 * S, synack());
	is(a, HALF_OPEN);
	feed(a, 2 * S, ack());
	is(a, COMPLETE);
	attempt_free(a);
}
END_TEST

/* ---- both call, or the answer comes in parts */

START_TEST(simultaneous_when_both_sent_a_syn)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0));
	is(a, SIMULTANEOUS);
	feed(a, 2, segment(CLIENT, TCP_SYN | TCP_ACK, CLIENT_ISN, SERVER_ISN + 1, 0));
	ck_assert(!a->h->decided);
	feed(a, 3, synack());
	is(a, SIMULTANEOUS);
	ck_assert(a->h->decided);
	ck_assert_int_eq(handshake_connect(a->h), 3); /* both SYNs are acknowledged */
	attempt_free(a);
}
END_TEST

START_TEST(simultaneous_with_retries_and_plain_acks)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0));
	feed(a, 1 * S, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0));
	ck_assert_uint_eq(a->roles, ROLE_SYN_RETRY);
	feed(a, 2 * S, segment(SERVER, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1, 0));
	feed(a, 2 * S, ack());
	ck_assert(a->h->decided);
	ck_assert_uint_eq(a->roles, ROLE_COMPLETES);
	attempt_free(a);
}
END_TEST

START_TEST(split_when_the_servers_ack_and_syn_come_apart)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 1 * MS, segment(SERVER, TCP_ACK, SERVER_ISN, CLIENT_ISN + 1, 0));
	is(a, UNANSWERED);
	feed(a, 2 * MS, segment(SERVER, TCP_SYN, SERVER_ISN, 0, 0));
	is(a, SPLIT);
	feed(a, 3 * MS, ack());
	is(a, SPLIT);
	ck_assert(a->h->decided);
	ck_assert_int_eq(handshake_connect(a->h), 3 * MS);
	attempt_free(a);
}
END_TEST

/* ---- midstream */

START_TEST(midstream_when_the_beginning_was_not_captured)
{
	struct attempt *a = attempt_new();

	feed(a, 0, data(SERVER, 100));
	is(a, MIDSTREAM);
	ck_assert(a->h->decided);
	feed(a, 1, data(CLIENT, 100));
	feed(a, 2, ack());
	is(a, MIDSTREAM);
	ck_assert_int_eq(handshake_connect(a->h), NOT_SEEN);
	attempt_free(a);
}
END_TEST

START_TEST(midstream_the_lower_port_is_the_server)
{
	for (enum side first = CLIENT; first < SIDES; first++) {
		struct attempt *a = attempt_new();

		feed(a, 0, data(first, 100));
		ck_assert_int_eq(a->from, first);
		ck_assert_uint_eq(a->flow.ends[SERVER].port, SERVER_PORT);
		attempt_free(a);
	}
}
END_TEST

START_TEST(midstream_a_syn_begins_another_attempt)
{
	struct attempt *a = attempt_new();

	feed(a, 0, data(CLIENT, 100));
	ck_assert(!feed(a, 1, syn_of(4711)));
	ck_assert(!feed(a, 1, segment(SERVER, TCP_SYN | TCP_ACK, 4711, 4712, 0)));
	attempt_free(a);
}
END_TEST

START_TEST(one_direction_alone_is_midstream_and_not_half_open)
{
	struct attempt *a = attempt_new();

	feed(a, 0, synack());
	is(a, HALF_OPEN);
	feed(a, 1, segment(SERVER, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1, 0));
	is(a, HALF_OPEN);
	feed(a, 2, data(SERVER, 100));
	is(a, MIDSTREAM);
	ck_assert(a->h->decided);
	attempt_free(a);
}
END_TEST

START_TEST(one_direction_alone_shows_by_what_it_acknowledges)
{
	struct attempt *a = attempt_new();

	feed(a, 0, synack());
	feed(a, 1, segment(SERVER, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 500, 0));
	is(a, MIDSTREAM);
	attempt_free(a);
}
END_TEST

static bool shows_the_ack(struct frame first, struct frame then)
{
	struct attempt *a = attempt_new();
	bool unseen;

	feed(a, 0, first);
	feed(a, 10 * MS, synack());
	feed(a, 20 * MS, then);
	is(a, HALF_OPEN);
	ck_assert(!a->h->decided);
	unseen = a->h->client_unseen;
	feed(a, 30 * MS, ack()); /* it was only late */
	is(a, COMPLETE);
	attempt_free(a);
	return unseen;
}

START_TEST(a_server_that_goes_on_has_the_clients_ack)
{
	static const uint8_t tfo[] = {34, 2};
	struct frame fast = with_options(syn(), tfo, sizeof tfo), with_data = syn();
	struct frame end = segment(SERVER, TCP_FIN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1, 0);
	struct frame again = segment(SERVER, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1, 0);
	struct frame more = segment(SERVER, TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 12, 0);

	with_data.payload_len = 10;
	ck_assert(shows_the_ack(syn(), data(SERVER, 10)));
	ck_assert(shows_the_ack(syn(), end));
	ck_assert(shows_the_ack(syn(), more));
	ck_assert(shows_the_ack(with_data, more));
	ck_assert(!shows_the_ack(syn(), again));
	ck_assert(!shows_the_ack(with_data, data(SERVER, 10)));
	ck_assert(!shows_the_ack(fast, data(SERVER, 10)));
	ck_assert(!shows_the_ack(fast, end));
}
END_TEST

START_TEST(that_the_ack_was_not_captured_is_decided_when_it_is_overdue)
{
	struct attempt *a = attempt_new();

	feed(a, 0, syn());
	feed(a, 10 * MS, synack());
	feed(a, 1 * S, data(SERVER, 10));
	ck_assert(!a->h->decided);
	feed(a, 10 * S, data(SERVER, 10));
	ck_assert(a->h->decided);
	is(a, HALF_OPEN);
	attempt_free(a);
}
END_TEST

/* ---- options */

START_TEST(options_of_both_are_kept)
{
	static const uint8_t offered[] = {2, 4, 5, 180, 4, 2, 3, 3, 7, 1, 1, 1};
	struct attempt *a = attempt_new();
	struct frame s = with_options(syn(), offered, sizeof offered);
	struct frame sa = with_options(synack(), offered, 4);

	s.tcp.flags |= TCP_ECE | TCP_CWR;
	sa.tcp.flags |= TCP_ECE;
	feed(a, 0, with_ttl(s, 61));
	feed(a, 1, with_ttl(sa, 57));
	ck_assert_uint_eq(a->h->options[CLIENT].mss, 1460);
	ck_assert(a->h->options[CLIENT].sack && a->h->options[CLIENT].ecn);
	ck_assert_uint_eq(a->h->options[CLIENT].wscale, 7);
	ck_assert(a->h->options[SERVER].seen && a->h->options[SERVER].ecn);
	ck_assert(!a->h->options[SERVER].has_wscale);
	ck_assert_uint_eq(a->h->ttl[CLIENT], 61);
	ck_assert_uint_eq(a->h->ttl[SERVER], 57);
	attempt_free(a);
}
END_TEST

START_TEST(ecn_is_what_rfc_3168_says)
{
	struct syn_options o;
	struct frame s = syn(), sa = synack();

	s.tcp.flags |= TCP_ECE;
	syn_options_take(&o, &s);
	ck_assert(!o.ecn);
	sa.tcp.flags |= TCP_ECE | TCP_CWR; /* a host that mirrors */
	syn_options_take(&o, &sa);
	ck_assert(!o.ecn);
}
END_TEST

START_TEST(options_that_the_capture_cut_are_not_malformed)
{
	static const uint8_t cut[] = {2, 4, 5};
	struct frame s = with_options(syn(), cut, sizeof cut);
	struct syn_options o;

	syn_options_take(&o, &s);
	ck_assert(o.malformed);
	s.tcp.length = 32;
	syn_options_take(&o, &s);
	ck_assert(!o.malformed);
}
END_TEST

UNIT_MAIN("capture/handshake", a_handshake_is_complete_with_the_clients_own_ack,
	its_time_is_split_at_the_capture_point, data_that_acknowledges_completes_too,
	the_servers_data_completes_nothing, an_ack_of_something_else_completes_nothing,
	an_ack_shows_that_a_synack_was_not_captured, numbers_may_wrap,
	a_synack_counts_only_if_it_acknowledges_the_syn,
	with_fast_open_it_may_acknowledge_the_data_or_a_part,
	with_fast_open_it_acknowledges_no_more_than_the_data,
	a_challenge_ack_and_its_rst_do_not_end_the_attempt,
	connect_time_runs_from_the_first_syn_and_rtt_from_the_answered_one,
	without_timestamps_it_is_the_last_syn_and_ambiguous, one_syn_is_never_ambiguous,
	the_echoed_timestamp_tells_which_syn_was_answered, an_echo_of_none_of_them_tells_nothing,
	two_syns_of_one_timestamp_stay_ambiguous, of_many_syns_the_last_are_kept,
	a_syn_after_the_synack_is_a_retry_that_was_not_answered,
	synacks_that_come_again_are_counted,
	the_ack_of_several_synacks_is_that_of_the_last_and_ambiguous,
	the_echoed_timestamp_tells_which_synack_is_acknowledged,
	which_syn_and_which_synack_are_two_questions,
	a_synack_after_the_ack_means_that_the_ack_was_lost,
	a_synack_of_another_number_is_taken_as_long_as_none_is_acknowledged,
	the_client_may_acknowledge_the_first_of_two_numbers,
	the_number_tells_which_of_two_synacks_is_acknowledged,
	a_synack_before_its_syn_is_one_handshake_with_the_roles_right,
	times_out_of_order_are_neither_negative_nor_invented,
	packets_out_of_order_with_right_times_have_right_times, time_that_goes_back_gives_no_time,
	a_synack_behind_the_ack_is_no_retry,
	an_ack_before_its_syn_and_synack_is_still_one_handshake,
	a_refusal_before_its_syn_is_still_one_handshake, a_syn_of_another_number_is_another_attempt,
	a_syn_of_the_same_number_after_a_refusal_is_another_attempt,
	a_refusal_is_one_whatever_number_it_has, any_syn_after_both_fins_is_another_attempt,
	any_syn_after_a_rst_is_another_attempt, the_other_side_calling_back_is_another_attempt,
	after_the_end_a_synack_that_fits_nothing_begins_another_attempt,
	a_syn_that_does_not_fit_a_synack_before_it_is_another_attempt,
	refused_by_a_rst_that_acknowledges_the_syn,
	a_refusal_after_several_syns_is_of_the_last_of_them,
	a_refusal_may_acknowledge_what_fast_open_sent, a_refusal_acknowledges_the_fin_of_a_syn_too,
	a_rst_that_acknowledges_nothing_of_ours_is_stray, a_rst_after_the_synack_refuses_nothing,
	a_client_that_resets_leaves_a_half_open_attempt,
	a_client_that_resets_its_syn_leaves_an_unanswered_attempt,
	a_client_that_takes_the_synack_after_a_refusal_is_connected,
	a_rst_of_another_ttl_is_not_the_hosts, a_rst_of_the_same_ttl_is_the_hosts,
	a_synack_proxy_does_not_make_the_hosts_rst_foreign,
	a_refusal_alone_has_nothing_to_be_held_against, a_synack_behind_a_refusal_shows_who_refused,
	a_rst_whose_id_is_out_of_order_is_not_the_hosts, a_rst_long_after_may_have_any_id,
	the_ttl_that_is_told_is_that_of_the_foreign_rst,
	a_rst_with_the_next_id_or_none_is_the_hosts, ids_at_random_tell_nothing,
	rejected_by_an_icmp_error_that_quotes_the_syn,
	eight_quoted_bytes_are_enough_and_so_are_the_ports,
	an_error_about_another_attempts_syn_rejects_nothing,
	an_error_about_a_later_segment_rejects_nothing,
	an_error_about_the_servers_segment_rejects_nothing,
	what_says_nothing_of_reachability_rejects_nothing, a_ttl_that_ran_out_rejects,
	a_client_that_does_not_mind_goes_on_in_the_same_attempt, simultaneous_when_both_sent_a_syn,
	simultaneous_with_retries_and_plain_acks, split_when_the_servers_ack_and_syn_come_apart,
	midstream_when_the_beginning_was_not_captured, midstream_the_lower_port_is_the_server,
	midstream_a_syn_begins_another_attempt, one_direction_alone_is_midstream_and_not_half_open,
	one_direction_alone_shows_by_what_it_acknowledges,
	a_server_that_goes_on_has_the_clients_ack,
	that_the_ack_was_not_captured_is_decided_when_it_is_overdue, options_of_both_are_kept,
	ecn_is_what_rfc_3168_says, options_that_the_capture_cut_are_not_malformed)
