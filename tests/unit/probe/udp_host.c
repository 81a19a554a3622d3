/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/udp_host.h"

#include "../unit.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"
#include "netprobe/query/query.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define MSEC NSEC_PER_MSEC
#define SEC  NSEC_PER_SEC

/* Port 5353 answers the second of two questions, 69 from another port. */
static const struct query first_query = {.protocol = "first"};
static const struct query tftp_query = {.protocol = "tftp", .other_port = true};

size_t query_list(uint16_t port, const struct query *out[static QUERIES_PER_PORT])
{
	if (port == 5353) {
		out[0] = out[1] = &first_query;
		return 2;
	}
	out[0] = &tftp_query;
	return port == 69;
}

const struct query *query_read(const struct query *asked, const struct query_token *token,
	const uint8_t *bytes, size_t len, struct facts *out)
{
	(void)asked;
	(void)token;
	(void)bytes;
	(void)len;
	(void)out;
	return NULL;
}

/* --- a host that is made up --------------------------------------------------------------------
 */

enum { EVENTS_MAX = 70000 };

struct event {
	nsec_t when;
	uint16_t port;
	bool reply;
};

struct bucket {
	double tokens, burst, per_second;
	nsec_t at, grain; /* refilled in steps of that; 0: evenly */
	bool windows;     /* BSD: so many in each second, none kept */
	nsec_t rival;     /* how often another scan asks; 0: there is none */
	nsec_t rival_at;
};

struct world {
	struct bucket bucket[2];      /* one for us, one for all; burst 0: none */
	bool no_errors, dead, no_way; /* the last: errors say that there is none */
	nsec_t rtt, controls_later;
	unsigned loss; /* percent, each way */
	uint8_t kinds[65536];
	uint64_t random;
	struct event events[EVENTS_MAX];
	uint32_t first, last;
	uint32_t sent, controls;
	nsec_t now, first_limited, eta_early;
	unsigned wrong;

	struct ports *ports;
	struct udp_ports *index;
	struct udp_policy policy;
	struct host *host;
	struct udp_host *u;
};

enum kind { CLOSED, OPEN, SILENT, SECOND }; /* SECOND: open, and answers its second question */

static bool bucket_gives(struct bucket *b, nsec_t now);

/* What another scan of the same address takes meanwhile. */
static void rival_takes(struct bucket *b, nsec_t now)
{
	nsec_t every = b->rival;

	b->rival = 0;
	for (nsec_t next = 0; every; b->rival_at = next) {
		next = b->rival_at + every / 2 +
		       (nsec_t)(rng_mix((uint64_t)b->rival_at) % (uint64_t)every);
		if (next > now)
			break;
		if (bucket_gives(b, next))
			b->tokens--;
	}
	b->rival = every;
}

static bool bucket_gives(struct bucket *b, nsec_t now)
{
	nsec_t span;

	if (b->burst == 0)
		return true;
	rival_takes(b, now);
	span = now - b->at;
	if (b->windows) {
		if (span >= SEC) {
			b->at += span / SEC * SEC;
			b->tokens = b->burst;
		}
	} else if (span >= b->grain) {
		b->tokens += (double)span / SEC * b->per_second;
		if (b->tokens > b->burst)
			b->tokens = b->burst;
		b->at = now;
	}
	return b->tokens >= 1;
}

static bool is_lost(struct world *w)
{
	w->random = rng_mix(w->random + 1);
	return w->random % 100 < w->loss;
}

static void arrive(struct world *w, const struct udp_ask *ask, bool reply)
{
	nsec_t when = w->now + w->rtt + (ask->cell == UDP_CONTROL ? w->controls_later : 0);
	uint32_t at = w->last++;

	ck_assert_uint_lt(at, EVENTS_MAX);
	for (; at > w->first && w->events[at - 1].when > when; at--)
		w->events[at] = w->events[at - 1];
	w->events[at] = (struct event){when, ask->port, reply};
}

static void ask_world(struct world *w, const struct udp_ask *ask)
{
	enum kind kind = w->kinds[ask->port];
	bool gives;

	w->sent++;
	w->controls += ask->cell == UDP_CONTROL;
	if (w->dead || is_lost(w))
		return;
	if (kind == OPEN || (kind == SECOND && ask->question == 1)) {
		if (!is_lost(w))
			arrive(w, ask, true);
		return;
	}
	if (kind != CLOSED || w->no_errors)
		return;
	gives = bucket_gives(&w->bucket[0], w->now) && bucket_gives(&w->bucket[1], w->now);
	if (!gives)
		return;
	w->bucket[0].tokens--;
	w->bucket[1].tokens--;
	if (!is_lost(w))
		arrive(w, ask, false);
}

