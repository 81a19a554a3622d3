/* SPDX-License-Identifier: MIT */
#include "udp_engine_private.h"

#include "netprobe/base/mem.h"

#include <errno.h>

static const struct answer no_zone = {
	.state = PORT_UNREACHABLE, .reason = REASON_NO_ROUTE, .err = EINVAL};

static struct udp_host **bucket_of(struct udp_engine *e, const struct addr *a)
{
	return &e->table[addr_hash(a, e->key.words[0]) % UDP_BUCKETS];
}

struct udp_host *udp_engine_find(struct udp_engine *e, const struct addr *a)
{
	struct udp_host *u = *bucket_of(e, a);

	while (u && !addr_same(&u->host->addr, a))
		u = u->next_same;
	return u;
}

static void link_host(struct udp_engine *e, struct udp_host *u)
{
	struct udp_host **bucket = bucket_of(e, &u->host->addr);

	u->next_same = *bucket;
	*bucket = u;
	u->next = e->live;
	if (e->live)
		e->live->prev = u;
	e->live = u;
	e->live_count++;
	e->live_cells += u->host->count;
}

void udp_engine_unlink(struct udp_engine *e, struct udp_host *u)
{
	struct udp_host **at = bucket_of(e, &u->host->addr);

	while (*at != u)
		at = &(*at)->next_same;
	*at = u->next_same;
	timers_cancel(loop_timers(e->loop), &u->wake);
	if (u->prev)
		u->prev->next = u->next;
	else
		e->live = u->next;
	if (u->next)
		u->next->prev = u->prev;
	e->live_count--;
	e->live_cells -= u->host->count;
}

static struct host *make_host(const struct engine_target *t)
{
	struct host *h = host_new(t->name, &t->addr, t->own_ports ? t->own_ports : t->ports);

	if (t->own_ports)
		host_own_ports(h, t->own_ports);
	h->user = t->user;
	h->started = clock_now();
	return h;
}

/* The index of ports that many addresses share is made once. */
static struct udp_ports *index_of(struct udp_engine *e, const struct host *h)
{
	if (h->own_ports)
		return udp_ports_new(h->ports, e->options.sequential);
	if (e->shared != h->ports) {
		udp_ports_free(e->index);
		e->index = udp_ports_new(h->ports, e->options.sequential);
		e->shared = h->ports;
	}
	return udp_ports_share(e->index);
}

static void wake(struct timer *timer, nsec_t now)
{
	struct udp_host *u = container_of(timer, struct udp_host, wake);

	(void)now;
	udp_engine_ready(u->engine, u);
}

/* A socket that is connected is told so by the kernel; ours would be sent by any interface, and the
 * answers have another scope. */
static bool needs_zone(const struct addr *a)
{
	return a->family == 6 && a->scope == 0 && addr_is_link_local(a);
}

static void take_up(struct udp_engine *e, const struct engine_target *target)
{
	struct host *h = make_host(target);
	struct udp_ports *index = index_of(e, h);
	struct udp_host *u;

	if (e->events.admitted)
		e->events.admitted(e->events.user, h);
	e->status.decided += h->decided;
	e->status.taken += h->count;
	u = udp_host_new(h, index, &e->policy, e->options.seed, h->started);
	udp_ports_free(index);
	u->engine = e;
	u->wake.expired = wake;
	if (needs_zone(&h->addr)) {
		u->no_way = no_zone;
		udp_host_give_up(u);
	}
	link_host(e, u);
	udp_engine_ready(e, u);
}

/* One more address; false: there is none now, or too many are under work. */
bool udp_engine_admit(struct udp_engine *e)
{
	struct engine_target target = {0};
	int got;

	if (e->targets_done || e->live_cells >= UDP_LIVE_CELLS || e->live_count >= e->live_most)
		return false;
	got = e->events.next(e->events.user, &target);
	e->targets_done = got == 0;
	e->waits_for_names = got == -EAGAIN;
	if (got <= 0)
		return false;
	take_up(e, &target);
	return true;
}
