/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/engine.h"

#include "slots.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"
#include "netprobe/event/cwnd.h"
#include "netprobe/event/pacer.h"
#include "netprobe/net/limits.h"
#include "netprobe/net/route.h"
#include "netprobe/probe/window.h"

#include <errno.h>

enum {
	SEND_BATCH = 64,  /* probes between two looks at the answers */
	SPARE_FILES = 32, /* for everything that is no probe: output, lists, resolver, loop */
	LEAST_SOCKETS = 4,
	RUN_WINDOW = 256,     /* first window of the whole run */
	HELD_PER_HOST = 1024, /* first questions that wait because their address has no room */
	HELD_MAX = 65536,
	LIVE_CELLS = 2 * WINDOW_CELLS, /* no new window beyond */
	LIVE_HOSTS = 2 * WINDOW_HOSTS,
};

#define TIMEOUT_FLOOR   (100 * NSEC_PER_MSEC)
#define TIMEOUT_CEILING (10 * NSEC_PER_SEC)

/* Linux gives an unanswered neighbour up after three requests, a second apart (arp(7),
 * mcast_solicit). */
#define NEIGHBOUR_PATIENCE (3 * NSEC_PER_SEC)
#define NEIGHBOUR_RECHECK  (100 * NSEC_PER_MSEC)

#define TROUBLE_PAUSE (10 * NSEC_PER_MSEC)
/* Probes that live to see the kernel send their SYN again do so at a tick of the timer wheel, 32 ms
 * wide at that distance (HZ 250); more than net.core.netdev_max_backlog (1000) at once would be
 * lost in our own queues. */
#define LONG_RATE 16000

#define TROUBLE_LIMIT                                                                              \
	(5 * NSEC_PER_SEC) /* an address that this machine could not ask for so long is given up   \
			    */

struct engine {
	struct loop *loop;
	const struct probe *probe;
	struct engine_options options;
	struct engine_events events;
	struct slots slots;
	struct cwnd cwnd;
	struct pacer pacer, long_pacer;
	unsigned young; /* probes under way for less than their timeout */
	nsec_t pause;   /* this machine was short of something: nothing is sent before */

	struct window window;
	uint64_t windows;    /* opened so far */
	uint32_t held;       /* first questions in the hosts' queues */
	uint64_t live_cells; /* of all live hosts */
	uint32_t live_count;
	struct host *live;
	struct host *ready_first, **ready_last;
	bool targets_done, stopping;
	struct engine_status status;
};

/* --- which address may be asked
 * ------------------------------------------------------------------- */

static void make_ready(struct engine *e, struct host *h)
{
	if (h->ready || h->queue.count == 0)
		return;
	timers_cancel(loop_timers(e->loop), &h->wake);
	h->ready = true;
	h->next_ready = NULL;
	*e->ready_last = h;
	e->ready_last = &h->next_ready;
}

static void wake_host(struct timer *timer, nsec_t now)
{
	struct host *h = container_of(timer, struct host, wake);

	(void)now;
	make_ready(h->engine, h);
}

static void limited(struct engine *e, enum engine_limit by)
{
	e->status.limit = by;
}

/* When the address may be asked next: now, a later time, or NSEC_NEVER: when something of it has
 * ended. */
static nsec_t host_due(struct engine *e, struct host *h, nsec_t now)
{
	if (h->phase == HOST_SLOW) {
		limited(e, ENGINE_ICMP);
		e->status.limiter = h->witnesses[h->icmp_witness];
		return h->under_way ? NSEC_NEVER : h->slow_due;
	}
	if (h->pacer.interval && pacer_due(&h->pacer) > now) {
		limited(e, ENGINE_DELAY);
		return pacer_due(&h->pacer);
	}
	if (cwnd_has_room(&h->cwnd, h->young))
		return now;
	cwnd_quiet(&h->cwnd, now);
	if (cwnd_has_room(&h->cwnd, h->young))
		return now;
	limited(e, ENGINE_WINDOW);
	return h->cwnd.lossy ? NSEC_NEVER : h->cwnd.grown_at + CWND_QUIET_INTERVAL;
}

