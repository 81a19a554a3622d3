/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/pinger.h"

#include "ping_way.h"

#include "netprobe/base/mem.h"
#include "netprobe/event/pacer.h"
#include "netprobe/net/route.h"

#include <errno.h>

enum {
	SEND_BATCH = DGRAM_BATCH, /* probes between two looks at the answers */
	BEHIND_MAX = 16,          /* a flood does not put off judgement for ever */
	LIVE_HOSTS = 131072,      /* addresses under work at once; further targets wait */
};

#define TIMEOUT_LEAST (NSEC_PER_SEC)
#define TIMEOUT_MOST  (10 * NSEC_PER_SEC) /* one slow address does not hold up all others */
#define TROUBLE_PAUSE (NSEC_PER_MSEC)
#define BURST_SPACING (NSEC_PER_MSEC)

/* Linux gives an unanswered neighbour up after three requests, a second apart (arp(7),
 * mcast_solicit). */
#define NEIGHBOUR_PATIENCE (3500 * NSEC_PER_MSEC)

/* Between probes this often the loop is not woken for answers: they are taken along with a later
 * probe, since the kernel has stamped them. */
#define LAZY_INTERVAL (20 * NSEC_PER_MSEC)
#define LAZY_DELAY    (50 * NSEC_PER_MSEC)
#define LAZY_RATE     50

/* Addresses that wait for their turn, in the order of `due`. */
struct line {
	struct ping_host *first, *last;
};

enum { TURN_EARLY, TURN_NEW, TURN_DUE, TURNS };

struct pinger {
	struct loop *loop;
	struct ping_way *way;
	struct pinger_options options;
	struct pinger_events events;
	struct flights flights;
	struct pacer pacer;
	struct line urgent, waiting; /* all of a line wait equally long, so each is in order */
	struct ping_host *oldest, **newest;
	uint64_t live, undone; /* addresses */
	nsec_t longest;        /* round trip so far */
	nsec_t pause;          /* this machine had no room: nothing is sent before */
	uint64_t drops_seen;   /* of the way's count */
	uint64_t drops;        /* not yet laid to a flight */
	nsec_t drops_at;       /* when the last of them were seen */
	nsec_t received_at;
	uint64_t unread; /* probes that left since then */
	unsigned behind; /* turns in a row that could not read all that had come */
	int turn;
	bool begun, lazy, targets_done, stopped;
	struct pinger_status status; /* counts: of addresses that were forgotten */
};

/* --- lines --------------------------------------------------------------------------------------
 */

static void enqueue(struct line *line, struct ping_host *h, nsec_t due)
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

static void dequeue(struct pinger *p, struct ping_host *h)
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
	enqueue(&p->urgent, h, now);
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
static void forget_flight(void *user, struct flight *f)
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
static void settle(struct pinger *p, struct ping_host *h)
{
	bool answered = p->options.until_answer && h->counts.received > 0;

	if (h->done || !is_asked_enough(p, h) || (ping_pending(&h->counts) > 0 && !answered))
		return;
	h->done = true;
	p->undone--;
	dequeue(p, h);
	p->events.done(p->events.user, h);
}

/* --- what the way tells -------------------------------------------------------------------------
 */

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

static nsec_t timeout_of(const struct pinger *p)
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
static void begin_silence(struct pinger *p, const struct flight *f)
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

	r->late = r->trip.rtt > timeout_of(p);
	h->counts.late += r->late;
	h->counts.corrupted += r->fault == PING_CORRUPT;
	rtt_stats_add(&h->rtt, r->trip.rtt);
	end_silence(h, f);
	if (r->trip.rtt > p->longest)
		p->longest = r->trip.rtt;
	if (p->options.adaptive && h->waits) {
		dequeue(p, h);
		enqueue(&p->urgent, h, clock_now());
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
	settle(p, h);
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
	begin_silence(p, f);
}

static void fail(struct pinger *p, struct flight *f, struct ping_error *e)
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
	settle(p, h);
}

void pinger_failed(struct pinger *p, uint64_t number, struct ping_error *e)
{
	struct flight *f = flights_at(&p->flights, number);

	if (f)
		fail(p, f, e);
}

/* --- deadlines ----------------------------------------------------------------------------------
 */

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
		begin_silence(p, f);
	}
	p->events.lost(p->events.user, h, f->sequence, f->state == FLIGHT_DROPPED);
	settle(p, h);
}

static void close_oldest(struct pinger *p)
{
	flights_close_oldest(&p->flights, forget_flight, p);
	/* a late answer would not be told */
	for (struct flight *f;
		(f = flights_oldest_kept(&p->flights)) && (!f->host || f->host->told);) {
		forget_flight(p, f);
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

	return f ? f->asked.mono + timeout_of(p) : NSEC_NEVER;
}

/* What never left, since nobody tells the link address, did not get lost. Without the stamp of its
 * departure the kernel's neighbour table has to say so. */
static bool awaits_neighbour(const struct flight *f)
{
	return f->wire == 0 && f->host->counts.received == 0 && route_is_unresolved(&f->host->addr);
}

/* False: more is there than one call takes. */
static bool receive(struct pinger *p, nsec_t now)
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
		fail(p, f, &e);
	}
}

/* When the next flight has to be judged. */
static nsec_t next_judgement(struct pinger *p)
{
	nsec_t deadline = next_deadline(p);
	const struct flight *patient = oldest_patient(p);

	if (patient && patient->asked.mono + NEIGHBOUR_PATIENCE < deadline)
		deadline = patient->asked.mono + NEIGHBOUR_PATIENCE;
	return deadline;
}

/* What waits in the kernel came in time: it is taken before anything is judged. */
static void expire(struct pinger *p, nsec_t now)
{
	if (next_judgement(p) > now)
		return;
	if (!receive(p, now) && ++p->behind < BEHIND_MAX)
		return;
	p->behind = 0;
	if (next_deadline(p) <= now)
		expire_open(p, now);
	expire_patient(p, now);
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
		enqueue(&p->urgent, h, now);
	else
		/* a pause is not made up for by a burst */
		enqueue(&p->waiting, h, due > now ? due : now + p->options.interval);
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
	dequeue(p, h);
	plan_next(p, h, now);
	h->refused = p->way->call->ask(p->way, number, f) != 0;
	if (!h->refused) {
		follow(p, h, before);
		return true;
	}
	dequeue(p, h);
	h->newest = before;
	h->counts.sent--;
	h->kept--;
	p->flights.next--;
	enqueue(&p->urgent, h, due);
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
		receive(p, now);
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
		receive(p, now);
	else
		expire(p, now);
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
	judgement = next_judgement(p);
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
		forget_flight(p, flights_at(&p->flights, n));
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
