/* SPDX-License-Identifier: MIT */
#include "udp_host.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <stdlib.h>

#define CALIBRATE_WAIT (300 * NSEC_PER_MSEC) /* for the first control, before the sweep begins */
#define CONTROL_AGAIN  (500 * NSEC_PER_MSEC) /* while no error has come */
#define PATIENCE       (2500 * NSEC_PER_MSEC) /* the slowest budgets make an error a second (icmp(7)) */
#define PASS_WAIT      (100 * NSEC_PER_MSEC) /* least, between two passes */
#define LAST_WAIT      NSEC_PER_SEC
#define SLOW_SERVICE   (3 * NSEC_PER_SEC)     /* RADIUS rejects after 1 s, others look up names */
#define SELDOM         (3700 * NSEC_PER_MSEC) /* more than a usual budget needs for evidence */
#define SLOW           (100 * NSEC_PER_MSEC)  /* an error now and then */
#define TICK           (16 * NSEC_PER_MSEC) /* what a fast budget gives in that time is asked at once */

enum {
	FEW_PORTS = 4,      /* they do not wait for a calibration */
	CONTROL_FROM = 8,   /* a sweep's batch that is worth a control */
	PROVE_CONTROL = 16, /* the same where each answer is dear */
	EVIDENCE_BATCH = 32,
	NO_WAY_BATCH = 5, /* so short that no token comes while it is on its way */
	NO_WAY_ASKS = 4,  /* beyond the usual ones */
};

struct udp_host *udp_host_new(struct host *h, struct udp_ports *ports,
	const struct udp_policy *policy, uint64_t seed, nsec_t now)
{
	struct udp_host *u = mem_alloc(1, sizeof *u);

	u->host = h;
	u->ports = udp_ports_share(ports);
	u->policy = policy;
	u->cells = mem_alloc(h->count + 1, sizeof *u->cells);
	u->left = mem_alloc(h->count + 1, sizeof *u->left);
	for (uint32_t i = 0; i < h->count; i++) {
		if (h->cells[ports->order[i]].state == PORT_PENDING)
			u->left[u->left_count++] = ports->order[i];
		u->heard |= h->cells[i].state == PORT_OPEN;
	}
	u->random = rng_mix(seed ^ addr_hash(&h->addr, seed));
	u->began = u->prove_since = now;
	u->settle_due = u->held_due = NSEC_NEVER;
	budget_init(&u->budget);
	if (u->left_count == 0)
		u->phase = UDP_DONE;
	return u;
}

void udp_host_free(struct udp_host *u)
{
	udp_batches_free(u);
	udp_ports_free(u->ports);
	free(u->held);
	free(u->cells);
	free(u->left);
	free(u);
}

void udp_host_later(struct udp_host *u, nsec_t when)
{
	if (when < u->due)
		u->due = when;
}

static unsigned needed_asks(const struct udp_host *u, uint32_t cell)
{
	/* where silence is looked into anyway, a lost datagram comes to light then */
	bool proves = u->budget.answers > 0 && u->policy->icmp_wait > 0 && u->policy->delay == 0;

	return u->ports->asks[cell] + (proves ? 0 : u->policy->retries);
}

static bool needs_sweep(const struct udp_host *u, uint32_t cell)
{
	unsigned asks = u->cells[cell].asks, needed = needed_asks(u, cell);

	if (u->host->cells[cell].state != PORT_PENDING)
		return false;
	return asks < needed || (u->no_way_before && asks < needed + NO_WAY_ASKS &&
					u->cells[cell].evidence < UDP_EVIDENCE);
}

uint32_t udp_host_unswept(const struct udp_host *u)
{
	return u->phase == UDP_CALIBRATE ? u->left_count : u->sweep_end - u->sweep_at;
}

static nsec_t pass_wait(const struct udp_host *u)
{
	nsec_t wait = udp_host_timeout(u);

	return wait > PASS_WAIT ? wait : PASS_WAIT;
}