/* True when it may be asked now; else its alarm is set. */
static bool host_may_send(struct engine *e, struct host *h, nsec_t now)
{
	nsec_t due = host_due(e, h, now);

	if (due <= now)
		return true;
	if (due != NSEC_NEVER)
		timers_set(loop_timers(e->loop), &h->wake, due);
	return false;
}

static struct host *pop_ready(struct engine *e)
{
	struct host *h = e->ready_first;

	e->ready_first = h->next_ready;
	if (!e->ready_first)
		e->ready_last = &e->ready_first;
	h->ready = false;
	return h;
}

/* Queued questions that were never asked are counted, to bound them: `held`. */
static void enqueue(struct engine *e, struct host *h, uint32_t cell)
{
	e->held += h->cells[cell].attempts == 0;
	host_push(h, cell);
}

static bool dequeue(struct engine *e, struct host *h, uint32_t *cell)
{
	if (!host_pop(h, cell))
		return false;
	e->held -= h->cells[*cell].attempts == 0;
	return true;
}

/* Probes that wait for PROBE_LONG_WAIT: the second of a silent port, and the one that shall confirm
 * that this machine lets nothing out. */
static bool is_long(const struct host *h, uint32_t cell, unsigned attempt)
{
	return h->phase != HOST_SLOW && (attempt == 2 || h->cells[cell].err == EPERM);
}

static bool next_waiting(
	struct engine *e, nsec_t now, struct host **host, uint32_t *cell, nsec_t *later)
{
	while (e->ready_first) {
		struct host *h = pop_ready(e);

		if (!host_may_send(e, h, now) || h->queue.count == 0)
			continue;
		if (is_long(h, host_peek(h), h->cells[host_peek(h)].attempts + 1u) &&
			!pacer_take(&e->long_pacer, now)) {
			make_ready(e, h);
			*later = pacer_due(&e->long_pacer);
			return false;
		}
		dequeue(e, h, cell);
		*host = h;
		return true;
	}
	return false;
}

/* --- targets ------------------------------------------------------------------------------------
 */

static void admit(struct engine *e, const struct engine_target *target)
{
	struct host *h = host_new(target->name, &target->addr, target->ports);

	h->engine = e;
	h->wake.expired = wake_host;
	h->started = clock_now();
	pacer_init_interval(&h->pacer, e->options.delay);
	h->next = e->live;
	if (e->live)
		e->live->prev = h;
	e->live = h;
	e->live_count++;
	e->live_cells += h->count;
	window_add(&e->window, h);
}

static void unlink_host(struct engine *e, struct host *h)
{
	timers_cancel(loop_timers(e->loop), &h->wake);
	if (h->prev)
		h->prev->next = h->next;
	else
		e->live = h->next;
	if (h->next)
		h->next->prev = h->prev;
	e->live_count--;
	e->live_cells -= h->count;
}

