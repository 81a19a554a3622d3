/* SPDX-License-Identifier: MIT */
#include "ping_way.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/limits.h"
#include "netprobe/net/route.h"
#include "netprobe/probe/probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/*
 * A connected socket for each probe, so that the kernel knows whose answer it is: TCP and UDP. A
 * probe is the same constant table that a scan asks with.
 */
struct knock {
	struct watch watch;
	struct knock_way *way;
	int fd, family;
	uint64_t number;      /* of the flight; 0: idle */
	struct answer answer; /* as far as it is known */
	struct knock *next;   /* idle */
	struct knock *next_of_all;
};

struct knock_way {
	struct ping_way base;
	struct loop *loop;
	const struct probe *probe;
	struct knock *idle[2]; /* IPv4, IPv6 */
	struct knock *all;
};

static void knock_ready(struct watch *watch, uint32_t events, nsec_t now);

/* Its descriptor may be closed: it then gets a new one when it is taken. */
static void put_idle(struct knock *k)
{
	struct knock **idle = &k->way->idle[k->family == 6];

	if (k->fd >= 0 && k->way->probe->reset(k->fd, k->answer.state ? &k->answer : NULL) != 0) {
		close(k->fd);
		k->fd = -1;
	}
	k->number = 0;
	k->next = *idle;
	*idle = k;
}

static struct knock *new_knock(struct knock_way *w, int family)
{
	struct knock *k = mem_alloc(1, sizeof *k);

	k->watch.ready = knock_ready;
	k->way = w;
	k->fd = -1;
	k->family = family;
	k->next_of_all = w->all;
	w->all = k;
	return k;
}

/* NULL where no descriptor is to be had: *err says why. */
static struct knock *take_idle(struct knock_way *w, int family, int *err)
{
	struct knock **idle = &w->idle[family == 6], *k = *idle;

	if (k)
		*idle = k->next;
	else
		k = new_knock(w, family);
	k->answer = (struct answer){0};
	if (k->fd >= 0)
		return k;
	*err = k->fd = w->probe->prepare(family);
	if (k->fd >= 0)
		*err = loop_watch(w->loop, k->fd, w->probe->events, &k->watch);
	if (*err == 0)
		return k;
	put_idle(k);
	return NULL;
}

static struct round_trip trip_of(const struct flight *f, const struct answer *a)
{
	struct stamps stamps = {f->asked, instant_now(), a->wire, a->arrived};

	if (a->rtt)
		return (struct round_trip){a->rtt, -1, -1, STAMPS_BOTH};
	return round_trip_of(&stamps);
}

static void tell_reply(struct knock_way *w, uint64_t number, const struct answer *a)
{
	struct flight *f = flights_at(pinger_flights(w->base.pinger), number);
	struct ping_reply r = {
		.from = a->from, .state = a->state, .ttl = -1, .trip = trip_of(f, a)};

	/* whether it answers the first SYN or the second nobody knows: the first counts as lost */
	if (!a->resent)
		pinger_answered(w->base.pinger, number, &r);
}

static void tell_error(struct knock_way *w, uint64_t number, const struct answer *a)
{
	const struct flight *f = flights_at(pinger_flights(w->base.pinger), number);
	struct ping_error e = {
		.reason = a->reason,
		.from = a->from,
		.icmp_type = a->icmp_type,
		.icmp_code = a->icmp_code,
		.err = a->err,
		.elapsed = clock_now() - f->asked.mono,
	};

	pinger_failed(w->base.pinger, number, &e);
}

/* A datagram can be answered twice: its socket stays until the time of the probe is over. */
static bool may_come_again(const struct knock *k)
{
	return k->way->probe->protocol == IPPROTO_UDP && k->answer.state == PORT_OPEN;
}

