/* SPDX-License-Identifier: MIT */
#include "scan_banner.h"

#include "banner_report.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

#include <stdlib.h>

/* A port on its way through the grabber. */
struct asked {
	struct scan_banners *banners;
	struct asked *next, *prev;
	struct host *host; /* NULL: it is only tried */
	uint32_t cell;
	bool port_waits; /* to be told of */
	void (*heard)(void *user, const struct grab *g);
	void *user;
};

struct scan_banners {
	struct output *out;
	struct report *report;
	struct scan_hold *hold;
	struct scan_banners_options options;
	struct scan_banners_events events;
	struct banner_report *records;
	struct grabber *grabber;
	struct asked *asked;
	size_t waiting;
};

static struct asked *add(struct scan_banners *b)
{
	struct asked *a = mem_alloc(1, sizeof *a);

	a->banners = b;
	a->next = b->asked;
	if (a->next)
		a->next->prev = a;
	b->asked = a;
	b->waiting++;
	return a;
}

static void forget(struct asked *a)
{
	if (a->next)
		a->next->prev = a->prev;
	*(a->prev ? &a->prev->next : &a->banners->asked) = a->next;
	a->banners->waiting--;
	free(a);
}

/* Rows have what was heard in them; records wait only where it may change them. */
static bool port_waits(const struct scan_banners *b)
{
	return output_is_table(b->out) || b->events.heard;
}

static void heard(struct scan_banners *b, const struct asked *a, const struct grab *g)
{
	bool table = output_is_table(b->out);
	struct host *h = a->host;
	uint32_t cell = a->cell;

	if (b->options.told && table)
		banner_report_headline(g, &scan_hold_note(b->hold, h, cell)->detail);
	if (a->port_waits && b->events.heard)
		b->events.heard(b->events.user, h, cell, g);
	if (a->port_waits)
		scan_hold_port_end(b->hold, h, cell);
	if (b->options.told && !table)
		banner_report_grab(b->records, g);
	scan_hold_host_end(b->hold, h);
}

static void on_done(void *user, const struct grab *g)
{
	struct scan_banners *b = user;
	struct asked *a = g->user;

	if (a->host)
		heard(b, a, g);
	else
		a->heard(a->user, g);
	forget(a);
	b->events.written(b->events.user);
}

void scan_banners_asking(const struct scan_banners_options *options, struct grabber_options *out)
{
	grabber_defaults(out);
	/* behind a SYN proxy a service may be a second late: its own handshake's first
	 * retransmission */
	out->timeout = options->told ? 5 * NSEC_PER_SEC : 1500 * NSEC_PER_MSEC;
	out->deadline = options->told ? 10 * NSEC_PER_SEC : 4 * NSEC_PER_SEC;
	out->numeric = options->numeric;
	out->rate = options->rate;
	out->parallel = options->parallel;
	out->spare_files = options->spare_files;
}

struct scan_banners *scan_banners_new(struct loop *loop, struct output *out, struct report *report,
	struct scan_hold *hold, const struct scan_banners_options *options,
	const struct scan_banners_events *events)
{
	struct scan_banners *b = mem_alloc(1, sizeof *b);
	struct grabber_events of_grabber = {.done = on_done, .user = b};
	struct grabber_options asking;
	struct strbuf why = {0};

	scan_banners_asking(options, &asking);
	b->out = out;
	b->report = report;
	b->hold = hold;
	b->options = *options;
	b->events = *events;
	b->records = banner_report_new(out);
	b->grabber = grabber_new(loop, &asking, &of_grabber, &why);
	if (b->grabber)
		return b;
	log_error("%s", why.text ? why.text : "no banners can be asked for");
	strbuf_release(&why);
	scan_banners_free(b);
	return NULL;
}

void scan_banners_free(struct scan_banners *b)
{
	if (!b)
		return;
	grabber_free(b->grabber);
	for (struct asked *a = b->asked, *next; a; a = next) {
		next = a->next;
		free(a);
	}
	banner_report_free(b->records);
	free(b);
}

static struct asked *ask(struct scan_banners *b, struct host *h, uint32_t cell)
{
	struct asked *a = add(b);
	struct addr to = h->addr;

	to.port = host_port(h, cell);
	a->host = h;
	a->cell = cell;
	scan_hold_host(b->hold, h);
	grabber_add(b->grabber, h->name, &to, a);
	return a;
}

void scan_banners_again(struct scan_banners *b, struct host *h, uint32_t cell)
{
	ask(b, h, cell);
}

void scan_banners_open(struct scan_banners *b, struct host *h, uint32_t cell)
{
	struct asked *a = ask(b, h, cell);

	a->port_waits = port_waits(b);
	if (a->port_waits)
		scan_hold_port(b->hold, h, cell);
	else
		report_port(b->report, h, cell, NULL);
}

void scan_banners_try(struct scan_banners *b, const char *name, const struct addr *addr,
	void (*heard_of)(void *user, const struct grab *g), void *user)
{
	struct asked *a = add(b);

	a->heard = heard_of;
	a->user = user;
	grabber_add(b->grabber, name, addr, a);
}

size_t scan_banners_waiting(const struct scan_banners *b)
{
	return b->waiting;
}

void scan_banners_stop(struct scan_banners *b)
{
	grabber_stop(b->grabber);
}
