/* SPDX-License-Identifier: MIT */
#include "engine_events.h"
#include "udp_engine_private.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/net/route.h"

#include <errno.h>

#define BURST_TIME (10 * NSEC_PER_MSEC) /* what a rate lets out at once */
/* Linux gives an unanswered neighbour up after three requests, a second apart (arp(7)). */
#define NEIGHBOUR_PATIENCE (3100 * NSEC_PER_MSEC)
#define NEIGHBOUR_RECHECK  (400 * NSEC_PER_MSEC)
#define FIRST_LOOK         (250 * NSEC_PER_MSEC)

enum {
	BATCHES = 8,         /* between two looks at the answers */
	USUAL_RATE = 40000,  /* where none was asked for: no more than common queues hold */
	LEAST_AT_ONCE = 2,   /* a port and its control */
	DATAGRAM_MAX = 9216, /* of mDNS up to 9,000 bytes (RFC 6762, 17) */
	RECEIVE_BUFFER = 4 << 20,
};

/* --- hosts ---------------------------------------------------------------------------------------
 */

void udp_engine_ready(struct udp_engine *e, struct udp_host *u)
{
	if (u->ready)
		return;
	timers_cancel(loop_timers(e->loop), &u->wake);
	u->ready = true;
	u->next_ready = NULL;
	*e->ready_last = u;
	e->ready_last = &u->next_ready;
}

static struct udp_host *pop_ready(struct udp_engine *e)
{
	struct udp_host *u = e->ready_first;

	e->ready_first = u->next_ready;
	if (!e->ready_first)
		e->ready_last = &e->ready_first;
	u->ready = false;
	return u;
}

void udp_engine_decide(struct udp_engine *e, struct udp_host *u, uint32_t cell,
	const struct answer *a, nsec_t elapsed)
{
	host_decide(u->host, cell, a, elapsed);
	udp_host_decided(u, cell);
	e->status.decided++;
	e->events.decided(e->events.user, u->host, cell);
}

void udp_engine_no_neighbour(struct udp_engine *e, struct udp_host *u)
{
	const struct answer a = {.state = PORT_UNREACHABLE, .reason = REASON_ARP};

	u->host->neighbour_dead = true;
	udp_host_give_up(u);
	for (uint32_t i = 0; i < u->host->count && !e->stopping; i++)
		if (u->host->cells[i].state == PORT_PENDING)
			udp_engine_decide(e, u, i, &a, 0);
}

/* Nothing was heard but that there is no way to the address: what does not differ is that way, too.
 */
static bool has_no_way(const struct udp_host *u)
{
	return u->no_way.state != PORT_PENDING && udp_host_is_unheard(u);
}

static void decide_silent(struct udp_engine *e, struct udp_host *u)
{
	bool lost = has_no_way(u);

	for (uint32_t i = 0; i < u->host->count && !e->stopping; i++) {
		struct cell *c = &u->host->cells[i];
		enum silence_proof proof;
		struct answer a;

		if (c->state != PORT_PENDING)
			continue;
		if (lost && !udp_host_differs(u, i)) {
			udp_engine_decide(e, u, i, &u->no_way, 0);
			continue;
		}
		udp_host_verdict(u, i, &a, &c->confidence, &proof);
		c->proof = (uint8_t)proof;
		udp_engine_decide(e, u, i, &a, 0);
	}
}

static void tell_limit(struct udp_host *u)
{
	if (u->budget.kind != BUDGET_LIMITED)
		return;
	u->host->icmp_burst = u->budget.seen;
	u->host->icmp_interval = u->budget.interval;
}

static void tell_pace(const struct udp_host *u)
{
	const struct icmp_budget *b = &u->budget;
	struct strbuf line = {0};

	strbuf_printf(&line, "%s: done; ", u->host->name);
	if (u->host->rtt.samples)
		strbuf_printf(&line, "round trip %.3f ms, ",
			(double)u->host->rtt.smoothed / NSEC_PER_MSEC);
	strbuf_printf(&line, "%u ICMP error%s", b->answers, b->answers == 1 ? "" : "s");
	if (b->kind == BUDGET_LIMITED && b->interval)
		strbuf_printf(&line, ", %u at once, then one each %.3f ms", u->host->icmp_burst,
			(double)u->host->icmp_interval / NSEC_PER_MSEC);
	else if (b->kind == BUDGET_LIMITED)
		strbuf_puts(&line, ", and a limit that no time was measured of");
	else if (b->answers)
		strbuf_puts(&line, ", no limit met");
	log_info("%s", line.text);
	strbuf_release(&line);
}