static void conclude(struct knock *k)
{
	struct knock_way *w = k->way;
	struct answer a = k->answer;
	uint64_t number = k->number;

	if (!may_come_again(k)) {
		flights_at(pinger_flights(w->base.pinger), number)->carrier = NULL;
		put_idle(k);
	}
	if (a.state == PORT_OPEN || a.state == PORT_CLOSED)
		tell_reply(w, number, &a);
	else if (a.reason != REASON_TIMEOUT)
		tell_error(w, number, &a);
}

static void knock_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct knock *k = container_of(watch, struct knock, watch);
	const struct flight *f;
	struct addr to;

	(void)events;
	(void)now;
	/* an idle socket still reports what it went through */
	if (k->number == 0)
		return;
	f = flights_at(pinger_flights(k->way->base.pinger), k->number);
	if (!f->host)
		return;
	to = f->host->addr;
	switch (k->way->probe->match(k->fd, &to, &k->answer)) {
	case PROBE_WAITING:
		return;
	case PROBE_TROUBLE:
		k->answer.reason = REASON_LOCAL;
		break;
	case PROBE_ANSWERED:
		break;
	}
	conclude(k);
}

/* What this machine is short of may be there in a moment; anything else is the probe's end. */
static int no_socket(struct knock_way *w, uint64_t number, const struct addr *to, int err)
{
	struct ping_error e = {.reason = reason_of_errno(err), .err = err};
	struct next_hop hop;

	/* no local port is free; or there is no address of the family at all */
	if (err == EADDRNOTAVAIL && route_next_hop(to, &hop) == 0)
		return -EAGAIN;
	switch (err) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EAGAIN:
	case EADDRINUSE:
		return -EAGAIN;
	default:
		if (e.reason == REASON_NONE)
			e.reason = REASON_LOCAL;
		pinger_failed(w->base.pinger, number, &e);
		return 0;
	}
}

static int knock_ask(struct ping_way *base, uint64_t number, struct flight *f)
{
	struct knock_way *w = container_of(base, struct knock_way, base);
	struct addr to = f->host->addr;
	int err;
	struct knock *k = take_idle(w, to.family, &err);

	if (!k)
		return no_socket(w, number, &to, -err);
	k->number = number;
	f->carrier = k;
	switch (w->probe->send(k->fd, &to, &k->answer)) {
	case PROBE_WAITING:
		return 0;
	case PROBE_ANSWERED:
		conclude(k);
		return 0;
	case PROBE_TROUBLE:
		break;
	}
	err = k->answer.err;
	f->carrier = NULL;
	put_idle(k);
	return no_socket(w, number, &to, err);
}

static bool knock_flush(struct ping_way *base)
{
	(void)base;
	return true;
}

/* Every socket is watched from the beginning. */
static bool knock_receive(struct ping_way *base)
{
	(void)base;
	return true;
}

static void knock_watch(struct ping_way *base)
{
	(void)base;
}

static void knock_leave(struct ping_way *base, struct flight *f)
{
	struct knock *k = f->carrier;

	(void)base;
	f->carrier = NULL;
	if (k)
		put_idle(k);
}

static uint64_t knock_dropped(struct ping_way *base)
{
	(void)base;
	return 0;
}

static void knock_free(struct ping_way *base)
{
	struct knock_way *w = container_of(base, struct knock_way, base);

	while (w->all) {
		struct knock *k = w->all;

		w->all = k->next_of_all;
		if (k->fd >= 0) {
			/* no TIME_WAIT here, nothing half-open there */
			w->probe->reset(k->fd, NULL);
			close(k->fd);
		}
		free(k);
	}
	free(w);
}

static const struct ping_way_functions knock_functions = {
	.ask = knock_ask,
	.flush = knock_flush,
	.receive = knock_receive,
	.watch = knock_watch,
	.leave = knock_leave,
	.dropped = knock_dropped,
	.free = knock_free,
};

struct ping_way *ping_knock_new(struct loop *loop, const struct probe *probe)
{
	struct knock_way *w = mem_alloc(1, sizeof *w);

	limits_raise_files();
	w->base.call = &knock_functions;
	w->loop = loop;
	w->probe = probe;
	return &w->base;
}