static void take_event(struct world *w, const struct event *e)
{
	const struct udp_port *port = udp_ports_find(w->index, e->port);
	struct answer a = {.state = e->reply ? PORT_OPEN : PORT_CLOSED,
		.reason = e->reply ? REASON_REPLY : REASON_ICMP,
		.rtt = w->rtt};

	if (!e->reply && w->no_way) {
		a.state = PORT_UNREACHABLE;
		udp_host_no_way(w->u, e->port, w->now);
	} else if (!e->reply)
		udp_host_error(w->u, e->port, w->now);
	else if (!port && udp_batch_control_replied(w->u, e->port))
		return;
	if (!port || w->host->cells[port->cell].state != PORT_PENDING)
		return;
	host_decide(w->host, port->cell, &a, 0);
	rtt_sample(&w->host->rtt, a.rtt);
	udp_host_decided(w->u, port->cell);
}

static nsec_t next_time(const struct world *w)
{
	nsec_t when = w->u->due;

	if (w->first < w->last && w->events[w->first].when < when)
		when = w->events[w->first].when;
	return when;
}

/* Only what may be one is asked as a control. */
static void check_control(const struct world *w, const struct udp_ask *ask)
{
	const struct ports *from = w->policy.controls;
	const struct udp_port *known = udp_ports_find(w->index, ask->port);

	if (ask->cell != UDP_CONTROL || !from)
		return;
	ck_assert_uint_ne(ask->port, 0);
	if (ports_count(from))
		ck_assert(ports_has(from, ask->port));
	else
		ck_assert(known && w->host->cells[known->cell].state == PORT_CLOSED);
}

static void step(struct world *w)
{
	struct udp_ask asks[UDP_BATCH];
	unsigned batch;
	size_t count;

	while (w->first < w->last && w->events[w->first].when <= w->now)
		take_event(w, &w->events[w->first++]);
	count = udp_host_next(w->u, w->now, asks, UDP_BATCH, &batch);
	for (size_t i = 0; i < count; i++) {
		check_control(w, &asks[i]);
		ask_world(w, &asks[i]);
	}
	if (!w->first_limited && w->u->budget.kind == BUDGET_LIMITED) {
		w->first_limited = w->now;
		w->eta_early = udp_host_left(w->u, w->now, MSEC / 5);
	}
	if (count == 0 && w->u->phase != UDP_DONE) {
		ck_assert_int_ne(next_time(w), NSEC_NEVER);
		ck_assert_int_gt(next_time(w), w->now);
		w->now = next_time(w);
	}
}

static void run(struct world *w)
{
	uint32_t steps = 0;

	while (w->u->phase != UDP_DONE && steps++ < 1000000)
		step(w);
	ck_assert_int_eq(w->u->phase, UDP_DONE);
	w->now -= SEC;
}

static struct world *world_new(const char *ports)
{
	static const struct addr at = {.family = 4, .ip = {10, 0, 0, 1}};
	struct world *w = calloc(1, sizeof *w);

	ck_assert_int_eq(ports_parse(ports, IPPROTO_UDP, &w->ports, NULL), 0);
	w->index = udp_ports_new(w->ports, false);
	w->policy = (struct udp_policy){.icmp_wait = 600 * SEC, .retries = 1};
	w->host = host_new("target", &at, w->ports);
	w->rtt = MSEC / 10;
	w->now = SEC;
	w->u = udp_host_new(w->host, w->index, &w->policy, 1, w->now);
	return w;
}

static void world_free(struct world *w)
{
	udp_host_free(w->u);
	host_free(w->host);
	udp_ports_free(w->index);
	ports_free(w->ports);
	free(w);
}

static void limit(struct bucket *b, double burst, double per_second, nsec_t grain)
{
	*b = (struct bucket){.tokens = burst,
		.burst = burst,
		.per_second = per_second,
		.grain = grain,
		.at = SEC};
}

struct sums {
	unsigned closed, open, silent[SILENCE_NO_WAY + 1]; /* by proof */
	unsigned least_confidence, most_confidence;
	unsigned wrong;
};

static struct sums sum_up(const struct world *w)
{
	struct sums s = {.least_confidence = 100};

	for (uint32_t i = 0; i < w->host->count; i++) {
		enum kind kind = w->kinds[host_port(w->host, i)];
		enum port_state state = w->host->cells[i].state;
		enum silence_proof proof;
		struct answer a;
		uint8_t confidence;

		s.closed += state == PORT_CLOSED;
		s.open += state == PORT_OPEN;
		s.wrong += state == PORT_CLOSED && kind != CLOSED;
		s.wrong += state == PORT_OPEN && kind != OPEN && kind != SECOND;
		if (state != PORT_PENDING)
			continue;
		udp_host_verdict(w->u, i, &a, &confidence, &proof);
		ck_assert_int_eq(a.state, PORT_OPEN_FILTERED);
		s.silent[proof]++;
		s.wrong +=
			proof == SILENCE_BESIDE && w->u->cells[i].evidence == 2 && kind != SILENT;
		if (confidence < s.least_confidence)
			s.least_confidence = confidence;
		if (confidence > s.most_confidence)
			s.most_confidence = confidence;
	}
	return s;
}