static bool open_window(struct engine *e)
{
	struct engine_target target;

	if (e->targets_done || e->live_cells >= LIVE_CELLS || e->live_count >= LIVE_HOSTS)
		return false;
	window_reset(&e->window);
	while (!window_is_full(&e->window)) {
		int got = e->events.next(e->events.user, &target);

		if (got == 0)
			e->targets_done = true;
		if (got == -EAGAIN)
			limited(e, ENGINE_NAMES);
		if (got <= 0)
			break;
		admit(e, &target);
	}
	window_start(&e->window, e->options.sequential, rng_mix(e->options.seed) + e->windows);
	e->windows += e->window.host_count > 0;
	return e->window.host_count > 0;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void decide(
	struct engine *e, struct host *h, uint32_t cell, const struct answer *a, nsec_t elapsed)
{
	host_decide(h, cell, a, elapsed);
	e->status.decided++;
	e->events.decided(e->events.user, h, cell);
}

/* What stays silent in the end. */
static void decide_silent(struct engine *e, struct host *h)
{
	struct answer a = {.state = PORT_FILTERED, .reason = REASON_TIMEOUT};

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
	unlink_host(e, h);
	e->events.done(e->events.user, h, true);
	host_free(h);
}

/* After something of the address has ended: it has room, or the next pass begins, or it is done. */
static void host_moved(struct engine *e, struct host *h, nsec_t now)
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
	make_ready(e, h);
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

static void end_probe(struct engine *e, struct slot *slot, const struct answer *a)
{
	struct host *h = slot->host;

	timers_cancel(loop_timers(e->loop), &slot->timer);
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
	for (uint32_t cell; dequeue(e, h, &cell);)
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

static void take_answer(struct engine *e, struct slot *slot, struct answer *a, nsec_t now)
{
	struct host *h = slot->host;
	uint32_t cell = slot->cell;
	nsec_t elapsed = now - slot->sent;

	if (a->reason == REASON_SYN_ACK || a->reason == REASON_RST)
		note_reply(e, slot, a, now);
	if (h->phase == HOST_SLOW)
		host_slow_result(h, a->state != PORT_PENDING, now);
	if (a->reason == REASON_ARP && h->answered == 0)
		give_up_neighbour(e, h);
	if (a->state == PORT_PENDING && a->reason == REASON_LOCAL && h->cells[cell].err == EPERM) {
		a->state = PORT_FILTERED;
		a->err = EPERM;
	}
	end_probe(e, slot, a);
	if (a->state != PORT_PENDING)
		decide(e, h, cell, a, elapsed);
	else if (ask_again(e, h, cell, a))
		enqueue(e, h, cell);
	host_moved(e, h, now);
}

/* This machine could not send: the port keeps its place, the whole run pauses. */
static void take_trouble(struct engine *e, struct host *h, uint32_t cell, int err, nsec_t now)
{
	struct answer a = {.state = PORT_UNPROVED, .reason = REASON_LOCAL, .err = err};

	e->status.troubles++;
	if (e->status.last_trouble != err)
		log_info("%s: %s here; trying again", h->name, err_text(-err));
	e->status.last_trouble = err;
	cwnd_local_shortage(&e->cwnd);
	e->pause = now + TROUBLE_PAUSE;
	limited(e, ENGINE_LOCAL);
	if (h->trouble_since == 0)
		h->trouble_since = now;
	if (now - h->trouble_since > TROUBLE_LIMIT) {
		h->unsent -= h->cells[cell].attempts == 0;
		decide(e, h, cell, &a, 0);
	} else {
		enqueue(e, h, cell);
	}
	host_moved(e, h, now);
}

static void slot_ready(struct watch *watch, uint32_t events, nsec_t now)
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
		take_answer(e, slot, &a, now);
		break;
	case PROBE_TROUBLE: {
		struct host *h = slot->host;
		uint32_t cell = slot->cell;

		end_probe(e, slot, NULL);
		take_trouble(e, h, cell, a.err, now);
		break;
	}
	}
}

/* Its timeout has passed: it no longer counts for the window, but an answer is still welcome. */
static void go_overdue(struct engine *e, struct slot *slot, nsec_t now)
{
	slot->overdue = true;
	slot->host->young--;
	e->young--;
	timers_set(loop_timers(e->loop), &slot->timer, slot->deadline);
	host_moved(e, slot->host, now);
}

/* Of an address that has never answered: does its next hop? Asked at most every NEIGHBOUR_RECHECK.
 */
static bool neighbour_is_silent(struct host *h, nsec_t now)
{
	if (h->answered || h->icmp_answers || h->neighbour_dead)
		return false;
	if (h->neighbour_asked == 0 || now - h->neighbour_asked > NEIGHBOUR_RECHECK) {
		h->neighbour_silent = route_is_unresolved(&h->addr);
		h->neighbour_asked = now;
	}
	return h->neighbour_silent;
}

static void slot_expired(struct timer *timer, nsec_t now)
{
	struct slot *slot = container_of(timer, struct slot, timer);
	struct engine *e = slot->engine;
	struct answer a = {0};

	if (e->stopping)
		return;
	if (now < slot->deadline) {
		go_overdue(e, slot, now);
		return;
	}
	/* more may have been ready than one turn receives */
	slot_ready(&slot->watch, 0, now);
	if (!slot->host)
		return;
	if (!slot->patient && neighbour_is_silent(slot->host, now)) {
		slot->patient = true;
		slot->deadline = now + NEIGHBOUR_PATIENCE;
		timers_set(loop_timers(e->loop), timer, slot->deadline);
		return;
	}
	e->probe->explain(slot->fd, &a);
	if (slot->patient && neighbour_is_silent(slot->host, now))
		a = (struct answer){.state = PORT_UNREACHABLE, .reason = REASON_ARP};
	take_answer(e, slot, &a, now);
}

