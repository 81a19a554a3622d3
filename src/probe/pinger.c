/* SPDX-License-Identifier: MIT */
#include "pinger_private.h"

#include "netprobe/base/mem.h"

#include <errno.h>

enum {
	SEND_BATCH = DGRAM_BATCH, /* probes between two looks at the answers */
	LIVE_HOSTS = 131072,      /* addresses under work at once; further targets wait */
};

#define TROUBLE_PAUSE (NSEC_PER_MSEC)
#define BURST_SPACING (NSEC_PER_MSEC)

/* Between probes this often the loop is not woken for answers: they are taken along with a later
 * probe, since the kernel has stamped them. */
#define LAZY_INTERVAL (20 * NSEC_PER_MSEC)
#define LAZY_DELAY    (50 * NSEC_PER_MSEC)
#define LAZY_RATE     50

/* --- lines --------------------------------------------------------------------------------------
 */

void pinger_enqueue(struct line *line, struct ping_host *h, nsec_t due)
{
	h->due = due;
	h->waits = true;
	h->next = NULL;
	h->prev = line->last;
	if (line->last)
		line->last->next = h;
	else
		line->first = h;
	line->last = h;
}

void pinger_dequeue(struct pinger *p, struct ping_host *h)
{
	struct line *line = p->urgent.first == h || p->urgent.last == h ? &p->urgent : &p->waiting;

	if (!h->waits)
		return;
	if (h->prev)
		h->prev->next = h->next;
	else
		line->first = h->next;
	if (h->next)
		h->next->prev = h->prev;
	else
		line->last = h->prev;
	h->waits = false;
}

/* --- addresses ----------------------------------------------------------------------------------
 */

static void admit(struct pinger *p, const struct pinger_target *target, nsec_t now)
{
	struct ping_host *h = mem_alloc(1, sizeof *h);

	h->name = mem_strdup(target->name);
	h->addr = target->addr;
	*p->newest = h;
	p->newest = &h->after;
	p->live++;
	p->undone++;
	p->status.hosts++;
	pinger_enqueue(&p->urgent, h, now);
}

/* True when there is another address to ask. */
static bool admit_next(struct pinger *p, nsec_t now)
{
	struct pinger_target target;
	int got;

	if (p->targets_done || p->live >= LIVE_HOSTS)
		return false;
	got = p->events.next(p->events.user, &target);
	p->targets_done = got == 0;
	if (got != 1)
		return false;
	admit(p, &target, now);
	return true;
}

static void free_host(struct ping_host *h)
{
	rtt_stats_release(&h->rtt);
	free(h->name);
	free(h);
}

/* A flight leaves the ring, or its address does not wait for it. */
void pinger_forget_flight(void *user, struct flight *f)
{
	struct ping_host *h = f->host;

	(void)user;
	f->host = NULL;
	if (h && --h->kept == 0 && h->told)
		free_host(h);
}

struct ping_host *pinger_host(const struct pinger *p, const struct ping_host *before)
{
	return before ? before->after : p->oldest;
}

void pinger_forget_first(struct pinger *p)
{
	struct ping_host *h = p->oldest;

	ping_add(&p->status.counts, &h->counts);
	p->oldest = h->after;
	if (!p->oldest)
		p->newest = &p->oldest;
	p->live--;
	h->told = true;
	if (h->kept == 0)
		free_host(h);
}

static bool is_asked_enough(const struct pinger *p, const struct ping_host *h)
{
	if (p->options.until_answer && h->counts.received > 0)
		return true;
	return p->options.count && h->counts.sent >= p->options.count;
}

/* After the fate of a probe became known. */
void pinger_settle(struct pinger *p, struct ping_host *h)
{
	bool answered = p->options.until_answer && h->counts.received > 0;

	if (h->done || !is_asked_enough(p, h) || (ping_pending(&h->counts) > 0 && !answered))
		return;
	h->done = true;
	p->undone--;
	pinger_dequeue(p, h);
	p->events.done(p->events.user, h);
}

/* --- sending ------------------------------------------------------------------------------------
 */

/* In turns, so that nobody starves: whose turn came early, new addresses, those that are due. */
static struct ping_host *next_due(struct pinger *p, nsec_t now, nsec_t *later)
{
	struct ping_host *h = p->waiting.first;

	for (int i = 0; i < TURNS; i++) {
		p->turn = (p->turn + 1) % TURNS;
		if (p->turn == TURN_EARLY && p->urgent.first)
			return p->urgent.first;
		if (p->turn == TURN_NEW && admit_next(p, now))
			return p->urgent.last;
		if (p->turn == TURN_DUE && h && h->due <= now)
			return h;
	}
	if (h)
		*later = h->due;
	return NULL;
}

static void plan_next(struct pinger *p, struct ping_host *h, nsec_t now)
{
	nsec_t due = h->due + p->options.interval;

	if (is_asked_enough(p, h))
		return;
	if (h->counts.sent < p->options.preload)
		pinger_enqueue(&p->urgent, h, now);
	else
		/* a pause is not made up for by a burst */
		pinger_enqueue(&p->waiting, h, due > now ? due : now + p->options.interval);
}

