/* SPDX-License-Identifier: MIT */
#include "locator_shot.h"

#include "verdict.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/sock.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TRIES_MOST = 12, /* where silence may be a limit's */
	TROUBLES_MOST = 100,
};

#define PATIENCE NSEC_PER_SEC
/* Where the way is known to be short; and in how many of its round trips. */
#define PATIENCE_LEAST (200 * NSEC_PER_MSEC)
#define PATIENCE_TRIPS 4
/* Of the one that listens: Linux asks three times, a second apart (mcast_solicit, arp(7)), and may
 * have begun just before with packets that take all of the limit. */
#define NOBODY_WAIT (4500 * NSEC_PER_MSEC)
/* A router that has just sent an error may have to wait for its next (icmp_ratelimit, icmp(7)). */
#define LIMIT        NSEC_PER_SEC
#define LIMIT_WAIT   (LIMIT + 100 * NSEC_PER_MSEC)
#define TROUBLE_WAIT (100 * NSEC_PER_MSEC)

void shot_end(struct shot *shot, enum fate fate)
{
	timers_cancel(loop_timers(shot->walk->common->loop), &shot->timer);
	if (shot->fd >= 0)
		close(shot->fd);
	shot->fd = -1;
	shot->waiting = shot->paced = false;
	shot->fate = (uint8_t)fate;
}

static unsigned distance_of(const struct shot *shot)
{
	return (unsigned)(shot - shot->walk->shots);
}

static int open_shot(const struct walk *w, unsigned ttl)
{
	bool udp = w->protocol == IPPROTO_UDP;
	int fd = udp ? sock_udp_open(w->to.family) : sock_tcp_open(w->to.family);
	int err;

	if (fd < 0)
		return fd;
	err = ttl ? sock_set_ttl(fd, w->to.family, (int)ttl) : 0;
	if (err == 0)
		err = sock_connect(fd, &w->to);
	if (err == 0 && udp && send(fd, "", 0, MSG_NOSIGNAL) < 0)
		err = -errno;
	if (err == 0 || err == -EINPROGRESS)
		return fd;
	close(fd);
	return err;
}

/* For one packet, without limits. */
static nsec_t answer_wait(const struct shot *shot)
{
	const struct walk_common *c = shot->walk->common;
	nsec_t trips = PATIENCE_TRIPS * shot->walk->trip;

	if (c->timeout)
		return c->timeout;
	if (trips == 0 || trips >= PATIENCE)
		return PATIENCE;
	return trips > PATIENCE_LEAST ? trips : PATIENCE_LEAST;
}

static bool is_before_last(const struct shot *shot)
{
	return shot->tries + 1u == shot->walk->common->tries;
}

/*
 * While a limit is waited for. Each packet has a socket, and so a source port, of its own: routers
 * that share flows among several ways send it another way, where the hop of that distance may be
 * one that speaks. Where none does, whichever way, more of them would tell nothing.
 */
static bool has_time_for_another_flow(const struct shot *shot, nsec_t now)
{
	return is_before_last(shot) && shot->walk->common->spoke[distance_of(shot)] &&
	       now + answer_wait(shot) <= shot->limit_over;
}

/* For one packet. The try before the last takes as long as a limit may last. */
static nsec_t patience(const struct shot *shot, nsec_t now)
{
	nsec_t wait = answer_wait(shot);

	if (distance_of(shot) == 0)
		return NOBODY_WAIT;
	if (!is_before_last(shot) || now + wait >= shot->limit_over ||
		has_time_for_another_flow(shot, now + wait))
		return wait;
	return shot->limit_over - now;
}

static void wait_until(struct shot *shot, nsec_t when)
{
	shot->waiting = true;
	timers_set(loop_timers(shot->walk->common->loop), &shot->timer, when);
}

/* What others need here at the moment: the walks of this run, for the most part. */
static bool is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOBUFS || err == -ENOMEM ||
	       err == -EADDRNOTAVAIL;
}

static nsec_t later_of(nsec_t a, nsec_t b)
{
	return a > b ? a : b;
}

