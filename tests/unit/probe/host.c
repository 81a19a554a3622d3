/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/host.h"

#include "../unit.h"

#include <netinet/in.h>

static const struct host_policy policy = {.attempts = 30, .icmp_wait = 10 * NSEC_PER_SEC};

static struct host *host_of(uint16_t port)
{
	struct addr a;

	ck_assert_int_eq(addr_parse("192.0.2.1", 9, &a), 0);
	a.port = port;
	return host_new("name", &a, NULL);
}

static struct host *host_with(const char *ports)
{
	struct ports *p;
	struct addr a;
	struct host *h;

	ck_assert_int_eq(addr_parse("192.0.2.1", 9, &a), 0);
	ck_assert_int_eq(ports_parse(ports, IPPROTO_TCP, &p, NULL), 0);
	h = host_new("name", &a, p);
	h->own_ports = p;
	return h;
}

START_TEST(host_asked_for_one_port_has_that_alone)
{
	struct host *h = host_of(8080);

	ck_assert_uint_eq(h->count, 1);
	ck_assert_uint_eq(host_port(h, 0), 8080);
	ck_assert_uint_eq(h->addr.port, 0);
	host_free(h);
}
END_TEST

START_TEST(host_queue_keeps_its_order_while_it_grows_and_wraps)
{
	struct host *h = host_with("1-2000");
	uint32_t pushed = 0, popped = 0, cell;

	while (pushed < 2000) {
		for (int i = 0; i < 3 && pushed < 2000; i++)
			host_push(h, pushed++);
		ck_assert_uint_eq(host_peek(h), popped);
		ck_assert(host_pop(h, &cell));
		ck_assert_uint_eq(cell, popped++);
	}
	while (host_pop(h, &cell))
		ck_assert_uint_eq(cell, popped++);
	ck_assert_uint_eq(popped, 2000);
	host_free(h);
}
END_TEST

static struct answer icmp_from(const char *from)
{
	struct answer a = {
		.state = PORT_FILTERED, .reason = REASON_ICMP, .icmp_type = 3, .icmp_code = 13};

	ck_assert_int_eq(addr_parse(from, strlen(from), &a.from), 0);
	return a;
}

START_TEST(host_remembers_each_witness_once)
{
	struct host *h = host_with("1-10");
	struct answer a = icmp_from("192.0.2.254"), b = icmp_from("198.51.100.1");
	char text[ADDR_TEXT_MAX];

	host_decide(h, 0, &a, 5 * NSEC_PER_MSEC);
	host_decide(h, 1, &b, 5 * NSEC_PER_MSEC);
	host_decide(h, 2, &a, 5 * NSEC_PER_MSEC);
	ck_assert_uint_eq(h->witness_count, 3);
	ck_assert_uint_eq(h->cells[0].from, h->cells[2].from);
	ck_assert_str_eq(addr_text(host_witness(h, &h->cells[1]), text), "198.51.100.1");
	ck_assert_uint_eq(h->cells[0].rtt_us, 5000);
	ck_assert_uint_eq(h->icmp_answers, 3);
	ck_assert_uint_eq(h->decided, 3);
	host_free(h);
}
END_TEST

START_TEST(host_silence_has_no_witness_and_no_round_trip)
{
	struct host *h = host_of(1);
	struct answer a = {.state = PORT_FILTERED, .reason = REASON_TIMEOUT};

	host_decide(h, 0, &a, NSEC_PER_SEC);
	ck_assert_ptr_null(host_witness(h, &h->cells[0]));
	ck_assert_uint_eq(h->cells[0].rtt_us, 0);
	host_free(h);
}
END_TEST

/* 65,535 answers and no probe lost: the two passes that every silent port gets are enough */
START_TEST(host_passes_agree_after_two_when_nothing_was_lost)
{
	struct host *h = host_of(1);

	h->answered = 65535;
	h->round = 2;
	ck_assert(host_passes_agree(h));
	h->found = 1;
	ck_assert(!host_passes_agree(h));
	host_free(h);
}
END_TEST

/* one probe in five lost: 65,535 * 0.2^n < 0.001 from n = 12 on */
START_TEST(host_passes_agree_late_when_one_probe_in_five_is_lost)
{
	struct host *h = host_of(1);

	h->answered = 65535;
	h->lost = 65535 / 4;
	h->round = 11;
	ck_assert(!host_passes_agree(h));
	h->round = 12;
	ck_assert(host_passes_agree(h));
	host_free(h);
}
END_TEST

START_TEST(host_is_done_when_all_is_decided)
{
	struct host *h = host_of(1);
	struct answer a = {.state = PORT_CLOSED, .reason = REASON_RST};

	host_decide(h, 0, &a, 1000);
	ck_assert_int_eq(host_advance(h, &policy, 1), HOST_DONE);
	ck_assert(!h->unsettled);
	host_free(h);
}
END_TEST