static void mark(struct world *w, enum kind kind, const uint16_t ports[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		w->kinds[ports[i]] = (uint8_t)kind;
}

static const uint16_t services[] = {53, 67, 123, 161, 500, 514, 700};

/* --- what is to come of it ---------------------------------------------------------------------
 */

START_TEST(udp_host_proves_a_thousand_ports_at_the_pace_of_the_global_limit)
{
	struct world *w = world_new("1-1000");
	struct sums s;

	limit(&w->bucket[1], 50, 1000, 20 * MSEC);
	mark(w, OPEN, services, 7);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.closed, 993);
	ck_assert_uint_eq(s.open, 7);
	ck_assert_int_lt(w->now, 1300 * (993 - 50) * MSEC / 1000);
	world_free(w);
}
END_TEST

START_TEST(udp_host_proves_what_linux_lets_it)
{
	struct world *w = world_new("top:50");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	mark(w, OPEN, services, 3);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.closed, 47);
	ck_assert_uint_eq(s.open, 3);
	ck_assert_int_lt(w->now, 47 * SEC);
	ck_assert_uint_lt(w->sent, 1000);
	ck_assert_int_lt(w->first_limited, SEC + SEC / 2);
	ck_assert_int_gt(w->eta_early, 30 * SEC);
	ck_assert_int_lt(w->eta_early, 60 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_reckons_with_the_sweep_before_the_wait)
{
	struct world *w = world_new("1-1000");

	w->policy.icmp_wait = 8 * SEC;
	limit(&w->bucket[0], 6, 1, 0);
	while (w->u->budget.kind != BUDGET_LIMITED)
		step(w);
	ck_assert_uint_eq(w->u->sweep_passes, 0);
	ck_assert_uint_gt(udp_host_unswept(w->u), 500);
	/* at ten ports a second the sweep alone takes a minute and more */
	ck_assert_int_eq(udp_host_left(w->u, w->now, SEC / 10),
		(nsec_t)udp_host_unswept(w->u) * SEC / 10 + 8 * SEC);
	while (w->u->sweep_passes == 0)
		step(w);
	ck_assert_int_le(udp_host_left(w->u, w->now, SEC / 10), 8 * SEC);
	ck_assert_int_ge(udp_host_left(w->u, w->now, SEC / 10), 7 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_gives_evidence_of_silent_ports_under_the_linux_limit)
{
	struct world *w = world_new("top:50");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	mark(w, OPEN, services, 3);
	mark(w, SILENT, (uint16_t[]){514, 1812, 162, 88}, 4);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 43);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 4);
	ck_assert_uint_ge(s.least_confidence, 85);
	ck_assert_int_lt(w->now, 55 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_finds_the_few_closed_ports_among_silent_ones)
{
	struct world *w = world_new("1-300");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	memset(w->kinds + 1, SILENT, 300);
	for (unsigned i = 10; i <= 300; i += 30)
		w->kinds[i] = CLOSED;
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 10);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 290);
	ck_assert_int_lt(w->now, 120 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_leaves_the_rest_when_the_wait_is_over)
{
	struct world *w = world_new("top:100");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	w->policy.icmp_wait = 10 * SEC;
	run(w);
	s = sum_up(w);
	ck_assert_uint_ge(s.closed, 13);
	ck_assert_uint_eq(s.closed + s.silent[SILENCE_NOT_PROVED], 100);
	ck_assert_uint_lt(s.most_confidence, 10);
	ck_assert_int_lt(w->now, 14 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_asks_the_likeliest_ports_first)
{
	struct world *w = world_new("1-1000");
	uint32_t closed = 0;

	limit(&w->bucket[0], 6, 1, 0);
	w->policy.icmp_wait = 10 * SEC;
	run(w);
	for (uint32_t i = 0; i < 20; i++)
		closed += w->host->cells[w->index->order[i]].state == PORT_CLOSED;
	ck_assert_uint_ge(closed, 12);
	world_free(w);
}
END_TEST

START_TEST(udp_host_keeps_the_pace_of_ipv6)
{
	struct world *w = world_new("top:100");
	struct sums s;

	limit(&w->bucket[0], 6, 40, 0);
	w->rtt = 30 * MSEC;
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.closed, 100);
	ck_assert_int_lt(w->now, 4 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_keeps_the_pace_of_bsd)
{
	struct world *w = world_new("1-1000");
	struct sums s;

	limit(&w->bucket[0], 200, 0, 0);
	w->bucket[0].windows = true;
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.closed, 1000);
	ck_assert_int_lt(w->now, 7 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_needs_no_pace_where_there_is_no_limit)
{
	struct world *w = world_new("1-1000");
	struct sums s;

	mark(w, SILENT, services, 7);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 993);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 7);
	ck_assert_uint_eq(s.least_confidence, 99);
	ck_assert_int_eq(w->u->budget.kind, BUDGET_PLENTY);
	ck_assert_int_lt(w->now, 4 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_stands_loss)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct world *w = world_new("1-1000");
		struct sums s;

		limit(&w->bucket[1], 50, 1000, 20 * MSEC);
		w->loss = 5;
		w->random = i;
		w->rtt = 20 * MSEC;
		mark(w, SILENT, services, 3);
		mark(w, OPEN, services + 3, 4);
		run(w);
		s = sum_up(w);
		ck_assert_uint_ge(s.closed, 990);
		ck_assert_uint_ge(s.open, 3);
		ck_assert_int_lt(w->now, 6 * SEC);
		wrong += s.wrong;
		world_free(w);
	}
	/* 1 in 100 of those that were silent twice */
	ck_assert_uint_le(wrong, 20);
}
END_TEST