/* Once a packet: when its turn is. */
static nsec_t take_turn(struct shot *shot, nsec_t now)
{
	struct walk *w = shot->walk;
	nsec_t when = now;

	if (!shot->paced && w->pacer)
		when = pacer_reserve(w->pacer, when);
	if (!shot->paced)
		when = later_of(when, pacer_reserve(&w->common->pacer, now));
	shot->paced = true;
	return when;
}

void shot_send(struct shot *shot)
{
	struct walk *w = shot->walk;
	struct loop *loop = w->common->loop;
	nsec_t now = clock_now(), turn = take_turn(shot, now);

	shot->fate = FATE_UNDER_WAY;
	if (turn > now) {
		wait_until(shot, turn);
		return;
	}
	shot->paced = false;
	shot->sent = now;
	shot->fd = open_shot(w, distance_of(shot));
	if (shot->fd < 0 && is_shortage(shot->fd) && shot->troubles < TROUBLES_MOST) {
		shot->troubles++;
		shot->fd = -1;
		wait_until(shot, now + TROUBLE_WAIT);
		return;
	}
	shot->tries++;
	if (is_before_last(shot) && shot->limit_over == 0)
		shot->limit_over = now + LIMIT_WAIT;
	if (shot->fd >= 0)
		loop_watch(loop, shot->fd, LOOP_IN | LOOP_OUT, &shot->watch);
	timers_set(loop_timers(loop), &shot->timer,
		now + (shot->fd >= 0 ? patience(shot, now) : TROUBLE_WAIT));
}

static bool has_expired(const struct sock_error *e, int family)
{
	return family == 6 ? e->type == 3 && e->code == 0 : e->type == 11 && e->code == 0;
}

/* What the socket says by itself, when no ICMP error does. */
static bool has_arrived(const struct shot *shot)
{
	struct walk *w = shot->walk;
	struct answer a = {.from = w->to, .state = PORT_OPEN, .reason = REASON_REPLY};
	char byte;
	int err;

	if (w->protocol == IPPROTO_UDP) {
		if (recv(shot->fd, &byte, sizeof byte, 0) < 0)
			return false;
		w->answer = a;
		return true;
	}
	err = sock_connect(shot->fd, &w->to);
	if (err != 0 && err != -ECONNREFUSED && err != -ECONNRESET)
		return false;
	w->accepted |= err == 0;
	/* reset: it stood, and was reset since; before that it is refused */
	a.state = err == -ECONNREFUSED ? PORT_CLOSED : PORT_OPEN;
	a.reason = err == -ECONNREFUSED ? REASON_RST : REASON_SYN_ACK;
	w->answer = a;
	return true;
}

/* As the probes conclude from it; the target's own is an arrival as well. */
static enum fate refused(struct shot *shot, const struct sock_error *e)
{
	struct walk *w = shot->walk;
	bool own = addr_same(&e->from, &w->to);
	struct answer a = {0};

	verdict_icmp(shot->fd, &w->to, e, &a);
	if (own && w->protocol == IPPROTO_UDP &&
		icmp_meaning(w->to.family, e->type, e->code) == ICMP_MEANS_NO_PORT)
		a.state = PORT_CLOSED;
	if (a.reason == REASON_ICMP)
		w->answer = a;
	return own ? FATE_ARRIVED : FATE_REFUSED;
}

static enum fate what_came(struct shot *shot)
{
	int family = shot->walk->to.family;
	struct sock_error e;

	while (sock_next_error(shot->fd, &e, NULL)) {
		shot->from = e.from;
		if (has_expired(&e, family))
			return FATE_EXPIRED;
		if (icmp_meaning(family, e.type, e.code) != ICMP_MEANS_NOTHING)
			return refused(shot, &e);
	}
	if (!has_arrived(shot))
		return FATE_UNDER_WAY;
	shot->from = shot->walk->to;
	return FATE_ARRIVED;
}

/* Whose budget it was. */
static void note_error(struct shot *shot, nsec_t now)
{
	struct walk *w = shot->walk;
	unsigned at = distance_of(shot);

	if (at == 0) /* nobody knows how far it came */
		w->common->heard = now;
	else if (shot->fate == FATE_EXPIRED)
		w->common->spoke[at] = now;
	else if (shot->fate == FATE_ARRIVED && w->protocol == IPPROTO_UDP)
		w->spent = w->common->reached = now;
	/* from somewhere on the way */
	for (unsigned i = 1; shot->fate == FATE_REFUSED && i <= at; i++)
		w->common->spoke[i] = now;
}

