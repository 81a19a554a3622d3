/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/grabber.h"

#include "visit.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/limits.h"

#include <errno.h>
#include <string.h>

enum {
	SEND_BATCH = 64,  /* begun between two looks at the answers */
	SPARE_FILES = 32, /* for everything that is no session: output, lists, resolver, loop */
	LEAST_SESSIONS = 4,
	PARALLEL_DEFAULT = 10000,
	RUN_WINDOW = 256, /* first window of connections on their way */
	TLS_PLACES = 512, /* OpenSSL takes some 60 KB for each: bounds memory */
	RESOLVER_THREADS = 8,
};

#define TROUBLE_PAUSE (10 * NSEC_PER_MSEC)

void grabber_defaults(struct grabber_options *o)
{
	*o = (struct grabber_options){
		.redirects = 10,
		.connect_timeout = 4 * NSEC_PER_SEC,
		.timeout = 10 * NSEC_PER_SEC,
		.listen = 2 * NSEC_PER_SEC,
		.deadline = 30 * NSEC_PER_SEC,
		.max_bytes = 65536,
		.max_lines = 1000,
	};
}

/* --- lists --------------------------------------------------------------------------------------
 */

static void link_to(struct visit **list, struct visit *v)
{
	v->prev = NULL;
	v->next = *list;
	if (v->next)
		v->next->prev = v;
	*list = v;
}

static void unlink_from(struct visit **list, struct visit *v)
{
	if (v->next)
		v->next->prev = v->prev;
	if (v->prev)
		v->prev->next = v->next;
	else
		*list = v->next;
	v->next = v->prev = NULL;
}

/* Ended visits live until the turn is over: what the loop reported may still name them. */
static void bury(struct grabber *g)
{
	while (g->dead) {
		struct visit *v = g->dead;

		g->dead = v->next;
		visit_free(v);
	}
}

/* --- what visits share --------------------------------------------------------------------------
 */

struct tls_context *grabber_tls(struct grabber *g)
{
	return g->tls;
}

bool grabber_tls_place(struct visit *v)
{
	struct grabber *g = v->grabber;

	if (g->tls_live < TLS_PLACES) {
		g->tls_live++;
		return true;
	}
	v->next_waiting = NULL;
	*g->tls_last = v;
	g->tls_last = &v->next_waiting;
	return false;
}

static void leave_line(struct visit *v)
{
	struct grabber *g = v->grabber;
	struct visit **at = &g->tls_first;

	while (*at != v)
		at = &(*at)->next_waiting;
	*at = v->next_waiting;
	if (g->tls_last == &v->next_waiting)
		g->tls_last = at;
}

void grabber_tls_leave(struct visit *v)
{
	if (v->tls_wanted)
		leave_line(v);
	else if (v->tls)
		v->grabber->tls_live--;
	v->tls_wanted = false;
}

static void fill_tls_places(struct grabber *g, nsec_t now)
{
	while (g->tls_first && g->tls_live < TLS_PLACES) {
		struct visit *v = g->tls_first;

		leave_line(v);
		g->tls_live++;
		wire_secure_now(v, now);
	}
}

void grabber_connected(struct visit *v, bool answered, bool resent, nsec_t now)
{
	struct grabber *g = v->grabber;

	g->connecting--;
	if (answered)
		cwnd_answered(&g->cwnd, v->connecting);
	if (answered && resent)
		cwnd_lost(&g->cwnd, v->connecting, now);
}

void grabber_trouble(struct grabber *g, int err, nsec_t now)
{
	g->status.troubles++;
	g->status.last_trouble = err;
	g->status.limit = GRABBER_LOCAL;
	g->pause = now + TROUBLE_PAUSE;
	cwnd_local_shortage(&g->cwnd);
}

void grabber_another(struct grabber *g, nsec_t now)
{
	if (!pacer_take(&g->pacer, now))
		g->pacer.due += g->pacer.interval;
}

void grabber_over(struct visit *v)
{
	struct grabber *g = v->grabber;

	unlink_from(&g->live, v);
	link_to(&g->dead, v);
	g->status.under_way--;
	g->status.done++;
	if (!g->stopping)
		g->events.done(g->events.user, &v->grab);
}

