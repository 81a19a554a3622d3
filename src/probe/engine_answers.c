/* SPDX-License-Identifier: MIT */
#include "engine_private.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"

#include <errno.h>

/* Linux gives an unanswered neighbour up after three requests, a second apart (arp(7),
 * mcast_solicit). */
#define NEIGHBOUR_PATIENCE (3 * NSEC_PER_SEC)
#define NEIGHBOUR_RECHECK  (100 * NSEC_PER_MSEC)

#define TROUBLE_PAUSE (10 * NSEC_PER_MSEC)
/* An address that this machine could not ask for so long is given up. */
#define TROUBLE_LIMIT (5 * NSEC_PER_SEC)

static void decide(
	struct engine *e, struct host *h, uint32_t cell, const struct answer *a, nsec_t elapsed)
{
	host_decide(h, cell, a, elapsed);
	e->status.decided += !h->control;
	e->events.decided(e->events.user, h, cell);
}

/* What stays silent in the end. */
static void decide_silent(struct engine *e, struct host *h)
{
	struct answer a = {.state = PORT_FILTERED, .reason = REASON_TIMEOUT};

	engine_suspect_limit(e, h);
	if (h->neighbour_dead)
		a = (struct answer){.state = PORT_UNREACHABLE, .reason = REASON_ARP};
	else if (h->unsettled)
		a.state = PORT_UNPROVED;
	for (uint32_t i = 0; i < h->count && !e->stopping; i++)
		if (h->cells[i].state == PORT_PENDING)
			decide(e, h, i, &a, 0);
}

static void finish_host(struct engine *e, struct host *h)
{
	decide_silent(e, h);
	/* stopped by what was told of a port: the address has been reported with the others */
	if (e->stopping)
		return;
	log_info("%s: done; window %.0f, round trip %.3f ms +/- %.3f, loss %.1f %%", h->name,
		h->cwnd.size, (double)h->rtt.smoothed / NSEC_PER_MSEC,
		(double)h->rtt.variation / NSEC_PER_MSEC, 100 * host_loss(h));
	engine_unlink(e, h);
	if (!e->events.done(e->events.user, h, true))
		host_free(h);
}

static bool only_listens(const struct host *h)
{
	return h->listening > 0 && h->listening == h->under_way && h->unsent == 0 &&
	       h->queue.count == 0;
}

void engine_moved(struct engine *e, struct host *h, nsec_t now)
{
	if (e->stopping)
		return;
	if (h->under_way == 0 && h->unsent == 0 && h->queue.count == 0 &&
		host_advance(h, &e->options.policy, now) == HOST_DONE) {
		finish_host(e, h);
		return;
	}
	if (h->phase == HOST_SLOW && h->under_way == 0 &&
		host_slow_over(h, &e->options.policy, now)) {
		h->queue.count = 0;
		finish_host(e, h);
		return;
	}
	engine_rests(e, h, only_listens(h));
	engine_wake(e, h);
}

static void note_loss(struct engine *e, const struct slot *slot, unsigned probes, nsec_t now)
{
	struct host *h = slot->host;
	nsec_t lost_at = slot->sent - rtt_timeout(&h->rtt, TIMEOUT_FLOOR, TIMEOUT_CEILING);
	enum cwnd_change change;

	h->lost += probes;
	cwnd_lost(&e->cwnd, lost_at, now);
	change = cwnd_lost(&h->cwnd, lost_at, now);
	if (change == CWND_CUT)
		log_info("%s: loss %.1f %%, window cut to %.0f", h->name, 100 * host_loss(h),
			h->cwnd.size);
	if (change == CWND_RESTORED)
		log_info("%s: loss does not depend on the window: back to %.0f", h->name,
			h->cwnd.size);
}

/* A SYN-ACK or RST: feeds the estimators. */
static void note_reply(
	struct engine *e, const struct slot *slot, const struct answer *a, nsec_t now)
{
	struct host *h = slot->host;
	bool resent = a->resent || now - slot->sent > NSEC_PER_SEC;

