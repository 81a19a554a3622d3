/* SPDX-License-Identifier: MIT */
#include "engine_events.h"
#include "engine_private.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/limits.h"

enum {
	SEND_BATCH = 64,  /* probes between two looks at the answers */
	SPARE_FILES = 32, /* for everything that is no probe: output, lists, resolver, loop */
	LEAST_SOCKETS = 4,
	RUN_WINDOW = 256, /* first window of the whole run */
};

/* Probes that live to see the kernel send their SYN again do so at a tick of the timer wheel, 32 ms
 * wide at that distance (HZ 250); more than net.core.netdev_max_backlog (1000) at once would be
 * lost in our own queues. */
#define LONG_RATE 16000

/* --- sending ------------------------------------------------------------------------------------
 */

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
	if (engine_is_long(h, slot->cell, slot->attempt) && wait < PROBE_LONG_WAIT)
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
	slot->overdue = slot->patient = slot->listens = false;
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
	engine_end_probe(e, slot, NULL);
}

static void send_probe(struct engine *e, struct slot *slot, struct host *h, uint32_t cell)
{
	struct addr to = h->addr;
	struct answer a = {0};
	enum probe_event event;

	to.port = host_port(h, cell);
	begin_probe(e, slot, h, cell);
	slot->sent = clock_now();
	if (h->asked_at == 0)
		h->asked_at = slot->sent;
	set_deadlines(e, slot, slot->sent);
	pacer_take(&h->pacer, slot->sent);
	event = e->probe->send(slot->fd, &to, &a);
	if (event == PROBE_TROUBLE) {
		undo_probe(e, slot);
		engine_trouble(e, h, cell, a.err, slot->sent);
		return;
	}
	h->trouble_since = 0;
	e->status.sent++;
	log_debug("%s port %u: try %u, waits %.0f ms", h->name, to.port, slot->attempt,
		(double)(slot->deadline - slot->sent) / NSEC_PER_MSEC);
	if (event == PROBE_ANSWERED)
		engine_answered(e, slot, &a, clock_now());
	else
		engine_wake(e, h);
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
			engine_limited(e, ENGINE_WINDOW);
			*later =
				e->cwnd.lossy ? NSEC_NEVER : e->cwnd.grown_at + CWND_QUIET_INTERVAL;
			return false;
		}
	}
	if (e->pacer.interval && pacer_due(&e->pacer) > now) {
		engine_limited(e, ENGINE_RATE);
		*later = pacer_due(&e->pacer);
		return false;
	}
	if (!engine_next(e, now, &h, &cell, later))
		return false;
	slot = slots_take(&e->slots, h->addr.family, &err);
	if (slot) {
		pacer_take(&e->pacer, now);
		send_probe(e, slot, h, cell);
		return true;
	}
	engine_limited(e, e->slots.at_file_limit ? ENGINE_FILES : e->status.sockets_limit);
	if (err == 0) {
		engine_queue(e, h, cell);
		engine_wake(e, h);
		return engine_hurry(e, now);
	}
	engine_trouble(e, h, cell, -err, now);
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
	engine_limited(e, ENGINE_SILENCE);
	while (batch < SEND_BATCH && !e->stopping && send_one(e, now, &later))
		batch++;
	if (batch == SEND_BATCH)
		return now;
	if (e->targets_done && !e->live)
		engine_events_idle(&e->events, e->loop);
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
		.ready = engine_slot_ready,
		.expired = engine_slot_expired,
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

		engine_unlink(e, h);
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
