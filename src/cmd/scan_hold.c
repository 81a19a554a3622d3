/* SPDX-License-Identifier: MIT */
#include "scan_hold.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

/* An address about which something was asked, until it is reported. */
struct held {
	struct held *next, *prev;
	struct host *host;
	bool done;               /* the engine is done with it: it is ours */
	uint32_t waiting;        /* things asked about it and its ports */
	uint8_t *asked;          /* about each port; NULL before the first */
	struct port_note *notes; /* of each port; NULL before the first */
	struct host_note note;
};

struct scan_hold {
	struct report *report;
	struct held *first;
	size_t waiting;
	bool stopped;
};

static struct held *held_of(struct scan_hold *s, struct host *h)
{
	struct held *held = h->user;

	if (held)
		return held;
	held = mem_alloc(1, sizeof *held);
	held->host = h;
	held->next = s->first;
	if (held->next)
		held->next->prev = held;
	s->first = held;
	h->user = held;
	return held;
}

static void forget(struct scan_hold *s, struct held *held)
{
	struct host *h = held->host;

	if (held->next)
		held->next->prev = held->prev;
	*(held->prev ? &held->prev->next : &s->first) = held->next;
	for (uint32_t i = 0; held->notes && i < h->count; i++)
		strbuf_release(&held->notes[i].detail);
	free(held->notes);
	free(held->asked);
	h->user = NULL;
	if (held->done)
		host_free(h);
	free(held);
}

static void tell_port(struct scan_hold *s, const struct held *held, uint32_t cell)
{
	report_port(s->report, held->host, cell, held->notes ? &held->notes[cell] : NULL);
}

static void tell_host(struct scan_hold *s, struct held *held)
{
	const struct host *h = held->host;

	report_host(s->report, h, h->decided == h->count, held->notes, &held->note);
	forget(s, held);
}

static void one_more(struct scan_hold *s, struct held *held)
{
	held->waiting++;
	s->waiting++;
}

static void one_less(struct scan_hold *s, struct held *held)
{
	held->waiting--;
	s->waiting--;
	if (held->done && held->waiting == 0)
		tell_host(s, held);
}

void scan_hold_port(struct scan_hold *s, struct host *h, uint32_t cell)
{
	struct held *held = held_of(s, h);

	if (!held->asked)
		held->asked = mem_alloc(h->count, 1);
	held->asked[cell]++;
	one_more(s, held);
}

void scan_hold_port_end(struct scan_hold *s, struct host *h, uint32_t cell)
{
	struct held *held = h->user;

	if (--held->asked[cell] == 0)
		tell_port(s, held, cell);
	one_less(s, held);
}

void scan_hold_host(struct scan_hold *s, struct host *h)
{
	one_more(s, held_of(s, h));
}

void scan_hold_host_end(struct scan_hold *s, struct host *h)
{
	one_less(s, h->user);
}

struct port_note *scan_hold_note(struct scan_hold *s, struct host *h, uint32_t cell)
{
	struct held *held = held_of(s, h);

	if (!held->notes)
		held->notes = mem_alloc(h->count, sizeof *held->notes);
	return &held->notes[cell];
}

const struct port_note *scan_hold_notes(const struct host *h)
{
	const struct held *held = h->user;

	return held ? held->notes : NULL;
}

struct host_note *scan_hold_host_note(struct scan_hold *s, struct host *h)
{
	return &held_of(s, h)->note;
}

const struct host_note *scan_hold_noted(const struct host *h)
{
	const struct held *held = h->user;

	return held ? &held->note : NULL;
}

bool scan_hold_done(struct scan_hold *s, struct host *h)
{
	struct held *held = h->user;

	if (!held || s->stopped)
		return false;
	held->done = true;
	if (held->waiting == 0)
		tell_host(s, held);
	return true;
}

size_t scan_hold_waiting(const struct scan_hold *s)
{
	return s->waiting;
}

struct scan_hold *scan_hold_new(struct report *report)
{
	struct scan_hold *s = mem_alloc(1, sizeof *s);

	s->report = report;
	return s;
}

void scan_hold_free(struct scan_hold *s)
{
	if (!s)
		return;
	while (s->first)
		forget(s, s->first);
	free(s);
}

void scan_hold_stop(
	struct scan_hold *s, void (*cut)(void *user, struct host *h, uint32_t cell), void *user)
{
	struct held *held = s->first;

	s->stopped = true;
	while (held) {
		struct held *next = held->next;

		for (uint32_t i = 0; held->asked && i < held->host->count; i++) {
			if (!held->asked[i])
				continue;
			if (cut)
				cut(user, held->host, i);
			if (held->host->cells[i].state != PORT_PENDING)
				tell_port(s, held, i);
		}
		if (held->done)
			tell_host(s, held);
		held = next;
	}
}
