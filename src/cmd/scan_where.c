/* SPDX-License-Identifier: MIT */
#include "scan_where.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <netinet/in.h>
#include <stdlib.h>

/* A port that is being followed. */
struct followed {
	struct scan_where *where;
	struct followed *next, *prev;
	struct host *host;
	uint32_t cell;
};

struct scan_where {
	struct scan_hold *hold;
	struct locator *locator;
	const struct ports *controls;
	struct followed *followed;
	size_t waiting;
	int protocol;
	void (*written)(void *user);
	void *user;
};

bool scan_where_follows(const struct cell *c)
{
	return c->reason == REASON_TIMEOUT &&
	       (c->state == PORT_FILTERED || c->state == PORT_OPEN_FILTERED);
}

static bool is_reject(const struct host *h, const struct cell *c)
{
	const struct addr *from = host_witness(h, c);

	return c->reason == REASON_ICMP && from && !addr_same(from, &h->addr);
}

static bool is_closed(const struct host *h, uint32_t cell)
{
	return h->cells[cell].state == PORT_CLOSED;
}

static struct followed *follow(struct scan_where *w, struct host *h, uint32_t cell)
{
	struct followed *f = mem_alloc(1, sizeof *f);

	*f = (struct followed){.where = w, .next = w->followed, .host = h, .cell = cell};
	if (f->next)
		f->next->prev = f;
	w->followed = f;
	w->waiting++;
	return f;
}

static void forget(struct followed *f)
{
	if (f->next)
		f->next->prev = f->prev;
	*(f->prev ? &f->prev->next : &f->where->followed) = f->next;
	f->where->waiting--;
	free(f);
}

/* The port is held, and not told yet. */
static void settle(struct host *h, uint32_t cell, const struct answer *a)
{
	host_decide(h, cell, a, 0);
	h->decided--; /* it was before */
}

static void on_found(void *user, const struct locator_question *q, const struct whereabouts *where)
{
	struct scan_where *w = user;
	struct followed *f = q->user;
	struct host *h = f->host;
	struct port_note *note = scan_hold_note(w->hold, h, f->cell);
	uint32_t cell = f->cell;

	note->where = *where;
	note->located = where->answer.reason == REASON_NONE;
	if (!note->located)
		settle(h, cell, &where->answer);
	if (!note->located && where->answer.reason != REASON_ICMP)
		strbuf_puts(&note->detail, "answered when its way was looked for");
	forget(f);
	scan_hold_port_end(w->hold, h, cell);
	w->written(w->user);
}

struct scan_where *scan_where_new(struct loop *loop, struct scan_hold *hold, int protocol,
	const struct ports *controls, const struct locator_options *options,
	void (*written)(void *user), void *user)
{
	struct scan_where *w = mem_alloc(1, sizeof *w);

	w->hold = hold;
	w->protocol = protocol;
	w->controls = controls;
	w->written = written;
	w->user = user;
	w->locator = locator_new(loop, options, on_found, w);
	return w;
}

void scan_where_free(struct scan_where *w)
{
	if (!w)
		return;
	locator_free(w->locator);
	for (struct followed *f = w->followed, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	free(w);
}

bool scan_where_decided(struct scan_where *w, struct host *h, uint32_t cell)
{
	struct host_note *note;

	if (is_reject(h, &h->cells[cell]))
		locator_heard(w->locator);
	if (!scan_where_follows(&h->cells[cell]))
		return false;
	note = scan_hold_host_note(w->hold, h);
	if (note->followed == WHERE_PORTS)
		return false;
	note->followed++;
	scan_hold_port(w->hold, h, cell);
	follow(w, h, cell);
	return true;
}

static uint16_t draw_control(const struct scan_where *w)
{
	uint32_t count = w->controls ? ports_count(w->controls) : 0;

	return count ? ports_at(w->controls, (uint32_t)(rng_seed() % count)) : 0;
}

static void add_port(struct locator_question *q, uint16_t port)
{
	unsigned i = 0;

	while (i < LOCATOR_ANSWERING && q->answering[i] && q->answering[i] != port)
		i++;
	if (i < LOCATOR_ANSWERING)
		q->answering[i] = port;
}

/* Ports that answer tell how far the address is. A closed one answers whatever it is asked; what is
 * said in its name may come from a firewall, so others confirm it, and, where they cannot, random
 * ports that were not to be scanned. UDP: one that was asked as a control, if need be. */
static void choose_answering(
	const struct scan_where *w, const struct host *h, struct locator_question *q)
{
	uint16_t open = 0, first = 0, last = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		if (h->cells[i].state == PORT_OPEN)
			open = host_port(h, i);
		if (is_closed(h, i))
			last = host_port(h, i);
		if (!first)
			first = last;
	}
	add_port(q, first ? first : h->closed_port ? h->closed_port : open);
	if (w->protocol == IPPROTO_UDP || !q->answering[0])
		return;
	add_port(q, open ? open : last);
	add_port(q, last ? last : open);
	add_port(q, draw_control(w));
	add_port(q, draw_control(w));
}

void scan_where_done(struct scan_where *w, struct host *h)
{
	struct locator_question q = {.to = h->addr, .protocol = w->protocol};

	choose_answering(w, h, &q);
	for (struct followed *f = w->followed; f; f = f->next) {
		if (f->host != h)
			continue;
		q.to.port = host_port(h, f->cell);
		q.user = f;
		locator_ask(w->locator, &q);
	}
}

size_t scan_where_waiting(const struct scan_where *w)
{
	return w->waiting;
}

void scan_where_stop(struct scan_where *w)
{
	locator_stop(w->locator);
}