	h->answered++;
	cwnd_answered(&h->cwnd, slot->sent);
	cwnd_answered(&e->cwnd, slot->sent);
	/* Karn's rule (RFC 6298, 3): no sample where it is not known which SYN was answered */
	if (!resent)
		rtt_sample(&h->rtt, a->rtt ? a->rtt : now - slot->sent);
	if (slot->attempt > 1 || resent) {
		h->found++;
		note_loss(e, slot, slot->attempt - 1u + resent, now);
	}
}

void engine_end_probe(struct engine *e, struct slot *slot, const struct answer *a)
{
	struct host *h = slot->host;

	timers_cancel(loop_timers(e->loop), &slot->timer);
	engine_listened(e, slot);
	h->under_way--;
	if (!slot->overdue) {
		h->young--;
		e->young--;
	}
	slots_give(&e->slots, slot, a);
	e->status.under_way--;
}

static void give_up_neighbour(struct engine *e, struct host *h)
{
	log_info("%s: no link address: ARP or neighbour discovery goes unanswered", h->name);
	h->neighbour_dead = true;
	for (uint32_t cell; engine_unqueue(e, h, &cell);)
		h->unsent -= h->cells[cell].attempts == 0;
}

/* A port stayed silent: is it asked again at once, before the next pass? */
static bool ask_again(struct engine *e, struct host *h, uint32_t cell, const struct answer *a)
{
	if (h->neighbour_dead)
		return false;
	h->cells[cell].err = a->reason == REASON_LOCAL ? EPERM : 0;
	return h->phase == HOST_SLOW || a->reason == REASON_LOCAL ||
	       (h->cells[cell].attempts == 1 && e->options.policy.attempts > 1);
}

/* The first sign of an address, and it took the router longer than the way there and back. */
static bool says_nobody(const struct host *h, const struct answer *a, nsec_t elapsed)
{
	return a->reason == REASON_ICMP && a->state == PORT_UNREACHABLE && h->answered == 0 &&
	       h->icmp_answers == 0 && elapsed >= RTT_INITIAL_TIMEOUT;
}

/* Of an address that has never answered: what is known of its next hop. Asked at most every
 * NEIGHBOUR_RECHECK. */
static void look_at_neighbour(struct host *h, nsec_t now)
{
	struct next_hop hop;

	if (h->answered || h->icmp_answers || h->neighbour_dead) {
		h->neighbour_silent = h->neighbour_missing = false;
		return;
	}
	if (h->neighbour_asked && now - h->neighbour_asked <= NEIGHBOUR_RECHECK)
		return;
	h->neighbour_asked = now;
	if (route_next_hop(&h->addr, &hop) != 0)
		hop = (struct next_hop){0};
	h->neighbour_silent = hop.unresolved;
	h->neighbour_missing = hop.missing;
	h->beyond = hop.beyond;
	h->next_hop = hop.neighbour;
	h->interface = hop.interface;
}

/* Somebody on the way, first of all. */
static bool says_no_way(const struct host *h, const struct answer *a)
{
	return a->reason == REASON_ICMP && a->state == PORT_UNREACHABLE && h->answered == 0 &&
	       h->icmp_answers == 0 && a->from.family && !addr_same(&a->from, &h->addr);
}

void engine_answered(struct engine *e, struct slot *slot, struct answer *a, nsec_t now)
{
	struct host *h = slot->host;
	uint32_t cell = slot->cell;
	nsec_t elapsed = now - slot->sent;

	if (a->reason == REASON_SYN_ACK || a->reason == REASON_RST)
		note_reply(e, slot, a, now);
	if (h->phase == HOST_SLOW)
		host_slow_result(h, a->state != PORT_PENDING, now);
	if (says_nobody(h, a, elapsed))
		h->nobody = true;
	if (says_no_way(h, a)) {
		look_at_neighbour(h, now);
		engine_no_way(e, h, &a->from);
	}
	if (a->reason == REASON_ARP && h->answered == 0)
		give_up_neighbour(e, h);
	if (a->state == PORT_PENDING && a->reason == REASON_LOCAL && h->cells[cell].err == EPERM) {
		a->state = PORT_FILTERED;
		a->err = EPERM;
	}
	engine_end_probe(e, slot, a);
	if (a->state != PORT_PENDING)
		decide(e, h, cell, a, elapsed);
	else if (ask_again(e, h, cell, a))
		engine_queue(e, h, cell);
	engine_moved(e, h, now);
}