/* The next pass, or the end of the sweep. */
static void begin_pass(struct udp_host *u)
{
	uint32_t wanting = 0;

	/* one datagram at a time has none beside it that would be evidence */
	u->no_way_before = u->no_way_now && u->policy->delay == 0;
	u->no_way_now = false;
	udp_compact(u);
	for (uint32_t i = 0; i < u->left_count; i++)
		wanting += needs_sweep(u, u->left[i]);
	u->sweep_at = 0;
	u->sweep_end = wanting ? u->left_count : 0;
	if (wanting)
		return;
	u->phase = UDP_PROVE;
}

static size_t sweep(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	uint32_t cells[UDP_BATCH];
	size_t count = 0, room, least = CONTROL_FROM;

	if (u->no_way_before) {
		most = most < NO_WAY_BATCH ? most : NO_WAY_BATCH;
		least = 1;
	}
	room = most > least ? most - 1 : most;
	for (; u->sweep_at < u->sweep_end && count < room; u->sweep_at++)
		if (needs_sweep(u, u->left[u->sweep_at]) && udp_is_free(u, u->left[u->sweep_at]))
			cells[count++] = u->left[u->sweep_at];
	if (u->sweep_at == u->sweep_end) {
		u->sweep_due = now + pass_wait(u);
		if (u->sweep_passes++ == 0)
			u->prove_since = now;
	}
	return udp_ask_all(u, now, cells, count, count >= least && count < most, out, batch);
}

static bool may_prove(const struct udp_host *u, nsec_t now)
{
	/* one datagram at a time has none beside it that would be evidence */
	if (u->policy->delay && (u->budget.kind == BUDGET_PLENTY || udp_host_fresh(u) == 0))
		return false;
	return u->sweep_passes > 0 && u->budget.answers > 0 && udp_has_control(u) &&
	       now - u->prove_since < u->policy->icmp_wait && udp_host_pending(u) > u->proved;
}

/* An empty budget, too, is silent at first: whoever asked before has left nothing. */
static bool awaits_error(const struct udp_host *u, nsec_t now)
{
	nsec_t patience = u->policy->icmp_wait < PATIENCE ? u->policy->icmp_wait : PATIENCE;

	return u->budget.answers == 0 && udp_has_control(u) && u->no_way.state == PORT_PENDING &&
	       now < u->began + patience;
}

static size_t ask_control_alone(
	struct udp_host *u, nsec_t now, nsec_t due, struct udp_ask out[], unsigned *batch)
{
	if (now < due) {
		udp_host_later(u, due);
		return 0;
	}
	if (!udp_draw_control(u))
		return 0;
	budget_take(&u->budget, now, 1);
	return udp_ask_all(u, now, NULL, 0, true, out, batch);
}

static size_t prove_suspects(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	enum udp_wanted what = u->budget.kind == BUDGET_PLENTY ? UDP_ANY : UDP_SUSPECTS;
	size_t room = what == UDP_ANY ? UDP_BATCH - 1 : EVIDENCE_BATCH;
	uint32_t cells[UDP_BATCH];
	size_t count = 0;

	if (udp_draw_control(u))
		count = udp_collect(u, what, most - 1 < room ? most - 1 : room, cells);
	return count ? udp_ask_all(u, now, cells, count, true, out, batch) : 0;
}

/* How many at once: what comes in one tick, and no more than there ever is. */
static unsigned portion(const struct udp_host *u)
{
	nsec_t interval = u->budget.interval;
	nsec_t count = interval ? TICK / interval : 1;

	if (count > EVIDENCE_BATCH)
		count = EVIDENCE_BATCH;
	if (u->budget.kind == BUDGET_LIMITED && (double)count > u->budget.burst)
		count = (nsec_t)u->budget.burst;
	return count < 1 ? 1 : (unsigned)count;
}