START_TEST(udp_host_stands_loss_under_the_linux_limit)
{
	struct world *w = world_new("top:50");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	w->loss = 5;
	mark(w, SILENT, services, 3);
	run(w);
	s = sum_up(w);
	ck_assert_uint_ge(s.closed, 46);
	ck_assert_int_lt(w->now, 75 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_gives_a_silent_address_up)
{
	struct world *w = world_new("top:100");
	struct sums s;

	w->dead = true;
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.silent[SILENCE_NO_ERRORS], 100);
	ck_assert_uint_eq(s.most_confidence, 50);
	ck_assert_int_lt(w->now, 7 * SEC);
	ck_assert_uint_ge(w->sent, 200);
	ck_assert_uint_lt(w->sent, 260);
	ck_assert_int_eq(w->u->budget.kind, BUDGET_NONE);
	world_free(w);
}
END_TEST

/* A router said of the first ports that there is no way to the address. */
static struct sums no_way_of(uint32_t count, bool heard)
{
	const struct answer lost = {.state = PORT_UNREACHABLE, .reason = REASON_ICMP};
	const struct answer reply = {.state = PORT_OPEN, .reason = REASON_REPLY};
	struct world *w = world_new("1-100");
	struct sums s;

	w->dead = true;
	for (uint32_t i = 0; i < count; i++) {
		host_decide(w->host, i, &lost, 0);
		udp_host_decided(w->u, i);
	}
	w->host->no_way = count;
	if (heard) {
		host_decide(w->host, count, &reply, 0);
		udp_host_decided(w->u, count);
	}
	run(w);
	s = sum_up(w);
	world_free(w);
	return s;
}

START_TEST(udp_host_suspects_that_the_rest_is_unreachable_too)
{
	struct sums s = no_way_of(3, false);

	ck_assert_uint_eq(s.silent[SILENCE_NO_WAY], 97);
	ck_assert_uint_eq(s.most_confidence, 20);
	s = no_way_of(1, false);
	ck_assert_uint_eq(s.silent[SILENCE_NO_WAY], 99);
	ck_assert_uint_eq(s.most_confidence, 33);
}
END_TEST

START_TEST(udp_host_suspects_nothing_of_an_address_that_spoke)
{
	struct sums s = no_way_of(3, true);

	ck_assert_uint_eq(s.silent[SILENCE_NO_ERRORS], 96);
	ck_assert_uint_eq(s.least_confidence, 50);
}
END_TEST

/* All but three ports are rejected as if there were no way. */
static unsigned count_differences(struct world *w, unsigned *wrong)
{
	static const uint16_t let_through[] = {7, 50, 93};
	unsigned found = 0;

	w->no_way = true;
	mark(w, SILENT, let_through, ARRAY_SIZE(let_through));
	run(w);
	*wrong = 0;
	for (uint32_t i = 0; i < w->host->count; i++) {
		bool silent = w->kinds[host_port(w->host, i)] == SILENT;

		found += udp_host_differs(w->u, i);
		*wrong += udp_host_differs(w->u, i) && !silent;
		*wrong += silent && w->host->cells[i].state != PORT_PENDING;
	}
	return found;
}

