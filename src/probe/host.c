/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/host.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/permute.h"

enum {
	QUEUE_FIRST = 16,
	FIRST_WINDOW = 10, /* as TCP's, RFC 6928: an unresolved neighbour queues few packets */
	LEAST_ATTEMPTS = 2,
	SLOW_QUESTIONS = 12, /* in a row without an answer, before HOST_SLOW is given up */
};

static const double missed_at_most = 0.001;

/* Longest silence in HOST_SLOW before it is given up: Linux hands out one ICMP error a second to
 * each destination (icmp_ratelimit, icmp(7)), so two seconds without one mean that there is nothing
 * to come. */
#define SLOW_SILENCE (2200 * NSEC_PER_MSEC)
#define SLOW_FIRST   (50 * NSEC_PER_MSEC)
#define SLOW_FASTEST (20 * NSEC_PER_MSEC)
#define SLOW_SLOWEST (500 * NSEC_PER_MSEC)

struct host *host_new(const char *name, const struct addr *addr, const struct ports *ports)
{
	struct host *h = mem_alloc(1, sizeof *h);

	h->name = mem_strdup(name);
	h->addr = *addr;
	h->addr.port = 0;
	if (addr->port)
		ports = h->own_ports = ports_single(addr->port);
	h->ports = ports;
	h->count = h->unsent = ports_count(ports);
	h->cells = mem_alloc(h->count ? h->count : 1, sizeof *h->cells);
	h->witness_count = 1;
	cwnd_init(&h->cwnd, FIRST_WINDOW, UINT32_MAX);
	return h;
}

void host_own_ports(struct host *h, struct ports *ports)
{
	if (h->own_ports) {
		ports_free(ports);
		return;
	}
	h->ports = h->own_ports = ports;
	free(h->cells);
	h->count = h->unsent = ports_count(ports);
	h->cells = mem_alloc(h->count ? h->count : 1, sizeof *h->cells);
}

void host_free(struct host *h)
{
	for (uint32_t i = 0; i < h->reply_count; i++)
		facts_release(&h->replies[i].facts);
	free(h->replies);
	free(h->name);
	free(h->cells);
	free(h->witnesses);
	free(h->queue.items);
	ports_free(h->own_ports);
	free(h);
}

uint16_t host_port(const struct host *h, uint32_t cell)
{
	return ports_at(h->ports, cell);
}

static void queue_grow(struct cell_queue *q)
{
	uint32_t room = q->room ? 2 * q->room : QUEUE_FIRST;
	uint32_t *items = mem_alloc(room, sizeof *items);

	for (uint32_t i = 0; i < q->count; i++)
		items[i] = q->items[(q->head + i) % q->room];
	free(q->items);
	*q = (struct cell_queue){.items = items, .count = q->count, .room = room};
}

void host_push(struct host *h, uint32_t cell)
{
	struct cell_queue *q = &h->queue;

	if (q->count == q->room)
		queue_grow(q);
	q->items[(q->head + q->count++) % q->room] = cell;
}

bool host_pop(struct host *h, uint32_t *cell)
{
	struct cell_queue *q = &h->queue;

	if (q->count == 0)
		return false;
	*cell = q->items[q->head];
	q->head = (q->head + 1) % q->room;
	q->count--;
	return true;
}

uint32_t host_peek(const struct host *h)
{
	return h->queue.items[h->queue.head];
}

/* An address has few witnesses: itself, a firewall or two. */
static uint16_t remember_witness(struct host *h, const struct addr *from)
{
	if (from->family == 0)
		return 0;
	for (uint16_t i = 1; i < h->witness_count; i++)
		if (addr_same(&h->witnesses[i], from))
			return i;
	if (h->witness_count == UINT16_MAX)
		return 0;
	h->witnesses = mem_resize(h->witnesses, h->witness_count + 1u, sizeof *h->witnesses);
	h->witnesses[h->witness_count] = *from;
	h->witnesses[h->witness_count].port = 0;
	return h->witness_count++;
}

const struct addr *host_witness(const struct host *h, const struct cell *cell)
{
	return cell->from ? &h->witnesses[cell->from] : NULL;
}

const struct addr *host_limiter(const struct host *h)
{
	static const struct addr somebody = {0};

	if (h->icmp_witness && (h->icmp_answers || h->suspect))
		return &h->witnesses[h->icmp_witness];
	return h->suspect ? &somebody : NULL;
}

void host_suspect_limit(struct host *h, const struct addr *router)
{
	h->suspect = true;
	if (router)
		h->icmp_witness = remember_witness(h, router);
}

void host_decide(struct host *h, uint32_t index, const struct answer *a, nsec_t elapsed)
{
	struct cell *cell = &h->cells[index];
	nsec_t rtt = a->rtt ? a->rtt : elapsed;
	bool replied = a->reason == REASON_SYN_ACK || a->reason == REASON_RST ||
		       a->reason == REASON_ICMP || a->reason == REASON_REPLY;

	cell->state = (uint8_t)a->state;
	cell->reason = (uint8_t)a->reason;
	cell->icmp_type = a->icmp_type;
	cell->icmp_code = a->icmp_code;
	cell->err = (uint8_t)a->err;
	cell->from = remember_witness(h, &a->from);
	/* by the program's clock, a second or more may be that of the kernel's second SYN */
	if (a->rtt == 0 && elapsed >= NSEC_PER_SEC)
		replied = false;
	if (replied && rtt / NSEC_PER_USEC < UINT32_MAX)
		cell->rtt_us = (uint32_t)(rtt / NSEC_PER_USEC);
	if (a->reason == REASON_ICMP) {
		h->icmp_answers++;
		h->icmp_witness = cell->from;
	}
	h->decided++;
}

