/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/host.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>

static const struct addr target = {.family = 4, .ip = {10, 0, 0, 1}};
static const struct addr hop = {.family = 4, .ip = {10, 0, 0, 254}};
static const struct host_policy usual = {.attempts = 10, .icmp_wait = 10 * NSEC_PER_SEC};
static const struct host_policy impatient = {.attempts = 10};

static const struct answer open_answer = {.state = PORT_OPEN, .reason = REASON_SYN_ACK};
static const struct answer icmp_answer = {.state = PORT_FILTERED,
	.reason = REASON_ICMP,
	.icmp_type = 3,
	.icmp_code = 13,
	.from = {.family = 4, .ip = {10, 0, 0, 254}}};

struct made {
	struct host *h;
	struct ports *ports;
};

static struct made make(const char *list)
{
	struct made m;

	ck_assert_int_eq(ports_parse(list, IPPROTO_TCP, &m.ports, NULL), 0);
	m.h = host_new("target", &target, m.ports);
	return m;
}

static void unmake(struct made m)
{
	host_free(m.h);
	ports_free(m.ports);
}

static uint32_t drain(struct host *h)
{
	uint32_t count = 0;

	for (uint32_t cell; host_pop(h, &cell);)
		count++;
	return count;
}

START_TEST(host_keeps_what_was_known_of_a_port)
{
	struct made m = make("22,80");

	host_knew(m.h, 1, PORT_OPEN, REASON_SYN_ACK);
	host_knew(m.h, 1, PORT_CLOSED, REASON_RST);
	host_knew(m.h, 0, PORT_PENDING, REASON_NONE);
	ck_assert_uint_eq(m.h->decided, 1);
	ck_assert_int_eq(m.h->cells[1].state, PORT_OPEN);
	ck_assert_int_eq(m.h->cells[1].reason, REASON_SYN_ACK);
	ck_assert_int_eq(m.h->cells[0].state, PORT_PENDING);
	unmake(m);
}
END_TEST

START_TEST(host_takes_ports_of_its_own)
{
	struct made m = make("22,80");
	struct addr with_port = target;
	struct ports *own;
	struct host *single;

	ck_assert_int_eq(ports_parse("1-5", IPPROTO_TCP, &own, NULL), 0);
	host_own_ports(m.h, own);
	ck_assert_uint_eq(m.h->count, 5);
	ck_assert_uint_eq(m.h->unsent, 5);
	ck_assert_uint_eq(host_port(m.h, 4), 5);
	with_port.port = 8080;
	single = host_new("target", &with_port, NULL);
	ck_assert_int_eq(ports_parse("1-5", IPPROTO_TCP, &own, NULL), 0);
	host_own_ports(single, own);
	ck_assert_uint_eq(single->count, 1);
	host_free(single);
	unmake(m);
}
END_TEST

START_TEST(host_keeps_replies_up_to_a_number)
{
	static const struct fact_def defs[] = {{"version", FACT_TEXT}};
	struct made m = make("1-5000");

	for (uint32_t i = 0; i < 5000; i++) {
		struct facts facts;

		facts_init(&facts, defs, 1);
		facts_text(&facts, 0, "x", 1);
		host_replied(m.h, i, NULL, &facts);
	}
	ck_assert_uint_eq(m.h->reply_count, HOST_REPLIES_MAX);
	ck_assert_uint_eq(host_reply(m.h, 7)->cell, 7);
	ck_assert_ptr_nonnull(facts_get(&host_reply(m.h, 7)->facts, 0));
	ck_assert_ptr_null(host_reply(m.h, 4999));
	unmake(m);
}
END_TEST

