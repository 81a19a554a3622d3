/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_PRIVATE_H
#define PROBE_ENGINE_PRIVATE_H

#include "slots.h"

#include "netprobe/event/cwnd.h"
#include "netprobe/event/pacer.h"
#include "netprobe/probe/engine.h"
#include "netprobe/probe/window.h"

#define TIMEOUT_FLOOR   (100 * NSEC_PER_MSEC)
#define TIMEOUT_CEILING (10 * NSEC_PER_SEC)

/* One that said that there is no way to an address, and what comes first on the way to that. */
struct router {
	struct addr addr, next_hop; /* family 0: not known */
	unsigned interface;
};

enum { ENGINE_ROUTERS_MAX = 8 };

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
	uint32_t resting_count; /* live hosts that only listen, see engine_listens_on(); their cells
				 */
	uint64_t resting_cells;
	struct slot *first_listener, *latest_listener;
	struct host *live;
	struct host *ready_first, **ready_last;
	bool targets_done, stopping;
	struct router routers[ENGINE_ROUTERS_MAX];
	unsigned router_count;
	bool more_routers; /* than there is room for */
	struct engine_status status;
};

/* engine_targets.c: who is asked next. */

/* The next question: of those that wait in the addresses' queues, else of the window. False: there
 * is none now; *later says when there may be, where it is known. */
bool engine_next(struct engine *e, nsec_t now, struct host **host, uint32_t *cell, nsec_t *later);

/* Queued questions that were never asked are counted, to bound them: `held`. */
void engine_queue(struct engine *e, struct host *h, uint32_t cell);
bool engine_unqueue(struct engine *e, struct host *h, uint32_t *cell);

struct host *engine_host(const struct engine_target *target); /* with its own ports */
void engine_wake(struct engine *e, struct host *h); /* it may have room for what is queued */
void engine_unlink(struct engine *e, struct host *h);
void engine_limited(struct engine *e, enum engine_limit by);

/* Probes that wait for PROBE_LONG_WAIT: the second of a silent port, and the one that shall confirm
 * that this machine lets nothing out. */
bool engine_is_long(const struct host *h, uint32_t cell, unsigned attempt);

/* engine_answers.c: what came of it. All but engine_end_probe() may free the host. */

void engine_answered(struct engine *e, struct slot *slot, struct answer *a, nsec_t now);

/* This machine could not send: the port keeps its place, the whole run pauses. */
void engine_trouble(struct engine *e, struct host *h, uint32_t cell, int err, nsec_t now);

/* After something of the address has ended: it has room, or the next pass begins, or it is done. */
void engine_moved(struct engine *e, struct host *h, nsec_t now);

/* Takes the slot back from its host; `a` is NULL where the probe was never sent. */
void engine_end_probe(struct engine *e, struct slot *slot, const struct answer *a);

/* engine_limits.c: what a router may have been kept from saying. */

/* It says that there is no way to the host, before anything else came from there. */
void engine_no_way(struct engine *e, struct host *h, const struct addr *router);

/* Before the silent ports of the host are decided: no proof where a router is known to say such. */
void engine_suspect_limit(const struct engine *e, struct host *h);

/* engine_late.c: listening to what a router says only when it has looked for an address in vain. */

/* The deadline of a silent probe came: true where it goes on, until the new slot->deadline. */
bool engine_listens_on(struct engine *e, struct slot *slot, nsec_t now);
void engine_listened(struct engine *e, struct slot *slot); /* no longer */

/* Ends the probe that has listened longest, since others need its socket; false: there is none.
 * May free its host. */
bool engine_hurry(struct engine *e, nsec_t now);

/* Hosts that have nothing to do but listen do not keep others from being taken up. */
void engine_rests(struct engine *e, struct host *h, bool rests);

void engine_slot_ready(struct watch *watch, uint32_t events, nsec_t now);
void engine_slot_expired(struct timer *timer, nsec_t now);

#endif