void engine_trouble(struct engine *e, struct host *h, uint32_t cell, int err, nsec_t now)
{
	struct answer a = {.state = PORT_UNPROVED, .reason = REASON_LOCAL, .err = err};

	e->status.troubles++;
	if (e->status.last_trouble != err)
		log_info("%s: %s here; trying again", h->name, err_text(-err));
	e->status.last_trouble = err;
	cwnd_local_shortage(&e->cwnd);
	e->pause = now + TROUBLE_PAUSE;
	engine_limited(e, ENGINE_LOCAL);
	if (h->trouble_since == 0)
		h->trouble_since = now;
	if (now - h->trouble_since > TROUBLE_LIMIT) {
		h->unsent -= h->cells[cell].attempts == 0;
		decide(e, h, cell, &a, 0);
	} else {
		engine_queue(e, h, cell);
	}
	engine_moved(e, h, now);
}

static void ask_once_more(struct engine *e, struct slot *slot, int err, nsec_t now)
{
	struct host *h = slot->host;
	uint32_t cell = slot->cell;

	engine_end_probe(e, slot, NULL);
	engine_trouble(e, h, cell, err, now);
}

void engine_slot_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct slot *slot = container_of(watch, struct slot, watch);
	struct engine *e = slot->engine;
	struct answer a = {0};
	struct addr to;

	(void)events;
	/* an idle socket still reports what it went through */
	if (!slot->host || e->stopping)
		return;
	to = slot->host->addr;
	to.port = host_port(slot->host, slot->cell);
	switch (e->probe->match(slot->fd, &to, &a)) {
	case PROBE_WAITING:
		break;
	case PROBE_ANSWERED:
		engine_answered(e, slot, &a, now);
		break;
	case PROBE_TROUBLE:
		ask_once_more(e, slot, a.err, now);
		break;
	}
}

/* Its timeout has passed: it no longer counts for the window, but an answer is still welcome. */
static void go_on(struct engine *e, struct slot *slot, nsec_t now)
{
	if (!slot->overdue) {
		slot->host->young--;
		e->young--;
	}
	slot->overdue = true;
	timers_set(loop_timers(e->loop), &slot->timer, slot->deadline);
	engine_moved(e, slot->host, now);
}

static bool neighbour_is_silent(struct host *h, nsec_t now)
{
	look_at_neighbour(h, now);
	return h->neighbour_silent;
}

/* What was sent there has not left: the kernel found no room to ask for a link address (arp(7),
 * gc_thresh3). */
static bool neighbour_is_missing(struct host *h, nsec_t now)
{
	look_at_neighbour(h, now);
	return h->neighbour_missing;
}

void engine_slot_expired(struct timer *timer, nsec_t now)
{
	struct slot *slot = container_of(timer, struct slot, timer);
	struct engine *e = slot->engine;
	struct answer a = {0};

	if (e->stopping)
		return;
	if (now < slot->deadline) {
		go_on(e, slot, now);
		return;
	}
	/* more may have been ready than one turn receives */
	engine_slot_ready(&slot->watch, 0, now);
	if (!slot->host)
		return;
	if (!slot->patient && !slot->listens && neighbour_is_silent(slot->host, now)) {
		slot->patient = true;
		slot->deadline = now + NEIGHBOUR_PATIENCE;
		timers_set(loop_timers(e->loop), timer, slot->deadline);
		return;
	}
	e->probe->explain(slot->fd, &a);
	if (slot->patient && neighbour_is_silent(slot->host, now))
		a = (struct answer){.state = PORT_UNREACHABLE, .reason = REASON_ARP};
	if (neighbour_is_missing(slot->host, now)) {
		slot->host->asked_at = 0;
		ask_once_more(e, slot, ENOBUFS, now);
	} else if (a.reason == REASON_TIMEOUT && engine_listens_on(e, slot, now)) {
		go_on(e, slot, now);
	} else {
		engine_answered(e, slot, &a, now);
	}
}
