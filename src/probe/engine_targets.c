/* SPDX-License-Identifier: MIT */
#include "engine_private.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <errno.h>

enum {
	HELD_PER_HOST = 1024, /* first questions that wait because their address has no room */
	HELD_MAX = 65536,
	LIVE_CELLS = 2 * WINDOW_CELLS, /* no new window beyond */
	LIVE_HOSTS = 2 * WINDOW_HOSTS,
};

/* --- which address may be asked
 * ------------------------------------------------------------------- */

void engine_wake(struct engine *e, struct host *h)
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
	engine_wake(h->engine, h);
}

void engine_limited(struct engine *e, enum engine_limit by)
{
	e->status.limit = by;
}

/* When the address may be asked next: now, a later time, or NSEC_NEVER: when something of it has
 * ended. */
static nsec_t host_due(struct engine *e, struct host *h, nsec_t now)
{
	if (h->phase == HOST_SLOW) {
		engine_limited(e, ENGINE_ICMP);
		e->status.limiter = h->witnesses[h->icmp_witness];
		return h->under_way ? NSEC_NEVER : h->slow_due;
	}
	if (h->pacer.interval && pacer_due(&h->pacer) > now) {
		engine_limited(e, ENGINE_DELAY);
		return pacer_due(&h->pacer);
	}
	if (cwnd_has_room(&h->cwnd, h->young))
		return now;
	cwnd_quiet(&h->cwnd, now);
	if (cwnd_has_room(&h->cwnd, h->young))
		return now;
	engine_limited(e, ENGINE_WINDOW);
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

void engine_queue(struct engine *e, struct host *h, uint32_t cell)
{
	e->held += h->cells[cell].attempts == 0;
	host_push(h, cell);
}

bool engine_unqueue(struct engine *e, struct host *h, uint32_t *cell)
{
	if (!host_pop(h, cell))
		return false;
	e->held -= h->cells[*cell].attempts == 0;
	return true;
}

bool engine_is_long(const struct host *h, uint32_t cell, unsigned attempt)
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
		if (engine_is_long(h, host_peek(h), h->cells[host_peek(h)].attempts + 1u) &&
			!pacer_take(&e->long_pacer, now)) {
			engine_wake(e, h);
			*later = pacer_due(&e->long_pacer);
			return false;
		}
		engine_unqueue(e, h, cell);
		*host = h;
		return true;
	}
	return false;
}

/* --- targets ------------------------------------------------------------------------------------
 */

struct host *engine_host(const struct engine_target *target)
{
	const struct ports *ports = target->own_ports ? target->own_ports : target->ports;
	struct host *h = host_new(target->name, &target->addr, ports);

	if (target->own_ports)
		host_own_ports(h, target->own_ports);
	h->user = target->user;
	h->control = target->control;
	return h;
}

static struct host *take_up(struct engine *e, const struct engine_target *target)
{
	struct host *h = engine_host(target);

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
	if (e->events.admitted)
		e->events.admitted(e->events.user, h);
	e->status.decided += h->decided;
	return h;
}

static void admit(struct engine *e, const struct engine_target *target)
{
	struct host *h = take_up(e, target);

	if (h->count)
		window_add(&e->window, h);
	else
		engine_moved(e, h, h->started);
}

void engine_add(struct engine *e, const struct engine_target *target)
{
	struct host *h = take_up(e, target);

	for (uint32_t i = 0; i < h->count; i++)
		engine_queue(e, h, i);
	engine_wake(e, h);
}

void engine_unlink(struct engine *e, struct host *h)
{
	timers_cancel(loop_timers(e->loop), &h->wake);
	if (h->prev)
		h->prev->next = h->next;
	else
		e->live = h->next;
	if (h->next)
		h->next->prev = h->prev;
	engine_rests(e, h, false);
	e->live_count--;
	e->live_cells -= h->count;
}

static bool open_window(struct engine *e)
{
	struct engine_target target;

	if (e->targets_done || e->live_cells - e->resting_cells >= LIVE_CELLS ||
		e->live_count - e->resting_count >= LIVE_HOSTS)
		return false;
	window_reset(&e->window);
	while (!window_is_full(&e->window)) {
		int got = e->events.next(e->events.user, &target);

		if (got == 0)
			e->targets_done = true;
		if (got == -EAGAIN)
			engine_limited(e, ENGINE_NAMES);
		if (got <= 0)
			break;
		admit(e, &target);
	}
	window_start(&e->window, e->options.sequential, rng_mix(e->options.seed) + e->windows);
	e->windows += e->window.host_count > 0;
	return e->window.host_count > 0;
}

/* Of an address that cannot be reached at all (the port is decided with the others), or known
 * already. */
static void skip_unasked(struct engine *e, struct host *h, nsec_t now)
{
	h->unsent--;
	engine_moved(e, h, now);
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
		if ((*host)->neighbour_dead || (*host)->cells[*cell].state != PORT_PENDING) {
			skip_unasked(e, *host, now);
			continue;
		}
		if ((*host)->queue.count == 0 && host_may_send(e, *host, now))
			return true;
		/* its turn came and it has no room: others need not wait for it */
		engine_queue(e, *host, *cell);
	}
	return false;
}

bool engine_next(struct engine *e, nsec_t now, struct host **host, uint32_t *cell, nsec_t *later)
{
	return next_waiting(e, now, host, cell, later) || next_fresh(e, now, host, cell);
}
