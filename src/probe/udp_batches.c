/* SPDX-License-Identifier: MIT */
#include "udp_host.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

#define TIMEOUT_FLOOR   (20 * NSEC_PER_MSEC)
#define TIMEOUT_CEILING (3 * NSEC_PER_SEC)
#define AT_ONCE         (900 * NSEC_PER_MSEC) /* ARP is asked for the second time after one second */

enum {
	BATCHES_FIRST = 4,
	BATCHES_MAX = 128,
	HINTS = 4, /* as good as evidence */
};

struct udp_batch {
	nsec_t sent;
	double sure;      /* errors that were to be had */
	bool plenty;      /* no limit had been met */
	uint16_t control; /* 0: none */
	bool control_answered, control_no_way;
	bool is_void;
	unsigned count, open; /* cells; waited for, with the control */
	unsigned errors;      /* with the control's */
	unsigned no_ways;     /* the same, of errors that say that there is no way */
	uint32_t cells[UDP_BATCH];
};

nsec_t udp_host_timeout(const struct udp_host *u)
{
	nsec_t ceiling = u->policy->timeout ? u->policy->timeout : TIMEOUT_CEILING;

	return rtt_timeout(
		&u->host->rtt, TIMEOUT_FLOOR < ceiling ? TIMEOUT_FLOOR : ceiling, ceiling);
}

static bool find_place(struct udp_host *u, unsigned *index)
{
	for (*index = 0; *index < u->batch_room; ++*index)
		if (!u->batches[*index])
			return true;
	if (u->batch_room == BATCHES_MAX)
		return false;
	u->batch_room = u->batch_room ? 2 * u->batch_room : BATCHES_FIRST;
	u->batches = mem_resize(u->batches, u->batch_room, sizeof *u->batches);
	for (unsigned i = *index; i < u->batch_room; i++)
		u->batches[i] = NULL;
	return true;
}

struct udp_batch *udp_batch_begin(struct udp_host *u, nsec_t now, unsigned *index)
{
	struct udp_batch *b;
	double sure = budget_sure(&u->budget, now) - u->out;

	if (!find_place(u, index))
		return NULL;
	b = u->batches[*index] = mem_alloc(1, sizeof *b);
	b->sent = now;
	b->sure = sure > 0 ? sure : 0;
	b->plenty = u->budget.kind != BUDGET_LIMITED;
	u->batch_count++;
	if (now + udp_host_timeout(u) < u->settle_due)
		u->settle_due = now + udp_host_timeout(u);
	return b;
}

void udp_batch_add(struct udp_host *u, unsigned index, uint32_t cell)
{
	struct udp_batch *b = u->batches[index];

	b->cells[b->count++] = cell;
	b->open++;
	u->cells[cell].batch = (uint8_t)(index + 1);
	u->out++;
}

void udp_batch_control(struct udp_host *u, unsigned index, uint16_t port)
{
	u->batches[index]->control = port;
	u->batches[index]->open++;
}

void udp_host_void(struct udp_host *u, unsigned index)
{
	if (u->batches[index])
		u->batches[index]->is_void = true;
}

bool udp_batch_has_control(const struct udp_host *u, uint16_t port)
{
	for (unsigned i = 0; i < u->batch_room; i++)
		if (u->batches[i] && u->batches[i]->control == port)
			return true;
	return false;
}

static bool is_awaited(const struct udp_batch *b)
{
	return b->control && !b->control_answered && !b->control_no_way;
}

bool udp_controls_out(const struct udp_host *u)
{
	for (unsigned i = 0; i < u->batch_room; i++)
		if (u->batches[i] && is_awaited(u->batches[i]))
			return true;
	return false;
}

static struct udp_batch *batch_of_control(struct udp_host *u, uint16_t port)
{
	for (unsigned i = 0; i < u->batch_room; i++) {
		struct udp_batch *b = u->batches[i];

		if (b && b->control == port && is_awaited(b))
			return b;
	}
	return NULL;
}

static void one_less(struct udp_host *u, struct udp_batch *b)
{
	b->open--;
	if (b->open == 0)
		u->settle_due = 0;
}

bool udp_batch_control_answered(struct udp_host *u, uint16_t port, nsec_t now)
{
	struct udp_batch *b = batch_of_control(u, port);

	if (!b)
		return false;
	if (u->host->controls == 1 || u->host->rtt.samples == 0)
		rtt_sample(&u->host->rtt, now > b->sent ? now - b->sent : 1);
	b->control_answered = true;
	b->errors++;
	one_less(u, b);
	return true;
}

bool udp_batch_drop_control(struct udp_host *u, uint16_t port)
{
	struct udp_batch *b = batch_of_control(u, port);

	if (!b)
		return false;
	b->control = 0;
	one_less(u, b);
	return true;
}

bool udp_batch_control_replied(struct udp_host *u, uint16_t port)
{
	bool dropped = udp_batch_drop_control(u, port);

	u->host->controls_replied += dropped;
	return dropped;
}

