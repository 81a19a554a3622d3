/* SPDX-License-Identifier: MIT */
#include "engine_private.h"

/*
 * A router that looks in vain for an address of its link says host or address unreachable when it
 * gives up: after three requests, a second apart (RFC 4861, 10: MAX_MULTICAST_SOLICIT and
 * RETRANS_TIMER; Linux does the same for ARP, neigh/default/mcast_solicit and retrans_time_ms). So
 * long after the first question to an address somebody has to listen. The rest is for the way, and
 * for the timers of Linux, which are 80 ms late each where it counts 100 ticks a second.
 */
#define ROUTER_PATIENCE (3500 * NSEC_PER_MSEC)

/* How often it is looked whether something else has come from the address. */
#define LISTEN_STEP (600 * NSEC_PER_MSEC)

/* The oldest of the packets that wait at the router get their error first, and Linux sends six at
 * once (icmp_ratelimit): where more ports are asked, the first few do not change their sockets for
 * a second try, the kernel makes it. */
enum { FIRST_LISTENERS = 4 };

static bool may_listen(const struct engine *e, const struct slot *slot, nsec_t now)
{
	const struct host *h = slot->host;
	nsec_t until = h->asked_at + ROUTER_PATIENCE;

	if (!h->beyond || h->answered || h->icmp_answers || now >= until)
		return false;
	if (e->options.policy.attempts < 2 ||
		(e->options.timeout && slot->sent + e->options.timeout < until))
		return false;
	return slot->listens || slot->attempt > 1 ||
	       (h->count > FIRST_LISTENERS && h->first_listeners < FIRST_LISTENERS);
}

static void begin(struct engine *e, struct slot *slot)
{
	slot->listens = true;
	slot->host->listening++;
	slot->host->first_listeners += slot->attempt == 1;
	slot->later = NULL;
	slot->earlier = e->latest_listener;
	*(slot->earlier ? &slot->earlier->later : &e->first_listener) = slot;
	e->latest_listener = slot;
}

bool engine_listens_on(struct engine *e, struct slot *slot, nsec_t now)
{
	struct host *h = slot->host;
	struct cell *c = &h->cells[slot->cell];
	nsec_t until = h->asked_at + ROUTER_PATIENCE;

	if (!may_listen(e, slot, now))
		return false;
	if (!slot->listens)
		begin(e, slot);
	/* the kernel has sent its SYN again */
	if (c->attempts == 1 && now - slot->sent > NSEC_PER_SEC)
		c->attempts = 2;
	slot->deadline = until - now < LISTEN_STEP ? until : now + LISTEN_STEP;
	return true;
}

void engine_listened(struct engine *e, struct slot *slot)
{
	if (!slot->listens)
		return;
	slot->listens = false;
	slot->host->listening--;
	*(slot->earlier ? &slot->earlier->later : &e->first_listener) = slot->later;
	*(slot->later ? &slot->later->earlier : &e->latest_listener) = slot->earlier;
}

bool engine_hurry(struct engine *e, nsec_t now)
{
	struct slot *slot = e->first_listener;
	struct answer a = {0};

	if (!slot)
		return false;
	engine_slot_ready(&slot->watch, 0, now);
	if (!slot->listens || e->stopping)
		return true;
	e->probe->explain(slot->fd, &a);
	engine_answered(e, slot, &a, now);
	return true;
}

void engine_rests(struct engine *e, struct host *h, bool rests)
{
	if (rests == h->rests)
		return;
	h->rests = rests;
	e->resting_count += rests ? 1u : -1u;
	e->resting_cells += rests ? h->count : -(uint64_t)h->count;
}