START_TEST(udp_host_tells_what_is_let_through_from_what_there_is_no_way_to)
{
	struct world *w = world_new("1-100");
	unsigned wrong;

	ck_assert_uint_eq(count_differences(w, &wrong), 3);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(sum_up(w).silent[SILENCE_BESIDE], 3);
	ck_assert_uint_ge(sum_up(w).least_confidence, 90);
	ck_assert_int_lt(w->now, 8 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_takes_a_withheld_word_for_no_difference)
{
	struct world *w = world_new("1-100");
	unsigned wrong;

	limit(&w->bucket[0], 6, 1, SEC);
	ck_assert_uint_eq(count_differences(w, &wrong), 0);
	ck_assert_int_lt(w->now, 12 * SEC);
	world_free(w);
}
END_TEST

/* A router keeps the last few datagrams while it looks for the address, and speaks of these. */
START_TEST(udp_host_takes_a_late_word_for_no_difference)
{
	struct world *w = world_new("1-100");
	unsigned wrong;

	w->rtt = SEC * 95 / 100;
	ck_assert_uint_eq(count_differences(w, &wrong), 0);
	world_free(w);
}
END_TEST

static void refuse_ask(
	struct world *w, uint32_t cell, int err, nsec_t lapsed, const struct answer *said)
{
	struct answer a;

	if (said)
		udp_host_rejected(w->u, cell, said);
	if (udp_host_refused(w->u, cell, err, w->now, lapsed) || w->u->cells[cell].asks > 0)
		return;
	udp_host_refused_verdict(w->u, cell, &a);
	host_decide(w->host, cell, &a, 0);
	udp_host_decided(w->u, cell);
}

/* This machine sends so many datagrams a second. */
static void run_refused(struct world *w, double per_second, int err, const struct answer *said)
{
	struct bucket room = {.tokens = 1, .burst = 1, .per_second = per_second, .at = SEC};
	struct udp_ask asks[UDP_BATCH];
	nsec_t lapsed = 0;
	unsigned batch, steps = 0;

	for (; w->u->phase != UDP_DONE && steps < 1000000; steps++) {
		size_t count;

		while (w->first < w->last && w->events[w->first].when <= w->now)
			take_event(w, &w->events[w->first++]);
		count = udp_host_next(w->u, w->now, asks, UDP_BATCH, &batch);
		for (size_t i = 0; i < count; i++) {
			if (per_second > 0 && bucket_gives(&room, w->now)) {
				room.tokens--;
				if (asks[i].cell != UDP_CONTROL &&
					udp_host_left_machine(w->u, asks[i].cell, w->now))
					lapsed = w->now;
				ask_world(w, &asks[i]);
			} else if (asks[i].cell == UDP_CONTROL) {
				udp_host_control_refused(w->u, asks[i].port);
			} else {
				refuse_ask(w, asks[i].cell, err, lapsed, said);
			}
		}
		if (count == 0 && w->u->phase != UDP_DONE) {
			ck_assert_int_gt(next_time(w), w->now);
			w->now = next_time(w);
		}
	}
	ck_assert_int_eq(w->u->phase, UDP_DONE);
	ck_assert_uint_eq(w->u->held_count, 0);
}

static unsigned count_state(const struct world *w, enum port_state state)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < w->host->count; i++)
		count += w->host->cells[i].state == state;
	return count;
}