bool udp_batch_control_no_way(struct udp_host *u, uint16_t port, nsec_t now)
{
	struct udp_batch *b = batch_of_control(u, port);

	if (!b)
		return false;
	b->control_no_way = true;
	b->is_void |= now - b->sent >= AT_ONCE;
	b->no_ways++;
	one_less(u, b);
	return now - b->sent < AT_ONCE;
}

void udp_batch_no_way(struct udp_host *u, uint32_t cell)
{
	if (u->cells[cell].batch)
		u->batches[u->cells[cell].batch - 1]->no_ways++;
}

void udp_batch_answered(struct udp_host *u, uint32_t cell)
{
	if (u->cells[cell].batch)
		u->batches[u->cells[cell].batch - 1]->errors++;
}

void udp_batch_left(struct udp_host *u, uint32_t cell)
{
	struct udp_batch *b;

	if (u->cells[cell].batch == 0)
		return;
	b = u->batches[u->cells[cell].batch - 1];
	u->cells[cell].batch = 0;
	u->out--;
	one_less(u, b);
}

/* --- what a batch has taught --------------------------------------------------------------------
 */

/* The model promised what was not there: what it alone made suspect is as new. */
static void doubt(struct udp_host *u)
{
	for (uint32_t i = 0; i < u->left_count && u->suspects; i++) {
		uint32_t cell = u->left[i];
		struct udp_cell *c = &u->cells[cell];

		if (u->host->cells[cell].state != PORT_PENDING || !c->suspect || c->evidence)
			continue;
		c->suspect = false;
		u->suspects--;
	}
}

static void learn(struct udp_host *u, const struct udp_batch *b, nsec_t now)
{
	bool unanswered = is_awaited(b);
	unsigned asked = b->errors + unanswered;

	if (asked)
		budget_learn(&u->budget, b->sent, asked, b->errors, now);
	if (unanswered && !b->plenty && b->sure >= asked)
		doubt(u);
}

static bool is_evidence(const struct udp_host *u, const struct udp_batch *b)
{
	if (b->control_no_way)
		return true;
	if (!b->control_answered)
		return false;
	if (u->budget.kind == BUDGET_PLENTY)
		return b->plenty;
	return !b->plenty && b->sure >= b->errors + 1;
}

/* Enough to have a port asked again beside a control: that was answered, or the model's word. */
static bool had_token(const struct udp_batch *b)
{
	return !b->plenty && (b->control ? b->control_answered : b->sure >= 1);
}

static void suspect(struct udp_host *u, struct udp_cell *c)
{
	if (c->suspect)
		return;
	c->suspect = true;
	u->suspects++;
}

static void add_evidence(struct udp_host *u, struct udp_cell *c)
{
	suspect(u, c);
	if (++c->evidence < UDP_EVIDENCE)
		return;
	u->proved++;
	u->suspects--;
}

/* A control that was answered by what may have been the last error in the budget: its batch took
 * none, unless packets overtook each other. That happens, but not time and again. */
static void judge_silence(struct udp_host *u, const struct udp_batch *b, bool evidence)
{
	for (unsigned i = 0; i < b->count; i++) {
		uint32_t cell = b->cells[i];
		struct udp_cell *c = &u->cells[cell];

		if (u->host->cells[cell].state != PORT_PENDING || c->batch == 0)
			continue;
		c->batch = 0;
		u->out--;
		if (b->is_void || c->evidence == UDP_EVIDENCE)
			continue;
		if (evidence || had_token(b))
			suspect(u, c);
		if (evidence || (b->control_answered && ++c->hints % HINTS == 0))
			add_evidence(u, c);
	}
}

void udp_host_lost(struct udp_host *u, nsec_t now)
{
	u->void_before = now;
	for (uint32_t i = 0; i < u->left_count; i++) {
		struct udp_cell *c = &u->cells[u->left[i]];

		if (u->host->cells[u->left[i]].state != PORT_PENDING)
			continue;
		if (c->evidence == UDP_EVIDENCE)
			u->proved--;
		else if (c->suspect)
			u->suspects--;
		c->evidence = c->hints = 0;
		c->suspect = false;
	}
}

static void settle(struct udp_host *u, struct udp_batch *b, nsec_t now)
{
	bool evidence;

	b->is_void |= b->sent < u->void_before;
	if (!b->is_void)
		learn(u, b, now);
	evidence = !b->is_void && is_evidence(u, b);
	if (evidence)
		u->trials += b->errors + b->no_ways;
	judge_silence(u, b, evidence);
}

void udp_batches_settle(struct udp_host *u, nsec_t now)
{
	nsec_t timeout = udp_host_timeout(u);

	if (now < u->settle_due)
		return;
	u->settle_due = NSEC_NEVER;
	for (unsigned i = 0; i < u->batch_room; i++) {
		struct udp_batch *b = u->batches[i];

		if (!b)
			continue;
		if (b->open && now < b->sent + timeout) {
			if (b->sent + timeout < u->settle_due)
				u->settle_due = b->sent + timeout;
			continue;
		}
		settle(u, b, now);
		free(b);
		u->batches[i] = NULL;
		u->batch_count--;
	}
}

void udp_batches_free(struct udp_host *u)
{
	for (unsigned i = 0; i < u->batch_room; i++)
		free(u->batches[i]);
	free(u->batches);
}