static size_t prove_fresh(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	uint32_t cells[UDP_BATCH];
	unsigned room = budget_room(&u->budget, now, (unsigned)(most > 1 ? most - 1 : 1));
	unsigned least = portion(u) < udp_host_fresh(u) ? portion(u) : udp_host_fresh(u);
	size_t count;
	bool control;

	if (least > budget_room(&u->budget, now, UDP_BATCH)) {
		udp_host_later(u, budget_due(&u->budget, now, least));
		return 0;
	}
	count = udp_collect(u, UDP_FRESH, room, cells);
	if (count == 0)
		return 0;
	control = most > 1 && (count >= PROVE_CONTROL || budget_is_stale(&u->budget, now));
	budget_take(&u->budget, now, (unsigned)count);
	return udp_ask_all(u, now, cells, count, control, out, batch);
}

/* Suspects wait until the budget has surely enough for evidence. Where others draw on it, too, that
 * may be never: then what is asked now and then still finds those that are closed. */
static nsec_t suspects_due(const struct udp_host *u, nsec_t now, unsigned needed)
{
	nsec_t sure = budget_sure_at(&u->budget, now, needed);
	nsec_t seldom = u->last_asked + SELDOM;

	return sure < seldom || udp_host_fresh(u) ? sure : seldom;
}

static size_t prove(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	unsigned needed = UDP_TOKENS + u->out;
	size_t count = 0;

	if (u->budget.kind == BUDGET_PLENTY)
		return most > 1 ? prove_suspects(u, now, out, most, batch) : 0;
	if (u->suspects && most > 1 && now >= suspects_due(u, now, needed))
		count = prove_suspects(u, now, out, most, batch);
	if (count == 0 && udp_host_fresh(u))
		count = prove_fresh(u, now, out, most, batch);
	if (count > 0 || u->suspects == 0 || u->out > 0)
		return count;
	/* nothing else is left to learn the pace from */
	if (u->budget.interval == 0 && udp_host_fresh(u) == 0)
		return ask_control_alone(u, now, budget_due(&u->budget, now, 1), out, batch);
	/* no control is left where it is due already: the batches that have them wake the host */
	if (suspects_due(u, now, needed) > now)
		udp_host_later(u, suspects_due(u, now, needed));
	return 0;
}

static size_t calibrate(struct udp_host *u, nsec_t now, struct udp_ask out[], unsigned *batch)
{
	if (u->host->controls == 0 && !u->control_refused)
		return ask_control_alone(u, now, now, out, batch);
	udp_host_later(u, u->began + CALIBRATE_WAIT);
	return 0;
}

/* --- the course of things ------------------------------------------------------------------------
 */

/* When nothing more is to be expected: what was asked again later has had its first chance then. */
static nsec_t last_due(const struct udp_host *u)
{
	nsec_t slow = u->policy->timeout ? u->policy->timeout : SLOW_SERVICE;
	nsec_t usual = u->policy->timeout ? u->policy->timeout : LAST_WAIT;

	return u->last_swept + slow > u->last_asked + usual ? u->last_swept + slow
							    : u->last_asked + usual;
}

static bool is_calibrated(const struct udp_host *u, nsec_t now)
{
	if (!udp_has_control(u))
		return true;
	if (u->host->controls == 0 && !u->control_refused)
		return false;
	return u->budget.answers || u->left_count <= FEW_PORTS || now >= u->began + CALIBRATE_WAIT;
}

/* Where all ports replied, what random ones say is the worth of that. */
static bool awaits_controls(const struct udp_host *u)
{
	return u->closed == 0 && u->host->rtt.samples && udp_controls_out(u);
}