/* --- names of redirects -------------------------------------------------------------------------
 */

static void forget_lookup(struct grabber *g, struct lookup *l)
{
	if (l->next)
		l->next->prev = l->prev;
	if (l->prev)
		l->prev->next = l->next;
	else
		g->lookups = l->next;
	free(l);
}

static void resolver_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct grabber *g = container_of(watch, struct grabber, resolver_watch);
	struct resolution r;

	(void)events;
	while (resolver_take(g->resolver, &r)) {
		struct lookup *l = r.user;
		struct visit *v = l->visit;

		forget_lookup(g, l);
		if (v) {
			v->lookup = NULL;
			/* it may have been dropped meanwhile */
			if (!v->over)
				visit_resolved(v, &r, now);
		}
		resolution_release(&r);
	}
}

int grabber_resolve(struct visit *v, const char *name)
{
	struct grabber *g = v->grabber;
	struct lookup *l;

	if (!g->resolver) {
		g->resolver = resolver_new(g->options.family, RESOLVER_THREADS);
		if (!g->resolver)
			return -errno;
		g->resolver_watch.ready = resolver_ready;
		loop_watch(g->loop, resolver_fd(g->resolver), LOOP_IN, &g->resolver_watch);
	}
	l = mem_alloc(1, sizeof *l);
	l->visit = v;
	l->next = g->lookups;
	if (l->next)
		l->next->prev = l;
	g->lookups = l;
	v->lookup = l;
	resolver_submit(g->resolver, name, l);
	return 0;
}

/* --- beginning ----------------------------------------------------------------------------------
 */

static bool pop_queue(struct grabber *g, struct visit **out)
{
	struct queued *q = g->queue_first;
	struct grab_order order;

	if (!q)
		return false;
	g->queue_first = q->next;
	if (!g->queue_first)
		g->queue_last = &g->queue_first;
	g->status.queued--;
	order = (struct grab_order){
		.host = q->host, .addr = q->addr, .resolve = -1, .user = q->user};
	*out = visit_new(g, &order);
	free(q);
	return true;
}

void grabber_add(struct grabber *g, const char *host, const struct addr *addr, void *user)
{
	size_t len = strlen(host);
	struct queued *q = mem_alloc(1, sizeof *q + len + 1);

	q->addr = *addr;
	q->user = user;
	memcpy(q->host, host, len);
	*g->queue_last = q;
	g->queue_last = &q->next;
	g->status.queued++;
	g->idle_told = false;
	/* what adds may come after our part of the turn */
	timers_set(loop_timers(g->loop), &g->wake, 0);
}

static void woken(struct timer *timer, nsec_t now)
{
	(void)timer;
	(void)now;
}

/* The next visit, NULL where there is none now. */
static struct visit *next_visit(struct grabber *g)
{
	struct grab_order order = {.resolve = -1};
	struct visit *v = NULL;
	int got;

	if (pop_queue(g, &v) || g->orders_done)
		return v;
	got = g->events.next(g->events.user, &order);
	if (got == 1)
		return visit_new(g, &order);
	if (got == 0)
		g->orders_done = true;
	else
		g->status.limit = GRABBER_NAMES;
	return NULL;
}

/* Is there room for another? *later: when to look again, where that is known. */
static bool has_room(struct grabber *g, nsec_t now, nsec_t *later)
{
	enum grabber_limit limit = GRABBER_UNLIMITED;

	if (g->status.under_way >= g->bound)
		limit = g->bound_by;
	else if (g->tls_first)
		limit = GRABBER_TLS;
	else if (g->pause > now) {
		*later = g->pause;
		return false;
	} else if (!cwnd_has_room(&g->cwnd, g->connecting)) {
		cwnd_quiet(&g->cwnd, now);
		if (!cwnd_has_room(&g->cwnd, g->connecting)) {
			limit = GRABBER_WINDOW;
			*later =
				g->cwnd.lossy ? NSEC_NEVER : g->cwnd.grown_at + CWND_QUIET_INTERVAL;
		}
	} else if (g->pacer.interval && pacer_due(&g->pacer) > now) {
		limit = GRABBER_RATE;
		*later = pacer_due(&g->pacer);
	}
	if (limit != GRABBER_UNLIMITED)
		g->status.limit = limit;
	return limit == GRABBER_UNLIMITED;
}

