/* SPDX-License-Identifier: MIT */
#include "pinger_private.h"

#include "netprobe/net/route.h"

enum { BEHIND_MAX = 16 }; /* a flood does not put off judgement for ever */

/* Linux gives an unanswered neighbour up after three requests, a second apart (arp(7),
 * mcast_solicit). */
#define NEIGHBOUR_PATIENCE (3500 * NSEC_PER_MSEC)

static void count_drops(struct pinger *p, nsec_t now)
{
	uint64_t drops = p->way->call->dropped(p->way);

	if (drops != p->drops_seen)
		p->drops_at = now;
	p->drops += drops - p->drops_seen;
	p->drops_seen = drops;
}

/* No answer came in time. Did one come, and find our buffer full? Which one was dropped nobody
 * knows; it was one of those that were in flight before the drop was seen. */
static void give_up(struct pinger *p, struct flight *f)
{
	struct ping_host *h = f->host;

	if (f->asked.mono > p->drops_at)
		p->drops = 0;
	p->way->call->leave(p->way, f);
	f->state = p->drops ? FLIGHT_DROPPED : FLIGHT_LOST;
	if (p->drops) {
		p->drops--;
		h->counts.dropped_here++;
	} else {
		h->counts.lost++;
		pinger_begin_silence(p, f);
	}
	p->events.lost(p->events.user, h, f->sequence, f->state == FLIGHT_DROPPED);
	pinger_settle(p, h);
}

static void close_oldest(struct pinger *p)
{
	flights_close_oldest(&p->flights, pinger_forget_flight, p);
	/* a late answer would not be told */
	for (struct flight *f;
		(f = flights_oldest_kept(&p->flights)) && (!f->host || f->host->told);) {
		pinger_forget_flight(p, f);
		flights_drop_oldest(&p->flights);
	}
}

static bool is_waited_for(const struct flight *f)
{
	return f->state == FLIGHT_WAITING && f->host && !f->host->done;
}

static bool may_be_answered_again(const struct flight *f)
{
	return f->state == FLIGHT_ANSWERED && f->carrier && f->host && !f->host->done;
}

/* Closes flights in their order, up to the first that is still waited for, or may be answered
 * again: NULL when none is. */
static struct flight *oldest_open(struct pinger *p)
{
	for (struct flight *f; (f = flights_at(&p->flights, p->flights.open));) {
		if (is_waited_for(f) || may_be_answered_again(f))
			return f;
		if (f->state != FLIGHT_PATIENT)
			p->way->call->leave(p->way, f);
		close_oldest(p);
	}
	return NULL;
}

static nsec_t next_deadline(struct pinger *p)
{
	const struct flight *f = oldest_open(p);

	return f ? f->asked.mono + pinger_timeout(p) : NSEC_NEVER;
}

/* What never left, since nobody tells the link address, did not get lost. Without the stamp of its
 * departure the kernel's neighbour table has to say so. */
static bool awaits_neighbour(const struct flight *f)
{
	return f->wire == 0 && f->host->counts.received == 0 && route_is_unresolved(&f->host->addr);
}

/* False: more is there than one call takes. */
bool pinger_receive(struct pinger *p, nsec_t now)
{
	p->received_at = now;
	p->unread = 0;
	return p->way->call->receive(p->way);
}

static void expire_open(struct pinger *p, nsec_t now)
{
	count_drops(p, now);
	while (!p->stopped && next_deadline(p) <= now) {
		struct flight *f = oldest_open(p);

		if (f->state != FLIGHT_WAITING)
			p->way->call->leave(p->way, f);
		else if (awaits_neighbour(f))
			f->state = FLIGHT_PATIENT;
		else
			give_up(p, f);
	}
}

static struct flight *oldest_patient(struct pinger *p)
{
	struct flight *f;

	while ((f = flights_patient(&p->flights)) && (!f->host || f->host->done)) {
		p->way->call->leave(p->way, f);
		/* counted as pending, as all that is on its way when an address is done */
		f->state = FLIGHT_WAITING;
	}
	return f;
}

/* Of a neighbour that does not answer the kernel tells by an ICMP error of its own; in the end the
 * table has to do. */
static void expire_patient(struct pinger *p, nsec_t now)
{
	for (struct flight *f; !p->stopped && (f = oldest_patient(p)) &&
			       f->asked.mono + NEIGHBOUR_PATIENCE <= now;) {
		struct ping_error e = {.reason = REASON_ARP};

		if (!awaits_neighbour(f)) {
			give_up(p, f);
			continue;
		}
		p->way->call->leave(p->way, f);
		pinger_fail(p, f, &e);
	}
}

/* When the next flight has to be judged. */
nsec_t pinger_next_judgement(struct pinger *p)
{
	nsec_t deadline = next_deadline(p);
	const struct flight *patient = oldest_patient(p);

	if (patient && patient->asked.mono + NEIGHBOUR_PATIENCE < deadline)
		deadline = patient->asked.mono + NEIGHBOUR_PATIENCE;
	return deadline;
}

/* What waits in the kernel came in time: it is taken before anything is judged. */
void pinger_expire(struct pinger *p, nsec_t now)
{
	if (pinger_next_judgement(p) > now)
		return;
	if (!pinger_receive(p, now) && ++p->behind < BEHIND_MAX)
		return;
	p->behind = 0;
	if (next_deadline(p) <= now)
		expire_open(p, now);
	expire_patient(p, now);
}