START_TEST(host_keeps_how_unknown_words_begin)
{
	static const uint8_t words[REPLY_START + 8] = "0123456789abcdef0123456789abcdefXXX";
	struct made m = make("1-5000");
	const struct port_reply *reply;

	host_heard(m.h, 3, words, sizeof words, 65000);
	host_heard(m.h, 4, words, 0, 0);
	reply = host_reply(m.h, 3);
	ck_assert_ptr_null(reply->query);
	ck_assert_uint_eq(reply->bytes, 65000);
	ck_assert_uint_eq(reply->start_len, REPLY_START);
	ck_assert_mem_eq(reply->start, words, REPLY_START);
	ck_assert_uint_eq(host_reply(m.h, 4)->start_len, 0);
	for (uint32_t i = 5; i < 5000; i++)
		host_heard(m.h, i, words, 4, 4);
	ck_assert_uint_eq(m.h->reply_count, HOST_REPLIES_MAX);
	ck_assert_ptr_null(host_reply(m.h, 4999));
	unmake(m);
}
END_TEST

START_TEST(host_asks_the_shared_ports_or_its_own_one)
{
	struct made m = make("22,80");
	struct addr with_port = target;
	struct host *single;

	with_port.port = 8080;
	single = host_new("target", &with_port, m.ports);
	ck_assert_uint_eq(m.h->count, 2);
	ck_assert_uint_eq(m.h->unsent, 2);
	ck_assert_uint_eq(host_port(m.h, 1), 80);
	ck_assert_uint_eq(single->count, 1);
	ck_assert_uint_eq(host_port(single, 0), 8080);
	ck_assert_uint_eq(single->addr.port, 0);
	host_free(single);
	unmake(m);
}
END_TEST

START_TEST(queue_keeps_its_order_over_the_wrap_around_and_growth)
{
	struct made m = make("1-1000");
	uint32_t in = 0, out = 0, cell;

	/* three in, two out: the head travels round while the queue grows */
	while (in < 3000) {
		for (unsigned i = 0; i < 3; i++)
			host_push(m.h, in++);
		for (unsigned i = 0; i < 2; i++) {
			ck_assert_uint_eq(host_peek(m.h), out);
			ck_assert(host_pop(m.h, &cell));
			ck_assert_uint_eq(cell, out++);
		}
	}
	while (host_pop(m.h, &cell))
		ck_assert_uint_eq(cell, out++);
	ck_assert_uint_eq(out, in);
	ck_assert_uint_eq(m.h->queue.count, 0);
	unmake(m);
}
END_TEST

START_TEST(queue_that_never_fills_does_not_grow)
{
	struct made m = make("1-10");
	uint32_t cell, room;

	host_push(m.h, 0);
	room = m.h->queue.room;
	for (uint32_t i = 1; i < 1000; i++) {
		host_push(m.h, i);
		ck_assert(host_pop(m.h, &cell));
		ck_assert_uint_eq(cell, i - 1);
	}
	ck_assert_uint_eq(m.h->queue.room, room);
	unmake(m);
}
END_TEST

START_TEST(decide_writes_the_answer_into_the_cell)
{
	struct made m = make("22,80,443");
	const struct cell *c = &m.h->cells[1];

	host_decide(m.h, 1, &icmp_answer, 5 * NSEC_PER_MSEC);
	ck_assert_uint_eq(c->state, PORT_FILTERED);
	ck_assert_uint_eq(c->reason, REASON_ICMP);
	ck_assert_uint_eq(c->icmp_type, 3);
	ck_assert_uint_eq(c->icmp_code, 13);
	ck_assert_uint_eq(c->rtt_us, 5000);
	ck_assert_uint_eq(m.h->decided, 1);
	ck_assert_uint_eq(m.h->icmp_answers, 1);
	ck_assert(addr_same(&m.h->witnesses[m.h->icmp_witness], &hop));
	ck_assert_uint_eq(m.h->cells[0].state, PORT_PENDING);
	unmake(m);
}
END_TEST

START_TEST(decide_prefers_the_kernels_round_trip)
{
	struct made m = make("22,80");
	struct answer a = open_answer;

	a.rtt = 700 * NSEC_PER_USEC;
	host_decide(m.h, 0, &a, 5 * NSEC_PER_MSEC);
	ck_assert_uint_eq(m.h->cells[0].rtt_us, 700);
	host_decide(m.h, 1, &open_answer, 5 * NSEC_PER_MSEC);
	ck_assert_uint_eq(m.h->cells[1].rtt_us, 5000);
	unmake(m);
}
END_TEST