/* --- sending ------------------------------------------------------------------------------------
 */

/* A port of an address that cannot be reached at all: decided with the others, without being asked.
 */
static void skip_unasked(struct engine *e, struct host *h, nsec_t now)
{
	h->unsent--;
	host_moved(e, h, now);
}

static bool may_hold_more(const struct engine *e)
{
	uint32_t most = HELD_PER_HOST * (e->live_count < HELD_MAX / HELD_PER_HOST
							? e->live_count
							: HELD_MAX / HELD_PER_HOST);

	return e->held < most;
}

static bool next_fresh(struct engine *e, nsec_t now, struct host **host, uint32_t *cell)
{
	while (may_hold_more(e) || e->live_count == 0) {
		if (!window_next(&e->window, host, cell)) {
			if (!open_window(e))
				return false;
			continue;
		}
		if ((*host)->neighbour_dead) {
			skip_unasked(e, *host, now);
			continue;
		}
		if ((*host)->queue.count == 0 && host_may_send(e, *host, now))
			return true;
		/* its turn came and it has no room: others need not wait for it */
		enqueue(e, *host, *cell);
	}
	return false;
}

static void set_deadlines(struct engine *e, struct slot *slot, nsec_t now)
{
	const struct host *h = slot->host;
	nsec_t ceiling = e->options.timeout ? e->options.timeout : TIMEOUT_CEILING;
	nsec_t timeout =
		rtt_timeout(&h->rtt, TIMEOUT_FLOOR < ceiling ? TIMEOUT_FLOOR : ceiling, ceiling);
	nsec_t wait = timeout;

	/* back off (RFC 6298, 5.5), gently: each try is a new SYN already */
	for (unsigned i = 2;
		i < slot->attempt && wait < RTT_INITIAL_TIMEOUT && h->phase != HOST_SLOW; i++)
		wait += wait / 2;
	if (is_long(h, slot->cell, slot->attempt) && wait < PROBE_LONG_WAIT)
		wait = PROBE_LONG_WAIT;
	if (wait > ceiling)
		wait = ceiling;
	slot->deadline = now + wait;
	timers_set(loop_timers(e->loop), &slot->timer, now + (timeout < wait ? timeout : wait));
}

static void begin_probe(struct engine *e, struct slot *slot, struct host *h, uint32_t cell)
{
	struct cell *c = &h->cells[cell];

	if (c->attempts == 0)
		h->unsent--;
	if (c->attempts < UINT8_MAX)
		c->attempts++;
	slot->host = h;
	slot->cell = cell;
	slot->attempt = c->attempts;
	slot->overdue = slot->patient = false;
	h->young++;
	h->under_way++;
	e->young++;
	e->status.under_way++;
}

static void undo_probe(struct engine *e, struct slot *slot)
{
	struct host *h = slot->host;
	struct cell *c = &h->cells[slot->cell];

	c->attempts--;
	if (c->attempts == 0)
		h->unsent++;
	end_probe(e, slot, NULL);
}

static void send_probe(struct engine *e, struct slot *slot, struct host *h, uint32_t cell)
{
	struct addr to = h->addr;
	struct answer a = {0};
	enum probe_event event;

	to.port = host_port(h, cell);
	begin_probe(e, slot, h, cell);
	slot->sent = clock_now();
	set_deadlines(e, slot, slot->sent);
	pacer_take(&h->pacer, slot->sent);
	event = e->probe->send(slot->fd, &to, &a);
	if (event == PROBE_TROUBLE) {
		undo_probe(e, slot);
		take_trouble(e, h, cell, a.err, slot->sent);
		return;
	}
	h->trouble_since = 0;
	e->status.sent++;
	log_debug("%s port %u: try %u, waits %.0f ms", h->name, to.port, slot->attempt,
		(double)(slot->deadline - slot->sent) / NSEC_PER_MSEC);
	if (event == PROBE_ANSWERED)
		take_answer(e, slot, &a, clock_now());
	else
		make_ready(e, h);
}