static void tell_strays(struct udp_engine *e)
{
	if (e->strays)
		log_info("datagrams that came from addresses which were not asked, and prove "
			 "nothing: %llu",
			(unsigned long long)e->strays);
	e->strays = 0;
}

static void finish(struct udp_engine *e, struct udp_host *u)
{
	struct host *h = u->host;

	tell_limit(u);
	decide_silent(e, u);
	/* stopped by what was told of a port: the address has been reported with the others */
	if (e->stopping)
		return;
	tell_pace(u);
	udp_eta_finished(e, u, clock_now());
	udp_engine_unlink(e, u);
	if (e->live_most < LIVE_HOSTS)
		e->live_most++;
	udp_host_free(u);
	if (!e->events.done(e->events.user, h, true))
		host_free(h);
}

/* One that was there before may have been forgotten as well as one that never answered. */
static bool misses_neighbour(struct udp_host *u)
{
	struct next_hop hop;

	if (route_next_hop(&u->host->addr, &hop) != 0)
		return false;
	u->neighbour_seen |= !hop.unresolved && !hop.missing;
	return hop.unresolved || (hop.missing && !u->neighbour_seen);
}

/* Of an address that never gave a sign: does its next hop answer? False while that is not known; it
 * is asked again later. */
static bool neighbour_answers(struct udp_engine *e, struct udp_host *u, nsec_t now)
{
	struct host *h = u->host;

	/* unsent: the kernel has asked for nobody's address */
	if (u->budget.answers || h->rtt.samples || h->neighbour_dead || u->first_sent == 0 ||
		now < u->first_sent + FIRST_LOOK || (u->phase != UDP_DONE && u->sweep_passes))
		return true;
	if (!misses_neighbour(u))
		return true;
	if (now < u->first_sent + NEIGHBOUR_PATIENCE) {
		timers_set(loop_timers(e->loop), &u->wake, now + NEIGHBOUR_RECHECK);
		return false;
	}
	udp_engine_no_neighbour(e, u);
	return true;
}

/* --- sending ------------------------------------------------------------------------------------
 */

/* How many may leave now; 0: none. */
static size_t allowed(const struct udp_engine *e, nsec_t now)
{
	nsec_t interval = e->pacer.interval;
	nsec_t count = interval ? BURST_TIME / interval : UDP_BATCH;

	if (pacer_due(&e->pacer) > now)
		return 0;
	if (count < LEAST_AT_ONCE)
		return LEAST_AT_ONCE;
	return count < UDP_BATCH ? (size_t)count : UDP_BATCH;
}

static void charge(struct udp_engine *e, nsec_t now, size_t count)
{
	if (count > 0 && pacer_take(&e->pacer, now))
		e->pacer.due += (nsec_t)(count - 1) * e->pacer.interval;
}

/* Asks what the address is to be asked now. */
static void serve(struct udp_engine *e, struct udp_host *u, size_t most, nsec_t now)
{
	struct udp_ask asks[UDP_BATCH];
	unsigned batch;
	size_t count;

	if (u->phase != UDP_DONE && !neighbour_answers(e, u, now))
		return;
	count = udp_host_next(u, now, asks, most, &batch);
	charge(e, now, count);
	if (count > 0) {
		udp_send_batch(e, u, asks, count, batch);
		udp_engine_ready(e, u);
	} else if (u->phase != UDP_DONE) {
		timers_set(loop_timers(e->loop), &u->wake, u->due);
	} else if (neighbour_answers(e, u, now)) {
		finish(e, u);
	}
}