START_TEST(decide_gives_silence_no_round_trip)
{
	struct made m = make("22,80");
	struct answer silence = {.state = PORT_FILTERED, .reason = REASON_TIMEOUT};
	struct answer ours = {.state = PORT_FILTERED, .reason = REASON_LOCAL, .err = 1};

	host_decide(m.h, 0, &silence, NSEC_PER_SEC);
	host_decide(m.h, 1, &ours, NSEC_PER_SEC);
	ck_assert_uint_eq(m.h->cells[0].rtt_us, 0);
	ck_assert_uint_eq(m.h->cells[1].rtt_us, 0);
	ck_assert_uint_eq(m.h->cells[1].err, 1);
	ck_assert_uint_eq(m.h->icmp_answers, 0);
	unmake(m);
}
END_TEST

START_TEST(witnesses_are_remembered_once)
{
	struct made m = make("1-100");
	struct answer a = open_answer;

	a.from = target;
	for (uint32_t i = 0; i < 98; i++) {
		a.from.port = (uint16_t)(i + 1);
		host_decide(m.h, i, &a, 0);
	}
	host_decide(m.h, 98, &icmp_answer, 0);
	host_decide(m.h, 99, &open_answer, 0);
	ck_assert_uint_eq(m.h->witness_count, 3);
	ck_assert(addr_same(host_witness(m.h, &m.h->cells[0]), &target));
	ck_assert_uint_eq(host_witness(m.h, &m.h->cells[97])->port, 0);
	ck_assert(addr_same(host_witness(m.h, &m.h->cells[98]), &hop));
	ck_assert_ptr_null(host_witness(m.h, &m.h->cells[99]));
	unmake(m);
}
END_TEST

START_TEST(loss_is_the_share_of_probes_that_no_answer_came_to)
{
	struct host h = {0};

	ck_assert(host_loss(&h) == 0);
	h.lost = 10;
	ck_assert(host_loss(&h) == 0);
	h.answered = 30;
	ck_assert_double_eq_tol(host_loss(&h), 0.25, 1e-9);
}
END_TEST

START_TEST(passes_agree_after_two_without_loss)
{
	struct host h = {.answered = 65535, .round = 2};

	ck_assert(host_passes_agree(&h));
}
END_TEST

START_TEST(passes_agree_after_twelve_with_a_fifth_lost)
{
	struct host h = {.answered = 65535, .lost = 16384};

	while (h.round < 100 && !host_passes_agree(&h))
		h.round++;
	ck_assert_uint_eq(h.round, 12);
}
END_TEST

START_TEST(passes_agree_sooner_where_fewer_answered)
{
	struct host h = {.answered = 4, .lost = 1};

	while (h.round < 100 && !host_passes_agree(&h))
		h.round++;
	ck_assert_uint_eq(h.round, 6);
}
END_TEST

START_TEST(passes_never_agree_while_answers_come)
{
	struct host h = {.answered = 100, .found = 1, .round = 1000};

	ck_assert(!host_passes_agree(&h));
	h.found = 0;
	ck_assert(host_passes_agree(&h));
}
END_TEST

START_TEST(advance_is_done_when_all_is_decided)
{
	struct made m = make("22,80");

	for (uint32_t i = 0; i < 2; i++)
		host_decide(m.h, i, &open_answer, 0);
	ck_assert_int_eq(host_advance(m.h, &usual, 0), HOST_DONE);
	ck_assert(!m.h->unsettled);
	ck_assert_uint_eq(m.h->queue.count, 0);
	unmake(m);
}
END_TEST

START_TEST(advance_is_done_after_two_silent_passes)
{
	struct made m = make("22,80");

	host_decide(m.h, 0, &open_answer, 0);
	m.h->answered = 1;
	ck_assert_int_eq(host_advance(m.h, &usual, 0), HOST_DONE);
	ck_assert_uint_eq(m.h->round, 2);
	ck_assert(!m.h->unsettled);
	unmake(m);
}
END_TEST

