/* SPDX-License-Identifier: MIT */
#include "pinger_private.h"

#define TIMEOUT_LEAST (NSEC_PER_SEC)
#define TIMEOUT_MOST  (10 * NSEC_PER_SEC) /* one slow address does not hold up all others */

struct flights *pinger_flights(struct pinger *p)
{
	return &p->flights;
}

void pinger_foreign(struct pinger *p)
{
	p->status.foreign++;
}

void pinger_departed(struct pinger *p, uint32_t low, nsec_t wire)
{
	struct flight *f = flights_at(&p->flights, flights_number(&p->flights, low));

	if (f && f->wire == 0)
		f->wire = wire;
}

nsec_t pinger_timeout(const struct pinger *p)
{
	if (p->options.timeout)
		return p->options.timeout;
	if (2 * p->longest < TIMEOUT_LEAST)
		return TIMEOUT_LEAST;
	return 2 * p->longest < TIMEOUT_MOST ? 2 * p->longest : TIMEOUT_MOST;
}

/* An answer to an earlier probe does not end a silence that began later. */
static void end_silence(struct ping_host *h, const struct flight *f)
{
	if (h->silent_since == 0 || f->asked.mono <= h->silent_since)
		return;
	h->longest_outage = ping_outage(h, f->asked.mono);
	h->silent_since = 0;
	h->silent_until = f->asked.mono;
}

/* When a probe is given up, later ones may have been answered: then the silence is over already. */
void pinger_begin_silence(struct pinger *p, const struct flight *f)
{
	struct ping_host *h = f->host;

	if (h->silent_since || f->asked.mono < h->silent_until)
		return;
	h->silent_since = f->asked.mono;
	do {
		f = flights_at(&p->flights, f->next);
	} while (f && f->state != FLIGHT_ANSWERED);
	if (f)
		end_silence(h, f);
}

/* Moves the flight among the received. False: it was there. */
static bool receive_first(struct flight *f)
{
	struct ping_counts *c = &f->host->counts;

	switch ((enum flight_state)f->state) {
	case FLIGHT_ANSWERED:
		c->duplicates++;
		return false;
	case FLIGHT_FAILED:
		c->errors--;
		c->lost--;
		break;
	case FLIGHT_LOST:
		c->lost--;
		break;
	case FLIGHT_DROPPED:
		c->dropped_here--;
		break;
	case FLIGHT_WAITING:
	case FLIGHT_PATIENT:
		break;
	}
	f->state = FLIGHT_ANSWERED;
	c->received++;
	return true;
}

static void take_first(struct pinger *p, struct flight *f, struct ping_reply *r)
{
	struct ping_host *h = f->host;

	r->late = r->trip.rtt > pinger_timeout(p);
	h->counts.late += r->late;
	h->counts.corrupted += r->fault == PING_CORRUPT;
	rtt_stats_add(&h->rtt, r->trip.rtt);
	end_silence(h, f);
	if (r->trip.rtt > p->longest)
		p->longest = r->trip.rtt;
	if (p->options.adaptive && h->waits) {
		pinger_dequeue(p, h);
		pinger_enqueue(&p->urgent, h, clock_now());
	}
}

void pinger_answered(struct pinger *p, uint64_t number, struct ping_reply *r)
{
	struct flight *f = flights_at(&p->flights, number);
	struct ping_host *h = f ? f->host : NULL;

	if (!h) {
		pinger_foreign(p);
		return;
	}
	/* its record is written */
	if (h->told)
		return;
	r->sequence = f->sequence;
	if (r->fault > PING_CORRUPT) {
		pinger_foreign(p);
	} else {
		r->duplicate = !receive_first(f);
		if (!r->duplicate)
			take_first(p, f, r);
	}
	p->events.reply(p->events.user, h, r);
	pinger_settle(p, h);
}

/* What this machine does not let out is no word about the network. */
static void keep_here(struct flight *f)
{
	struct ping_counts *c = &f->host->counts;

	c->lost -= f->state == FLIGHT_LOST;
	c->dropped_here++;
	f->state = FLIGHT_DROPPED;
}

static void lose(struct pinger *p, struct flight *f)
{
	struct ping_counts *c = &f->host->counts;

	c->dropped_here -= f->state == FLIGHT_DROPPED;
	c->lost += f->state != FLIGHT_LOST;
	c->errors++;
	f->state = FLIGHT_FAILED;
	pinger_begin_silence(p, f);
}

void pinger_fail(struct pinger *p, struct flight *f, struct ping_error *e)
{
	struct ping_host *h = f->host;

	if (!h || h->told || f->state == FLIGHT_ANSWERED || f->state == FLIGHT_FAILED ||
		(f->state == FLIGHT_DROPPED && e->reason == REASON_LOCAL))
		return;
	if (e->reason == REASON_LOCAL)
		keep_here(f);
	else
		lose(p, f);
	e->sequence = f->sequence;
	p->events.error(p->events.user, h, e);
	pinger_settle(p, h);
}

void pinger_failed(struct pinger *p, uint64_t number, struct ping_error *e)
{
	struct flight *f = flights_at(&p->flights, number);

	if (f)
		pinger_fail(p, f, e);
}