START_TEST(udp_host_takes_a_refusal_each_time_for_a_ban)
{
	struct world *w = world_new("1-1000");

	run_refused(w, 0, EPERM, NULL);
	ck_assert_uint_eq(count_state(w, PORT_FILTERED), 1000);
	ck_assert_uint_eq(w->host->cells[0].attempts, 0);
	ck_assert_int_ge(w->now, 2 * SEC);
	ck_assert_int_lt(w->now, 5 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_proves_nothing_of_what_found_no_room)
{
	struct world *w = world_new("1-100");

	run_refused(w, 0, ENOBUFS, NULL);
	ck_assert_uint_eq(count_state(w, PORT_UNPROVED), 100);
	ck_assert_uint_eq(w->host->cells[0].err, ENOBUFS);
	ck_assert_int_lt(w->now, 10 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_loses_nothing_where_refusals_come_and_go)
{
	static const int errs[] = {EPERM, ENOBUFS};

	for (unsigned i = 0; i < 2; i++) {
		struct world *w = world_new("1-1000");

		mark(w, OPEN, services, 7);
		run_refused(w, 20, errs[i], NULL);
		ck_assert_uint_eq(count_state(w, PORT_OPEN), 7);
		ck_assert_uint_eq(count_state(w, PORT_CLOSED), 993);
		world_free(w);
	}
}
END_TEST

START_TEST(udp_host_keeps_what_our_own_firewall_said)
{
	const struct answer said = {.state = PORT_FILTERED,
		.reason = REASON_LOCAL,
		.icmp_type = 3,
		.icmp_code = 13,
		.from = {.family = 4, .ip = {10, 0, 0, 2}}};
	struct world *w = world_new("7");

	run_refused(w, 0, EPERM, &said);
	ck_assert_uint_eq(w->host->cells[0].icmp_code, 13);
	ck_assert_uint_eq(w->host->cells[0].err, 0);
	ck_assert_ptr_nonnull(host_witness(w->host, &w->host->cells[0]));
	world_free(w);
}
END_TEST

START_TEST(udp_host_finds_services_where_no_errors_come)
{
	struct world *w = world_new("top:100");
	struct sums s;

	w->no_errors = true;
	mark(w, OPEN, services, 4);
	w->kinds[5353] = SECOND;
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.open, 5);
	ck_assert_uint_eq(s.silent[SILENCE_NO_ERRORS], 95);
	ck_assert_int_lt(w->now, 6 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_asks_every_question_before_it_is_content)
{
	struct world *w = world_new("5353");

	w->kinds[5353] = SECOND;
	run(w);
	ck_assert_int_eq(w->host->cells[0].state, PORT_OPEN);
	world_free(w);
}
END_TEST

/* What a scan a moment before has left of the budget. */
static void left_over(struct bucket *b, double tokens)
{
	limit(b, 6, 1, 0);
	b->tokens = tokens;
}

static const double leftovers[] = {0, 0.3, 0.6, 0.9, 1, 1.5, 1.9, 2, 2.5, 3, 4, 5, 6};

enum { LEFTOVERS = sizeof leftovers / sizeof *leftovers };

START_TEST(udp_host_proves_a_closed_port_whatever_a_scan_before_has_left)
{
	static const char *const lists[] = {"4000", "4000,514", "4000-4009"};

	for (size_t i = 0; i < LEFTOVERS * 3; i++) {
		struct world *w = world_new(lists[i % 3]);
		struct sums s;

		left_over(&w->bucket[0], leftovers[i / 3]);
		w->kinds[514] = SILENT;
		run(w);
		s = sum_up(w);
		ck_assert_uint_eq(s.closed + s.silent[SILENCE_BESIDE], w->host->count);
		ck_assert_uint_eq(s.silent[SILENCE_BESIDE], i % 3 == 1);
		ck_assert_int_lt(w->now, 14 * SEC);
		world_free(w);
	}
}
END_TEST

START_TEST(udp_host_gives_evidence_whatever_a_scan_before_has_left)
{
	for (size_t i = 0; i < LEFTOVERS; i++) {
		struct world *w = world_new("514,1900,5060,11211,27960");
		struct sums s;

		left_over(&w->bucket[0], leftovers[i]);
		mark(w, SILENT, (uint16_t[]){514, 1900, 5060, 11211, 27960}, 5);
		run(w);
		s = sum_up(w);
		ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 5);
		ck_assert_uint_ge(s.least_confidence, 90);
		ck_assert_int_lt(w->now, 12 * SEC);
		world_free(w);
	}
}
END_TEST

START_TEST(udp_host_stands_another_scan_of_the_same_address)
{
	unsigned closed = 0, all = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct world *w = world_new("4000-4009,514,1900,5060");
		struct sums s;

		left_over(&w->bucket[0], i / 5.0);
		w->bucket[0].rival = (290 + 7 * i) * MSEC;
		w->bucket[0].rival_at = SEC;
		mark(w, SILENT, (uint16_t[]){514, 1900, 5060}, 3);
		run(w);
		s = sum_up(w);
		ck_assert_uint_eq(s.wrong, 0);
		ck_assert_uint_eq(s.wrong, 0);
		closed += s.closed == 10;
		all += s.closed == 10 && s.silent[SILENCE_BESIDE] == 3;
		world_free(w);
	}
	/* one that always comes too late hears nothing, and says so */
	ck_assert_uint_ge(closed, 19);
	ck_assert_uint_ge(all, 10);
}
END_TEST