static void move_on(struct udp_host *u, nsec_t now)
{
	if (u->phase == UDP_CALIBRATE && is_calibrated(u, now)) {
		u->phase = UDP_SWEEP;
		begin_pass(u);
	}
	if (u->phase == UDP_SWEEP && u->sweep_at >= u->sweep_end && now >= u->sweep_due)
		begin_pass(u);
	if (udp_host_pending(u) == 0 && !awaits_controls(u))
		u->phase = UDP_DONE;
	if (u->phase != UDP_PROVE || u->batch_count || u->held_count || may_prove(u, now) ||
		awaits_error(u, now))
		return;
	if (now < last_due(u)) {
		udp_host_later(u, last_due(u));
		return;
	}
	budget_give_up(&u->budget);
	u->phase = UDP_DONE;
}

static size_t choose(
	struct udp_host *u, nsec_t now, struct udp_ask out[], size_t most, unsigned *batch)
{
	size_t count = 0;

	if (u->phase == UDP_CALIBRATE)
		return calibrate(u, now, out, batch);
	count = udp_ask_held(u, now, out, most, batch);
	if (count == 0 && u->phase == UDP_SWEEP && u->sweep_at < u->sweep_end)
		count = sweep(u, now, out, most, batch);
	if (count == 0 && may_prove(u, now)) {
		udp_host_later(u, u->prove_since + u->policy->icmp_wait);
		count = prove(u, now, out, most, batch);
	}
	if (count == 0 && awaits_error(u, now)) {
		udp_host_later(u, u->began + PATIENCE);
		count = ask_control_alone(u, now, u->budget.asked_at + CONTROL_AGAIN, out, batch);
	}
	if (count == 0 && u->phase == UDP_SWEEP)
		udp_host_later(u, u->sweep_at < u->sweep_end ? now : u->sweep_due);
	return count;
}

size_t udp_host_next(struct udp_host *u, nsec_t now, struct udp_ask out[static UDP_BATCH],
	size_t most, unsigned *batch)
{
	nsec_t each = u->policy->delay > UDP_PACE ? u->policy->delay : UDP_PACE;
	size_t count = 0;

	u->due = NSEC_NEVER;
	udp_batches_settle(u, now);
	move_on(u, now);
	if (u->phase == UDP_DONE)
		return 0;
	if (now >= u->pace && udp_host_pending(u))
		count = choose(u, now, out, u->policy->delay ? 1 : most, batch);
	if (count) {
		u->last_asked = now;
		u->pace = now + (nsec_t)count * each;
	}
	if (now < u->pace)
		udp_host_later(u, u->pace);
	udp_host_later(u, u->settle_due);
	if (u->held_count)
		udp_host_later(u, u->held_due > u->pace ? u->held_due : u->pace);
	return count;
}

bool udp_host_error(struct udp_host *u, uint16_t port, nsec_t now)
{
	const struct udp_port *known = udp_ports_find(u->ports, port);
	bool was_control = udp_batch_control_answered(u, port, now);

	if (known)
		udp_batch_answered(u, known->cell);
	return was_control || known;
}

void udp_host_no_way(struct udp_host *u, uint16_t port, nsec_t now)
{
	const struct udp_port *known = udp_ports_find(u->ports, port);

	u->no_way_now |= udp_batch_control_no_way(u, port, now);
	if (known)
		udp_batch_no_way(u, known->cell);
}

void udp_host_decided(struct udp_host *u, uint32_t cell)
{
	struct udp_cell *c = &u->cells[cell];
	bool closed = u->host->cells[cell].state == PORT_CLOSED;

	udp_batch_left(u, cell);
	udp_held_release(u, cell);
	/* where each token counts, the likeliest port has the first chance of the next one, too */
	if (closed && u->budget.interval > SLOW)
		u->at = 0;
	if (c->evidence == UDP_EVIDENCE)
		u->proved--;
	else if (c->suspect)
		u->suspects--;
	u->heard |= u->host->cells[cell].state == PORT_OPEN;
	u->closed += closed;
	u->mistaken += closed && c->evidence;
}

void udp_host_give_up(struct udp_host *u)
{
	u->phase = UDP_DONE;
}