/* As long as it is not answered, however long ago it was. */
static void say_outstanding(struct pinger *p, const struct ping_host *h)
{
	const struct flight *last = flights_at(&p->flights, h->newest);

	if (last && last->host == h && !h->refused &&
		(last->state == FLIGHT_WAITING || last->state == FLIGHT_LOST))
		p->events.outstanding(p->events.user, h, last->sequence);
}

static void follow(struct pinger *p, const struct ping_host *h, uint64_t before)
{
	struct flight *f = flights_at(&p->flights, before);

	if (f && f->host == h)
		f->next = h->newest;
}

/* Asks `h`. False: this machine has no room now, and nothing has changed. */
static bool ask(struct pinger *p, struct ping_host *h, nsec_t now)
{
	nsec_t due = h->due;
	uint64_t number, before = h->newest;
	struct flight *f;

	say_outstanding(p, h);
	f = flights_add(&p->flights, &number);
	f->host = h;
	f->sequence = ++h->counts.sent;
	f->asked = instant_now();
	h->kept++;
	h->newest = number;
	pinger_dequeue(p, h);
	plan_next(p, h, now);
	h->refused = p->way->call->ask(p->way, number, f) != 0;
	if (!h->refused) {
		follow(p, h, before);
		return true;
	}
	pinger_dequeue(p, h);
	h->newest = before;
	h->counts.sent--;
	h->kept--;
	p->flights.next--;
	pinger_enqueue(&p->urgent, h, due);
	p->status.troubles++;
	return false;
}

/* Returns when it wants to go on; `now`: at once. */
static nsec_t send_batch(struct pinger *p, nsec_t now)
{
	nsec_t later = NSEC_NEVER;

	for (unsigned i = 0; i < SEND_BATCH && !p->stopped; i++) {
		struct ping_host *h;

		if (p->pacer.interval && pacer_due(&p->pacer) > now)
			/* fast streams go in small bursts: a turn for each probe would cost more */
			return pacer_due(&p->pacer) +
			       (p->pacer.interval < BURST_SPACING ? BURST_SPACING : 0);
		h = next_due(p, now, &later);
		if (!h)
			return later;
		if (!ask(p, h, now))
			return p->pause = now + TROUBLE_PAUSE;
		pacer_take(&p->pacer, now);
	}
	return now;
}

/* Near hosts have answered as soon as a probe was sent, and each departure has left its stamp. */
static void receive_after(struct pinger *p, uint64_t sent, nsec_t now)
{
	p->unread += sent;
	if (p->lazy ? p->unread >= SEND_BATCH || now - p->received_at >= LAZY_DELAY : sent > 0)
		pinger_receive(p, now);
	/* nothing will leave any more and take the answers along */
	if (p->lazy && p->targets_done && !p->urgent.first && !p->waiting.first) {
		p->lazy = false;
		p->way->call->watch(p->way);
	}
}

static nsec_t pinger_send(void *user, nsec_t now)
{
	struct pinger *p = user;
	nsec_t later = p->pause, judgement;
	uint64_t before = p->flights.next;

	if (!p->begun)
		later = p->pause = now + p->way->warm_up;
	p->begun = true;
	if (p->stopped && p->lazy)
		pinger_receive(p, now);
	else
		pinger_expire(p, now);
	if (p->stopped)
		return NSEC_NEVER;
	if (p->pause <= now)
		later = send_batch(p, now);
	if (!p->way->call->flush(p->way)) {
		p->status.troubles++;
		later = p->pause = now + TROUBLE_PAUSE;
	}
	receive_after(p, p->flights.next - before, now);
	/* an answer may have brought the next probe */
	if (p->urgent.first && p->pause <= now && pacer_due(&p->pacer) <= now)
		later = now;
	if (p->targets_done && p->undone == 0) {
		p->events.over(p->events.user);
		return NSEC_NEVER;
	}
	judgement = pinger_next_judgement(p);
	return later < judgement ? later : judgement;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

struct pinger *pinger_new(struct loop *loop, struct ping_way *way,
	const struct pinger_options *options, const struct pinger_events *events)
{
	struct pinger *p = mem_alloc(1, sizeof *p);

	p->loop = loop;
	p->way = way;
	p->options = *options;
	p->events = *events;
	p->newest = &p->oldest;
	p->lazy = !options->prompt && !options->adaptive && options->interval <= LAZY_INTERVAL &&
		  (options->rate <= 0 || options->rate >= LAZY_RATE);
	flights_init(&p->flights);
	pacer_init(&p->pacer, options->rate);
	way->pinger = p;
	if (!p->lazy)
		way->call->watch(way);
	loop_on_send(loop, pinger_send, p);
	return p;
}

void pinger_free(struct pinger *p)
{
	if (!p)
		return;
	for (uint64_t n = p->flights.first; n < p->flights.next; n++)
		pinger_forget_flight(p, flights_at(&p->flights, n));
	while (p->oldest)
		pinger_forget_first(p);
	p->way->call->free(p->way);
	flights_release(&p->flights);
	free(p);
}

void pinger_stop(struct pinger *p)
{
	p->stopped = true;
	loop_stop(p->loop);
}

void pinger_status(const struct pinger *p, struct pinger_status *out)
{
	*out = p->status;
	out->all_asked = p->targets_done;
	for (const struct ping_host *h = p->oldest; h; h = h->after)
		ping_add(&out->counts, &h->counts);
}