START_TEST(udp_host_does_not_wait_for_errors_where_it_shall_not)
{
	struct world *w = world_new("4000");

	w->policy.icmp_wait = 0;
	w->dead = true;
	run(w);
	ck_assert_uint_eq(w->controls, 1);
	ck_assert_int_lt(w->now, 5 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_does_not_prove_where_it_shall_not)
{
	struct world *w = world_new("top:50");

	limit(&w->bucket[0], 6, 1, 0);
	w->policy.icmp_wait = 0;
	run(w);
	ck_assert_uint_lt(w->host->decided, 10);
	ck_assert_int_lt(w->now, 4 * SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_waits_for_the_replies_of_random_ports)
{
	struct world *w = world_new("53,123,7000-7017");

	for (unsigned port = 0; port < 65536; port++)
		w->kinds[port] = OPEN;
	w->controls_later = 5 * MSEC;
	run(w);
	ck_assert_uint_eq(w->host->decided, 20);
	ck_assert_uint_gt(w->host->controls, 0);
	ck_assert_uint_eq(w->host->controls_replied, w->host->controls);
	world_free(w);
}
END_TEST

START_TEST(udp_host_does_not_wait_for_silent_random_ports_where_one_is_closed)
{
	struct world *w = world_new("53,4000");

	w->kinds[53] = OPEN;
	w->controls_later = SEC;
	run(w);
	ck_assert_int_lt(w->now, SEC);
	world_free(w);
}
END_TEST

START_TEST(udp_host_does_not_ask_what_is_known)
{
	struct world *w = world_new("53,123");
	struct udp_host *again;

	host_knew(w->host, 0, PORT_OPEN, REASON_REPLY);
	host_knew(w->host, 1, PORT_CLOSED, REASON_ICMP);
	again = udp_host_new(w->host, w->index, &w->policy, 1, w->now);
	ck_assert_int_eq(again->phase, UDP_DONE);
	udp_host_free(again);
	world_free(w);
}
END_TEST

START_TEST(udp_host_asks_only_what_is_not_known)
{
	struct world *w = world_new("53,123,161,514,700-719");
	struct sums s;

	mark(w, OPEN, services, 7);
	for (uint32_t i = 0; i < w->host->count; i++) {
		uint16_t port = host_port(w->host, i);

		if (port == 53)
			host_knew(w->host, i, PORT_OPEN, REASON_REPLY);
		else if (port == 123 || port >= 710)
			host_knew(w->host, i, PORT_CLOSED, REASON_ICMP);
	}
	udp_host_free(w->u);
	w->u = udp_host_new(w->host, w->index, &w->policy, 1, w->now);
	ck_assert_uint_eq(w->u->left_count, 12);
	run(w);
	s = sum_up(w);
	/* 161, 514 and 700 beside 53; of the rest those that were asked */
	ck_assert_uint_eq(s.open, 4);
	ck_assert_uint_eq(s.closed, 9 + 11);
	for (uint32_t i = 0; i < w->host->count; i++) {
		uint16_t port = host_port(w->host, i);
		bool known = port == 53 || port == 123 || port >= 710;

		ck_assert_int_eq(w->host->cells[i].attempts == 0, known);
		ck_assert_int_eq(w->u->cells[i].asks == 0, known);
	}
	world_free(w);
}
END_TEST

START_TEST(udp_host_needs_no_more_at_once_than_a_small_fast_budget_ever_has)
{
	struct world *w = world_new("1-200");
	struct sums s;

	limit(&w->bucket[0], 6, 600, 0);
	mark(w, SILENT, services, 5);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 196);
	world_free(w);
}
END_TEST

static struct world *with_controls(const char *asked, const char *controls)
{
	struct world *w = world_new(asked);
	struct ports *all, *from;

	ck_assert_int_eq(ports_parse("-", IPPROTO_UDP, &all, NULL), 0);
	ck_assert_int_eq(ports_parse(controls ? controls : "1", IPPROTO_UDP, &from, NULL), 0);
	if (!controls)
		ports_remove(from, all);
	ports_free(all);
	w->policy.controls = from;
	return w;
}

static void without_controls(struct world *w)
{
	struct ports *from = (struct ports *)w->policy.controls;

	world_free(w);
	ports_free(from);
}

START_TEST(udp_host_asks_only_what_may_be_a_control)
{
	struct world *w = with_controls("1-200", "1000-1100");
	struct sums s;

	limit(&w->bucket[0], 6, 1, 0);
	mark(w, SILENT, services, 5);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 196);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 4);
	ck_assert_uint_gt(w->controls, 1);
	without_controls(w);
}
END_TEST

START_TEST(udp_host_makes_do_with_one_control)
{
	struct world *w = with_controls("1-200", "1000");
	struct sums s;

	limit(&w->bucket[0], 6, 10, 0);
	mark(w, SILENT, services, 5);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 196);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 4);
	without_controls(w);
}
END_TEST

START_TEST(udp_host_without_a_control_uses_ports_that_are_closed)
{
	struct world *w = with_controls("1-200", NULL);
	struct sums s;

	limit(&w->bucket[0], 6, 10, 0);
	mark(w, SILENT, services, 5);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(s.wrong, 0);
	ck_assert_uint_eq(s.closed, 196);
	ck_assert_uint_eq(s.silent[SILENCE_BESIDE], 4);
	without_controls(w);
}
END_TEST