void host_knew(struct host *h, uint32_t index, enum port_state state, enum port_reason reason)
{
	struct cell *cell = &h->cells[index];

	if (cell->state != PORT_PENDING || state == PORT_PENDING)
		return;
	cell->state = (uint8_t)state;
	cell->reason = (uint8_t)reason;
	h->decided++;
}

/* NULL: there is no room for more. */
static struct port_reply *add_reply(struct host *h, uint32_t cell)
{
	struct port_reply *reply;

	if (h->reply_count == HOST_REPLIES_MAX)
		return NULL;
	if ((h->reply_count & (h->reply_count - 1)) == 0)
		h->replies = mem_resize(
			h->replies, h->reply_count ? 2 * h->reply_count : 1, sizeof *h->replies);
	reply = &h->replies[h->reply_count++];
	*reply = (struct port_reply){.cell = cell};
	return reply;
}

void host_forget(struct host *h, uint32_t index)
{
	h->cells[index] = (struct cell){.state = PORT_PENDING};
	h->decided--;
}

void host_replied(struct host *h, uint32_t cell, const struct query *query, struct facts *facts)
{
	struct port_reply *reply = add_reply(h, cell);

	if (!reply) {
		facts_release(facts);
		return;
	}
	reply->query = query;
	reply->facts = *facts;
}

void host_heard(struct host *h, uint32_t cell, const uint8_t *bytes, size_t len, size_t whole)
{
	struct port_reply *reply = add_reply(h, cell);

	if (!reply)
		return;
	reply->bytes = (uint32_t)whole;
	reply->start_len = (uint8_t)(len < REPLY_START ? len : REPLY_START);
	memcpy(reply->start, bytes, reply->start_len);
}

/* Most are asked for as soon as they came. */
const struct port_reply *host_reply(const struct host *h, uint32_t cell)
{
	for (uint32_t i = h->reply_count; i > 0; i--)
		if (h->replies[i - 1].cell == cell)
			return &h->replies[i - 1];
	return NULL;
}

double host_loss(const struct host *h)
{
	return h->answered ? (double)h->lost / ((double)h->lost + h->answered) : 0;
}

bool host_passes_agree(const struct host *h)
{
	double missed = h->answered, loss = host_loss(h);

	for (unsigned i = 0; i < h->round; i++)
		missed *= loss;
	return h->found == 0 && missed < missed_at_most;
}

static void queue_silent(struct host *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].state == PORT_PENDING)
			host_push(h, i);
}

/* In mixed order: neighbouring ports often stand under one rule, and a run of dropped ones would
 * look like the end of all answers. */
static void queue_silent_mixed(struct host *h)
{
	struct permute order;

	permute_init(&order, h->count, h->count);
	for (uint32_t i = 0; i < h->count; i++) {
		uint32_t cell = (uint32_t)permute_at(&order, i);

		if (h->cells[cell].state == PORT_PENDING)
			host_push(h, cell);
	}
}

static enum host_phase start_slow(struct host *h, nsec_t now)
{
	h->phase = HOST_SLOW;
	h->slow_since = h->slow_answer = now;
	h->slow_interval = SLOW_FIRST;
	h->slow_due = now;
	queue_silent_mixed(h);
	return h->phase;
}

static enum host_phase next_round(struct host *h, const struct host_policy *policy, nsec_t now)
{
	bool agree;

	/* the second probe follows the first at once, so the first two passes end together */
	if (h->round == 0)
		h->round = policy->attempts < LEAST_ATTEMPTS ? policy->attempts : LEAST_ATTEMPTS;
	agree = host_passes_agree(h);
	if (!agree && h->round < policy->attempts) {
		log_info("%s: pass %u over %u silent ports (%u answers in the last one, loss %.1f "
			 "%%)",
			h->name, h->round + 1, h->count - h->decided, h->found, 100 * host_loss(h));
		h->round++;
		h->found = 0;
		queue_silent(h);
		return h->phase;
	}
	h->unsettled = !agree && policy->attempts >= LEAST_ATTEMPTS;
	if (h->icmp_answers == 0 || h->nobody || policy->icmp_wait == 0)
		return h->phase = HOST_DONE;
	log_info("%s: %u silent ports beside %u ICMP answers: asking slowly, a rate limit may be "
		 "at work",
		h->name, h->count - h->decided, h->icmp_answers);
	return start_slow(h, now);
}

void host_slow_result(struct host *h, bool answered, nsec_t now)
{
	h->slow_silent++;
	if (answered) {
		h->slow_silent = 0;
		h->slow_answer = now;
		h->slow_interval = h->slow_interval * 7 / 10;
	} else {
		h->slow_interval *= 2;
	}
	if (h->slow_interval < SLOW_FASTEST)
		h->slow_interval = SLOW_FASTEST;
	if (h->slow_interval > SLOW_SLOWEST)
		h->slow_interval = SLOW_SLOWEST;
	h->slow_due = now + h->slow_interval;
}

bool host_slow_over(const struct host *h, const struct host_policy *policy, nsec_t now)
{
	uint32_t silent = h->count - h->decided;
	uint32_t enough = silent < SLOW_QUESTIONS ? silent : SLOW_QUESTIONS;

	return now - h->slow_since > policy->icmp_wait ||
	       (now - h->slow_answer > SLOW_SILENCE && h->slow_silent >= enough);
}

enum host_phase host_advance(struct host *h, const struct host_policy *policy, nsec_t now)
{
	if (h->decided == h->count || h->neighbour_dead)
		return h->phase = HOST_DONE;
	if (h->phase == HOST_ROUNDS)
		return next_round(h, policy, now);
	return h->phase = HOST_DONE;
}