/* They would only take from the target's budget. */
static void end_beyond(struct walk *w, unsigned at)
{
	for (unsigned i = at + 1; i <= LOCATOR_HOPS_MAX; i++)
		if (w->shots[i].fate == FATE_UNDER_WAY)
			shot_end(&w->shots[i], FATE_UNASKED);
}

/* False: nothing has come yet. */
static bool has_come(struct shot *shot, nsec_t now)
{
	struct walk *w = shot->walk;
	enum fate fate = shot->fd < 0 ? FATE_UNDER_WAY : what_came(shot);

	if (fate == FATE_UNDER_WAY)
		return false;
	shot_end(shot, fate);
	note_error(shot, now);
	if (fate == FATE_ARRIVED && distance_of(shot) > 0)
		end_beyond(w, distance_of(shot));
	if (fate == FATE_EXPIRED && shot->tries > 1)
		w->common->limited = true;
	if (distance_of(shot) > 0 && now - shot->sent > w->trip)
		w->trip = now - shot->sent;
	w->moved(w);
	return true;
}

static void shot_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct shot *shot = container_of(watch, struct shot, watch);

	(void)events;
	if (shot->fate == FATE_UNDER_WAY && !shot->walk->common->stopped)
		has_come(shot, now);
}

/* When whoever answers at that distance last used up an error. */
static nsec_t last_error(const struct shot *shot)
{
	const struct walk_common *c = shot->walk->common;

	return later_of(later_of(c->spoke[distance_of(shot)], c->heard),
		later_of(c->reached, shot->walk->spent));
}

/* No limit can have withheld what did not come. */
static bool is_proof(const struct shot *shot)
{
	return last_error(shot) + LIMIT <= shot->sent;
}

/* Once more, when there is an error to be had, and nobody else is waiting for it. */
static void wait_for_slot(struct shot *shot, nsec_t now)
{
	nsec_t *slot = &shot->walk->common->slot[distance_of(shot)];
	nsec_t when = later_of(later_of(now, *slot), last_error(shot) + LIMIT_WAIT);

	*slot = when + LIMIT_WAIT + shot->walk->trip;
	shot->fate = FATE_UNDER_WAY;
	wait_until(shot, when);
}

static bool still_matters(const struct shot *shot)
{
	unsigned at = distance_of(shot), end = walk_arrived_at(shot->walk);

	return at > walk_known_hop(shot->walk) && (end == 0 || at < end);
}

static bool has_to_be_asked_again(const struct shot *shot)
{
	return shot->tries < shot->walk->common->tries ||
	       (!shot->proved && shot->tries < TRIES_MOST);
}

static void ask_again(struct shot *shot, nsec_t now)
{
	bool again = shot->tries < shot->walk->common->tries;

	if (again && has_time_for_another_flow(shot, now))
		shot->tries--; /* of the same try */
	if (walk_asks_one_by_one(shot->walk))
		shot->fate = FATE_UNASKED;
	else if (again)
		shot_send(shot);
	else
		wait_for_slot(shot, now);
}

static void shot_expired(struct timer *timer, nsec_t now)
{
	struct shot *shot = container_of(timer, struct shot, timer);
	struct walk *w = shot->walk;
	bool matters = still_matters(shot);

	if (w->common->stopped || has_come(shot, now))
		return;
	if (shot->waiting && matters) {
		shot->waiting = false;
		shot_send(shot);
		return;
	}
	shot_end(shot, FATE_SILENT);
	shot->proved = is_proof(shot);
	if (matters && has_to_be_asked_again(shot))
		ask_again(shot, now);
	w->moved(w);
}

void shot_wait(struct shot *shot)
{
	shot->fate = FATE_UNDER_WAY;
	wait_until(shot, later_of(clock_now(), last_error(shot) + LIMIT_WAIT));
}

void shot_init(struct shot *shot, struct walk *w)
{
	shot->walk = w;
	shot->fd = -1;
	shot->watch.ready = shot_ready;
	shot->timer.expired = shot_expired;
}