START_TEST(host_that_is_all_silent_is_done_after_two_passes)
{
	struct host *h = host_with("1-10");

	ck_assert_int_eq(host_advance(h, &policy, 1), HOST_DONE);
	ck_assert(!h->unsettled);
	host_free(h);
}
END_TEST

START_TEST(host_asks_silent_ports_again_until_attempts_run_out)
{
	struct host *h = host_with("1-10");
	uint32_t cell;
	unsigned rounds = 0;

	h->answered = 1000;
	h->lost = 1000;
	do {
		h->found = 1;
		while (host_pop(h, &cell))
			continue;
		rounds++;
	} while (host_advance(h, &policy, 1) == HOST_ROUNDS && h->queue.count == 10);
	ck_assert_uint_eq(rounds, 29);
	ck_assert(h->unsettled);
	host_free(h);
}
END_TEST

START_TEST(host_with_icmp_answers_is_asked_slowly)
{
	struct host *h = host_with("1-10");
	struct answer a = icmp_from("192.0.2.254");

	host_decide(h, 3, &a, 1000);
	ck_assert_int_eq(host_advance(h, &policy, NSEC_PER_SEC), HOST_SLOW);
	ck_assert_uint_eq(h->queue.count, 9);
	host_free(h);
}
END_TEST

START_TEST(host_is_not_asked_slowly_without_patience)
{
	struct host *h = host_with("1-10");
	struct host_policy hasty = {.attempts = 30};
	struct answer a = icmp_from("192.0.2.254");

	host_decide(h, 3, &a, 1000);
	ck_assert_int_eq(host_advance(h, &hasty, NSEC_PER_SEC), HOST_DONE);
	host_free(h);
}
END_TEST

START_TEST(host_without_a_neighbour_is_done)
{
	struct host *h = host_with("1-10");

	h->neighbour_dead = true;
	ck_assert_int_eq(host_advance(h, &policy, 1), HOST_DONE);
	host_free(h);
}
END_TEST

START_TEST(host_slow_pace_follows_the_answers)
{
	struct host *h = host_with("1-10");
	struct answer a = icmp_from("192.0.2.254");
	nsec_t first;

	host_decide(h, 3, &a, 1000);
	host_advance(h, &policy, NSEC_PER_SEC);
	first = h->slow_interval;
	host_slow_result(h, false, NSEC_PER_SEC);
	ck_assert_int_gt(h->slow_interval, first);
	for (int i = 0; i < 20; i++)
		host_slow_result(h, false, NSEC_PER_SEC);
	ck_assert_int_le(h->slow_interval, 500 * NSEC_PER_MSEC);
	for (int i = 0; i < 40; i++)
		host_slow_result(h, true, NSEC_PER_SEC);
	ck_assert_int_lt(h->slow_interval, first);
	ck_assert_int_eq(h->slow_due, NSEC_PER_SEC + h->slow_interval);
	host_free(h);
}
END_TEST

/* Linux lets one ICMP error a second through: more than two seconds without any mean that none
 * comes */
START_TEST(host_slow_ends_by_silence_and_by_its_budget)
{
	struct host *h = host_with("1-10");
	struct answer a = icmp_from("192.0.2.254");
	nsec_t start = NSEC_PER_SEC;

	host_decide(h, 3, &a, 1000);
	host_advance(h, &policy, start);
	ck_assert(!host_slow_over(h, &policy, start + 2 * NSEC_PER_SEC));
	ck_assert(host_slow_over(h, &policy, start + 3 * NSEC_PER_SEC));
	host_slow_result(h, true, start + 9 * NSEC_PER_SEC);
	ck_assert(!host_slow_over(h, &policy, start + 10 * NSEC_PER_SEC));
	ck_assert(host_slow_over(h, &policy, start + 10 * NSEC_PER_SEC + 1));
	host_free(h);
}
END_TEST

UNIT_MAIN("probe/host", host_asked_for_one_port_has_that_alone,
	host_queue_keeps_its_order_while_it_grows_and_wraps, host_remembers_each_witness_once,
	host_silence_has_no_witness_and_no_round_trip,
	host_passes_agree_after_two_when_nothing_was_lost,
	host_passes_agree_late_when_one_probe_in_five_is_lost, host_is_done_when_all_is_decided,
	host_that_is_all_silent_is_done_after_two_passes,
	host_asks_silent_ports_again_until_attempts_run_out, host_with_icmp_answers_is_asked_slowly,
	host_is_not_asked_slowly_without_patience, host_without_a_neighbour_is_done,
	host_slow_pace_follows_the_answers, host_slow_ends_by_silence_and_by_its_budget)