START_TEST(advance_asks_the_silent_again_after_an_answer)
{
	struct made m = make("1-10");
	uint32_t cell;

	host_decide(m.h, 3, &open_answer, 0);
	m.h->answered = m.h->found = m.h->lost = 1;
	ck_assert_int_eq(host_advance(m.h, &usual, 0), HOST_ROUNDS);
	ck_assert_uint_eq(m.h->round, 3);
	ck_assert_uint_eq(m.h->found, 0);
	ck_assert_uint_eq(m.h->queue.count, 9);
	while (host_pop(m.h, &cell))
		ck_assert_uint_ne(cell, 3);
	unmake(m);
}
END_TEST

START_TEST(advance_is_unsettled_when_the_attempts_run_out)
{
	struct made m = make("1-10");
	unsigned passes = 2;

	m.h->answered = 100;
	m.h->lost = 900;
	while (host_advance(m.h, &usual, 0) == HOST_ROUNDS) {
		ck_assert_uint_eq(drain(m.h), 10);
		passes++;
	}
	ck_assert_uint_eq(passes, usual.attempts);
	ck_assert_int_eq(m.h->phase, HOST_DONE);
	ck_assert(m.h->unsettled);
	unmake(m);
}
END_TEST

START_TEST(advance_takes_one_attempt_for_what_was_wanted)
{
	struct made m = make("1-10");
	const struct host_policy once = {.attempts = 1};

	m.h->answered = m.h->lost = 1;
	ck_assert_int_eq(host_advance(m.h, &once, 0), HOST_DONE);
	ck_assert_uint_eq(m.h->queue.count, 0);
	ck_assert(!m.h->unsettled);
	unmake(m);
}
END_TEST

START_TEST(advance_goes_slow_only_with_icmp_answers_and_time_for_it)
{
	struct made without = make("1-10"), none = make("1-10"), with = make("1-10");

	ck_assert_int_eq(host_advance(without.h, &usual, 5), HOST_DONE);
	host_decide(none.h, 0, &icmp_answer, 0);
	ck_assert_int_eq(host_advance(none.h, &impatient, 5), HOST_DONE);
	host_decide(with.h, 0, &icmp_answer, 0);
	ck_assert_int_eq(host_advance(with.h, &usual, 5), HOST_SLOW);
	ck_assert_uint_eq(with.h->queue.count, 9);
	ck_assert_int_eq(with.h->slow_since, 5);
	ck_assert_int_eq(with.h->slow_due, 5);
	drain(with.h);
	ck_assert_int_eq(host_advance(with.h, &usual, 6), HOST_DONE);
	unmake(without);
	unmake(none);
	unmake(with);
}
END_TEST

START_TEST(advance_is_done_where_the_neighbour_is_dead)
{
	struct made m = make("1-10");

	host_decide(m.h, 0, &icmp_answer, 0);
	m.h->found = m.h->answered = 5;
	m.h->neighbour_dead = true;
	ck_assert_int_eq(host_advance(m.h, &usual, 0), HOST_DONE);
	ck_assert_uint_eq(m.h->queue.count, 0);
	unmake(m);
}
END_TEST

static struct made slow(nsec_t now)
{
	struct made m = make("1-10");

	host_decide(m.h, 0, &icmp_answer, 0);
	ck_assert_int_eq(host_advance(m.h, &usual, now), HOST_SLOW);
	return m;
}

START_TEST(slow_pace_quickens_with_answers_down_to_a_bound)
{
	struct made m = slow(0);
	nsec_t first = m.h->slow_interval, now = 0;

	host_slow_result(m.h, true, now);
	ck_assert_int_lt(m.h->slow_interval, first);
	ck_assert_int_eq(m.h->slow_due, now + m.h->slow_interval);
	for (unsigned i = 0; i < 100; i++)
		host_slow_result(m.h, true, ++now);
	ck_assert_int_eq(m.h->slow_interval, 20 * NSEC_PER_MSEC);
	ck_assert_int_eq(m.h->slow_answer, now);
	unmake(m);
}
END_TEST