/* Finds room, work and a socket for one probe. False: not now; *later says when to look again. */
static bool send_one(struct engine *e, nsec_t now, nsec_t *later)
{
	struct host *h;
	struct slot *slot;
	uint32_t cell;
	int err;

	if (!cwnd_has_room(&e->cwnd, e->young)) {
		cwnd_quiet(&e->cwnd, now);
		if (!cwnd_has_room(&e->cwnd, e->young)) {
			limited(e, ENGINE_WINDOW);
			*later =
				e->cwnd.lossy ? NSEC_NEVER : e->cwnd.grown_at + CWND_QUIET_INTERVAL;
			return false;
		}
	}
	if (e->pacer.interval && pacer_due(&e->pacer) > now) {
		limited(e, ENGINE_RATE);
		*later = pacer_due(&e->pacer);
		return false;
	}
	if (!next_waiting(e, now, &h, &cell, later) && !next_fresh(e, now, &h, &cell))
		return false;
	slot = slots_take(&e->slots, h->addr.family, &err);
	if (slot) {
		pacer_take(&e->pacer, now);
		send_probe(e, slot, h, cell);
		return true;
	}
	limited(e, e->slots.at_file_limit ? ENGINE_FILES : e->status.sockets_limit);
	if (err == 0) {
		enqueue(e, h, cell);
		make_ready(e, h);
		return false;
	}
	take_trouble(e, h, cell, -err, now);
	*later = e->pause;
	return false;
}

static nsec_t engine_send(void *user, nsec_t now)
{
	struct engine *e = user;
	nsec_t later = NSEC_NEVER;
	unsigned batch = 0;

	if (e->pause > now)
		return e->pause;
	limited(e, ENGINE_SILENCE);
	while (batch < SEND_BATCH && !e->stopping && send_one(e, now, &later))
		batch++;
	if (batch == SEND_BATCH)
		return now;
	if (e->targets_done && !e->live)
		loop_stop(e->loop);
	return later;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void size_sockets(struct engine *e)
{
	unsigned files = limits_raise_files(), ports = limits_local_ports();

	e->slots.bound = files > SPARE_FILES + LEAST_SOCKETS ? files - SPARE_FILES : LEAST_SOCKETS;
	e->status.sockets_limit = ENGINE_FILES;
	if (ports < e->slots.bound) {
		e->slots.bound = ports;
		e->status.sockets_limit = ENGINE_PORTS;
	}
	if (e->options.parallel && e->options.parallel < e->slots.bound) {
		e->slots.bound = e->options.parallel;
		e->status.sockets_limit = ENGINE_PARALLEL;
	}
	log_info("up to %u probes under way (%u files, %u local ports)", e->slots.bound, files,
		ports);
}

struct engine *engine_new(struct loop *loop, const struct probe *probe,
	const struct engine_options *options, const struct engine_events *events)
{
	struct engine *e = mem_alloc(1, sizeof *e);

	e->loop = loop;
	e->probe = probe;
	e->options = *options;
	e->events = *events;
	e->slots = (struct slots){
		.loop = loop,
		.probe = probe,
		.engine = e,
		.ready = slot_ready,
		.expired = slot_expired,
	};
	e->ready_last = &e->ready_first;
	size_sockets(e);
	cwnd_init(&e->cwnd, RUN_WINDOW, e->slots.bound);
	pacer_init(&e->pacer, options->rate);
	pacer_init(&e->long_pacer, LONG_RATE);
	loop_on_send(loop, engine_send, e);
	return e;
}

void engine_free(struct engine *e)
{
	while (e->live) {
		struct host *h = e->live;

		unlink_host(e, h);
		host_free(h);
	}
	slots_release(&e->slots);
	free(e);
}

void engine_stop(struct engine *e)
{
	if (e->stopping)
		return;
	e->stopping = true;
	for (struct host *h = e->live; h; h = h->next)
		e->events.done(e->events.user, h, h->decided == h->count);
	loop_stop(e->loop);
}

void engine_status(const struct engine *e, struct engine_status *out)
{
	*out = e->status;
	out->sockets = e->slots.bound;
}