static nsec_t engine_send(void *user, nsec_t now)
{
	struct udp_engine *e = user;

	if (e->stopping)
		return NSEC_NEVER;
	if (e->pause > now || !udp_flush_stuck(e))
		return e->pause;
	for (unsigned i = 0; i < BATCHES && !e->stopping && e->pause <= now; i++) {
		size_t most = allowed(e, now = clock_now());

		if (most == 0)
			return pacer_due(&e->pacer);
		if (!e->ready_first && !udp_engine_admit(e))
			break;
		serve(e, pop_ready(e), most, now);
	}
	if (e->stopping)
		return NSEC_NEVER;
	/* those that wait leave room for others */
	if (e->ready_first || udp_engine_admit(e))
		return now;
	if (e->targets_done && !e->live) {
		tell_strays(e);
		engine_events_idle(&e->events, e->loop);
	}
	return NSEC_NEVER;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void open_socket(struct udp_engine *e, int family)
{
	struct udp_socket *s = &e->sockets[family == 6];
	const struct dgram_options options = {.family = family,
		.size = DATAGRAM_MAX,
		.has_ports = true,
		.tos = -1,
		.pmtudisc = DGRAM_PMTU_DONT,
		.buffer = RECEIVE_BUFFER};
	int fd = sock_udp_open(family);

	*s = (struct udp_socket){.watch.ready = udp_socket_ready,
		.engine = e,
		.family = family,
		.patience = UDP_PATIENCE};
	if (fd < 0) {
		errno = -fd;
		return;
	}
	s->dgram = dgram_new(fd, &options);
	if (s->dgram)
		loop_watch(e->loop, fd, LOOP_IN, &s->watch);
}

struct udp_engine *udp_engine_new(struct loop *loop, const struct udp_engine_options *options,
	const struct engine_events *events)
{
	struct udp_engine *e = mem_alloc(1, sizeof *e);

	e->loop = loop;
	e->options = *options;
	e->events = *events;
	e->policy = (struct udp_policy){
		.timeout = options->timeout,
		.delay = options->delay,
		.icmp_wait = options->icmp_wait,
		.retries = options->retries,
		.controls = options->controls,
	};
	e->live_most = LIVE_HOSTS;
	e->ready_last = &e->ready_first;
	open_socket(e, 4);
	open_socket(e, 6);
	if (!e->sockets[0].dgram && !e->sockets[1].dgram) {
		free(e);
		return NULL;
	}
	hash_key_init(&e->key);
	pacer_init(&e->pacer, options->rate > 0 ? options->rate : USUAL_RATE);
	e->flights = mem_alloc(UDP_FLIGHTS, sizeof *e->flights);
	loop_on_send(loop, engine_send, e);
	return e;
}

void udp_engine_free(struct udp_engine *e)
{
	if (!e)
		return;
	while (e->live) {
		struct udp_host *u = e->live;

		udp_engine_unlink(e, u);
		host_free(u->host);
		udp_host_free(u);
	}
	for (int i = 0; i < 2; i++)
		dgram_free(e->sockets[i].dgram);
	udp_ports_free(e->index);
	free(e->flights);
	free(e);
}

void udp_engine_stop(struct udp_engine *e)
{
	if (e->stopping)
		return;
	e->stopping = true;
	tell_strays(e);
	for (struct udp_host *u = e->live; u; u = u->next) {
		tell_limit(u);
		e->events.done(e->events.user, u->host, u->host->decided == u->host->count);
	}
	loop_stop(e->loop);
}

void udp_engine_status(const struct udp_engine *e, struct engine_status *out)
{
	nsec_t now = clock_now();

	*out = e->status;
	out->sockets = e->sockets[0].dgram && e->sockets[1].dgram ? 2 : 1;
	out->limit = ENGINE_SILENCE;
	if (e->waits_for_names)
		out->limit = ENGINE_NAMES;
	if (e->ready_first && e->options.rate > 0)
		out->limit = ENGINE_RATE;
	else if (e->options.delay)
		out->limit = ENGINE_DELAY;
	udp_eta(e, out, now);
	if (e->pause > now)
		out->limit = ENGINE_LOCAL;
}