START_TEST(slow_pace_slackens_with_silence_up_to_a_bound)
{
	struct made m = slow(0);
	nsec_t first = m.h->slow_interval;

	host_slow_result(m.h, false, 1);
	ck_assert_int_gt(m.h->slow_interval, first);
	for (unsigned i = 0; i < 100; i++)
		host_slow_result(m.h, false, 2);
	ck_assert_int_eq(m.h->slow_interval, 500 * NSEC_PER_MSEC);
	ck_assert_int_eq(m.h->slow_due, 2 + 500 * NSEC_PER_MSEC);
	ck_assert_int_eq(m.h->slow_answer, 0);
	unmake(m);
}
END_TEST

START_TEST(slow_is_over_after_silence_or_the_budget)
{
	struct made m = slow(0);

	/* a dozen questions, or as many as there are ports, have to be in vain, for two seconds */
	for (uint32_t i = 0; i < 12 && i < m.h->count; i++) {
		ck_assert(!host_slow_over(m.h, &usual, 3 * NSEC_PER_SEC) || i + 1 >= m.h->count);
		host_slow_result(m.h, false, 1);
	}
	ck_assert(!host_slow_over(m.h, &usual, 2 * NSEC_PER_SEC));
	ck_assert(host_slow_over(m.h, &usual, 3 * NSEC_PER_SEC));
	host_slow_result(m.h, true, 3 * NSEC_PER_SEC);
	ck_assert(!host_slow_over(m.h, &usual, 3 * NSEC_PER_SEC));
	host_slow_result(m.h, true, 10 * NSEC_PER_SEC);
	ck_assert(!host_slow_over(m.h, &usual, 10 * NSEC_PER_SEC));
	ck_assert(host_slow_over(m.h, &usual, 10 * NSEC_PER_SEC + 1));
	unmake(m);
}
END_TEST

/* neighbouring ports stand under one firewall rule: in their order, a run of dropped ones comes
 * first */
START_TEST(slow_asks_in_mixed_order)
{
	struct ports *ports;
	struct answer icmp = {
		.state = PORT_FILTERED, .reason = REASON_ICMP, .icmp_type = 3, .icmp_code = 3};
	struct addr at;
	struct host *h;
	uint32_t cell, last = 0, ascents = 0;

	ck_assert_int_eq(addr_parse("192.0.2.1", 9, &at), 0);
	ck_assert_int_eq(ports_parse("1-200", IPPROTO_TCP, &ports, NULL), 0);
	h = host_new("host", &at, ports);
	host_decide(h, 0, &icmp, 1000);
	ck_assert_int_eq(host_advance(h, &usual, 1), HOST_SLOW);
	ck_assert_uint_eq(h->queue.count, 199);
	while (host_pop(h, &cell)) {
		ascents += cell > last;
		last = cell;
	}
	ck_assert_uint_lt(ascents, 150);
	host_free(h);
	ports_free(ports);
}
END_TEST

UNIT_MAIN("probe/host", host_keeps_what_was_known_of_a_port, host_takes_ports_of_its_own,
	host_keeps_replies_up_to_a_number, slow_asks_in_mixed_order,
	host_keeps_how_unknown_words_begin, host_asks_the_shared_ports_or_its_own_one,
	queue_keeps_its_order_over_the_wrap_around_and_growth, queue_that_never_fills_does_not_grow,
	decide_writes_the_answer_into_the_cell, decide_prefers_the_kernels_round_trip,
	decide_gives_silence_no_round_trip, witnesses_are_remembered_once,
	loss_is_the_share_of_probes_that_no_answer_came_to, passes_agree_after_two_without_loss,
	passes_agree_after_twelve_with_a_fifth_lost, passes_agree_sooner_where_fewer_answered,
	passes_never_agree_while_answers_come, advance_is_done_when_all_is_decided,
	advance_is_done_after_two_silent_passes, advance_asks_the_silent_again_after_an_answer,
	advance_is_unsettled_when_the_attempts_run_out,
	advance_takes_one_attempt_for_what_was_wanted,
	advance_goes_slow_only_with_icmp_answers_and_time_for_it,
	advance_is_done_where_the_neighbour_is_dead,
	slow_pace_quickens_with_answers_down_to_a_bound,
	slow_pace_slackens_with_silence_up_to_a_bound, slow_is_over_after_silence_or_the_budget)