START_TEST(udp_host_without_any_control_takes_silence_for_no_evidence)
{
	struct world *w = with_controls("53,123,700", NULL);
	struct sums s;

	mark(w, SILENT, services, 7);
	run(w);
	s = sum_up(w);
	ck_assert_uint_eq(w->controls, 0);
	ck_assert_uint_eq(s.silent[SILENCE_NOT_PROVED], 3);
	ck_assert_uint_eq(s.least_confidence, 50);
	ck_assert_uint_eq(s.most_confidence, 50);
	ck_assert_int_lt(w->now, 5 * SEC);
	without_controls(w);
}
END_TEST

START_TEST(udp_host_takes_back_what_silence_has_proved_where_answers_were_lost)
{
	struct world *w = world_new("1-20");

	memset(w->kinds + 1, SILENT, 20);
	while (w->u->proved < 20 && w->u->phase != UDP_DONE)
		step(w);
	ck_assert_uint_eq(w->u->proved, 20);
	udp_host_lost(w->u, w->now);
	ck_assert_uint_eq(w->u->proved, 0);
	ck_assert_uint_eq(w->u->suspects, 0);
	for (uint32_t i = 0; i < 20; i++)
		ck_assert_uint_eq(w->u->cells[i].evidence, 0);
	run(w);
	/* what was asked since is evidence again */
	ck_assert_uint_eq(w->u->proved, 20);
	world_free(w);
}
END_TEST

START_TEST(udp_host_takes_no_evidence_from_what_was_void)
{
	struct world *w = world_new("1-20");
	struct udp_ask asks[UDP_BATCH];
	unsigned batch;

	memset(w->kinds + 1, SILENT, 20);
	while (w->now < 3 * SEC && w->u->phase != UDP_DONE) {
		size_t count;

		while (w->first < w->last && w->events[w->first].when <= w->now)
			take_event(w, &w->events[w->first++]);
		count = udp_host_next(w->u, w->now, asks, UDP_BATCH, &batch);
		for (size_t i = 0; i < count; i++)
			ask_world(w, &asks[i]);
		if (count && asks[0].cell != UDP_CONTROL)
			udp_host_void(w->u, batch);
		if (count == 0)
			w->now = next_time(w) > w->now ? next_time(w) : w->now + MSEC;
	}
	for (uint32_t i = 0; i < 20; i++)
		ck_assert_uint_eq(w->u->cells[i].evidence, 0);
	world_free(w);
}
END_TEST

UNIT_MAIN("probe/udp_host", udp_host_proves_a_thousand_ports_at_the_pace_of_the_global_limit,
	udp_host_proves_what_linux_lets_it, udp_host_reckons_with_the_sweep_before_the_wait,
	udp_host_gives_evidence_of_silent_ports_under_the_linux_limit,
	udp_host_finds_the_few_closed_ports_among_silent_ones,
	udp_host_leaves_the_rest_when_the_wait_is_over, udp_host_asks_the_likeliest_ports_first,
	udp_host_keeps_the_pace_of_ipv6, udp_host_keeps_the_pace_of_bsd,
	udp_host_needs_no_pace_where_there_is_no_limit, udp_host_stands_loss,
	udp_host_stands_loss_under_the_linux_limit, udp_host_gives_a_silent_address_up,
	udp_host_suspects_that_the_rest_is_unreachable_too,
	udp_host_suspects_nothing_of_an_address_that_spoke,
	udp_host_tells_what_is_let_through_from_what_there_is_no_way_to,
	udp_host_takes_a_withheld_word_for_no_difference,
	udp_host_takes_a_late_word_for_no_difference, udp_host_takes_a_refusal_each_time_for_a_ban,
	udp_host_proves_nothing_of_what_found_no_room,
	udp_host_loses_nothing_where_refusals_come_and_go,
	udp_host_keeps_what_our_own_firewall_said, udp_host_finds_services_where_no_errors_come,
	udp_host_asks_every_question_before_it_is_content,
	udp_host_proves_a_closed_port_whatever_a_scan_before_has_left,
	udp_host_gives_evidence_whatever_a_scan_before_has_left,
	udp_host_stands_another_scan_of_the_same_address,
	udp_host_does_not_wait_for_errors_where_it_shall_not,
	udp_host_does_not_prove_where_it_shall_not, udp_host_waits_for_the_replies_of_random_ports,
	udp_host_does_not_wait_for_silent_random_ports_where_one_is_closed,
	udp_host_takes_back_what_silence_has_proved_where_answers_were_lost,
	udp_host_does_not_ask_what_is_known, udp_host_asks_only_what_is_not_known,
	udp_host_needs_no_more_at_once_than_a_small_fast_budget_ever_has,
	udp_host_asks_only_what_may_be_a_control, udp_host_makes_do_with_one_control,
	udp_host_without_a_control_uses_ports_that_are_closed,
	udp_host_without_any_control_takes_silence_for_no_evidence,
	udp_host_takes_no_evidence_from_what_was_void)