static bool begin_one(struct grabber *g, nsec_t now, nsec_t *later)
{
	struct visit *v;

	if (!has_room(g, now, later))
		return false;
	v = next_visit(g);
	if (!v)
		return false;
	pacer_take(&g->pacer, now);
	link_to(&g->live, v);
	g->status.under_way++;
	visit_begin(v, now);
	return true;
}

static nsec_t grabber_send(void *user, nsec_t now)
{
	struct grabber *g = user;
	nsec_t later = NSEC_NEVER;
	unsigned batch = 0;

	bury(g);
	if (g->stopping)
		return NSEC_NEVER;
	fill_tls_places(g, now);
	g->status.limit = GRABBER_WAITING;
	while (batch < SEND_BATCH && !g->stopping && begin_one(g, now, &later))
		batch++;
	if (batch == SEND_BATCH)
		return now;
	if (g->orders_done && g->status.under_way == 0 && g->status.queued == 0 && !g->idle_told &&
		!g->stopping) {
		g->idle_told = true;
		if (g->events.idle)
			g->events.idle(g->events.user);
	}
	/* a visit that was over at once is buried in the next turn */
	return g->dead ? now : later;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void size_sessions(struct grabber *g)
{
	const struct grabber_options *o = &g->options;
	unsigned files = limits_raise_files(), ports = limits_local_ports();
	unsigned spare = SPARE_FILES + o->spare_files, wanted;

	g->bound = files > spare + LEAST_SESSIONS ? files - spare : LEAST_SESSIONS;
	g->bound_by = GRABBER_FILES;
	if (ports < g->bound) {
		g->bound = ports;
		g->bound_by = GRABBER_PORTS;
	}
	wanted = o->parallel ? o->parallel : PARALLEL_DEFAULT;
	if (wanted < g->bound) {
		g->bound = wanted;
		g->bound_by = GRABBER_PARALLEL;
	}
	log_debug("up to %u sessions at once (%u files, %u local ports)", g->bound, files, ports);
}

struct grabber *grabber_new(struct loop *loop, const struct grabber_options *options,
	const struct grabber_events *events, struct strbuf *why)
{
	struct grabber *g = mem_alloc(1, sizeof *g);

	g->loop = loop;
	g->options = *options;
	g->events = *events;
	g->orders_done = events->next == NULL;
	g->queue_last = &g->queue_first;
	g->tls_last = &g->tls_first;
	g->wake.expired = woken;
	g->idle_told = g->orders_done;
	g->tls = tls_context_new(options->ca_file, why);
	if (!g->tls) {
		free(g);
		return NULL;
	}
	/* else it would be measured as the first session's */
	if (!options->no_tls)
		tls_context_prepare(g->tls);
	size_sessions(g);
	cwnd_init(&g->cwnd, RUN_WINDOW, g->bound);
	pacer_init(&g->pacer, options->rate);
	loop_on_send(loop, grabber_send, g);
	return g;
}

static void drop(struct visit *v)
{
	wire_close(v);
	timers_cancel(loop_timers(v->grabber->loop), &v->timer);
	v->over = true;
}

void grabber_stop(struct grabber *g)
{
	g->stopping = true;
	for (struct visit *v = g->live; v; v = v->next)
		drop(v);
}

void grabber_free(struct grabber *g)
{
	struct visit *v;

	if (!g)
		return;
	grabber_stop(g);
	timers_cancel(loop_timers(g->loop), &g->wake);
	bury(g);
	while ((v = g->live)) {
		unlink_from(&g->live, v);
		visit_free(v);
	}
	while (pop_queue(g, &v))
		visit_free(v);
	resolver_free(g->resolver);
	for (struct lookup *l = g->lookups, *next; l; l = next) {
		next = l->next;
		free(l);
	}
	tls_context_free(g->tls);
	free(g);
}

void grabber_status(const struct grabber *g, struct grabber_status *out)
{
	*out = g->status;
	out->sockets = g->bound;
}
