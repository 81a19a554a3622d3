/* SPDX-License-Identifier: MIT */
#include "scan_banner.h"

#include "banner_report.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"

/* An open port, on its way through the grabber. */
struct open_port {
	struct asked *asked;
	struct open_port *next;
	uint32_t cell;
};

/* An address with open ports; from the first of them until it is reported. */
struct asked {
	struct scan_banners *banners;
	struct asked *next, *prev;
	struct host *host;
	bool kept; /* the scan is done with it */
	uint32_t waiting;
	struct open_port *ports;
	struct strbuf *notes; /* one for each cell; NULL before the first */
};

struct scan_banners {
	struct output *out;
	struct report *report;
	struct banner_report *records;
	struct grabber *grabber;
	struct asked *asked;
	size_t waiting;
	void (*written)(void *user);
	void *user;
};

static struct asked *asked_of(struct scan_banners *b, struct host *h)
{
	struct asked *a = h->user;

	if (a)
		return a;
	a = mem_alloc(1, sizeof *a);
	a->banners = b;
	a->host = h;
	a->next = b->asked;
	if (a->next)
		a->next->prev = a;
	b->asked = a;
	h->user = a;
	return a;
}

static void forget(struct asked *a)
{
	if (a->next)
		a->next->prev = a->prev;
	if (a->prev)
		a->prev->next = a->next;
	else
		a->banners->asked = a->next;
	for (uint32_t i = 0; a->notes && i < a->host->count; i++)
		strbuf_release(&a->notes[i]);
	free(a->notes);
	while (a->ports) {
		struct open_port *port = a->ports;

		a->ports = port->next;
		free(port);
	}
	a->host->user = NULL;
	if (a->kept)
		host_free(a->host);
	free(a);
}

static void report_kept(struct asked *a)
{
	report_host(a->banners->report, a->host, true, a->notes);
	forget(a);
}

static void note(struct asked *a, uint32_t cell, const struct grab *g)
{
	if (!a->notes)
		a->notes = mem_alloc(a->host->count, sizeof *a->notes);
	strbuf_init(&a->notes[cell]);
	banner_report_headline(g, &a->notes[cell]);
	report_list(a->banners->report, a->host, cell, &a->notes[cell]);
}

static void on_done(void *user, const struct grab *g)
{
	struct scan_banners *b = user;
	struct open_port *port = g->user;
	struct asked *a = port->asked;

	b->waiting--;
	a->waiting--;
	if (output_is_table(b->out))
		note(a, port->cell, g);
	else
		banner_report_grab(b->records, g);
	if (a->kept && a->waiting == 0)
		report_kept(a);
	b->written(b->user);
}

void scan_banners_asking(const struct scan_banners_options *options, struct grabber_options *out)
{
	grabber_defaults(out);
	out->timeout = 5 * NSEC_PER_SEC;
	out->deadline = 10 * NSEC_PER_SEC;
	out->numeric = options->numeric;
	out->rate = options->rate;
	out->spare_files = options->spare_files;
}

struct scan_banners *scan_banners_new(struct loop *loop, struct output *out, struct report *report,
	const struct scan_banners_options *options, void (*written)(void *user), void *user)
{
	struct scan_banners *b = mem_alloc(1, sizeof *b);
	struct grabber_events events = {.done = on_done, .user = b};
	struct grabber_options asking;
	struct strbuf why = {0};

	scan_banners_asking(options, &asking);
	b->out = out;
	b->report = report;
	b->written = written;
	b->user = user;
	b->records = banner_report_new(out);
	b->grabber = grabber_new(loop, &asking, &events, &why);
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
	while (b->asked)
		forget(b->asked);
	banner_report_free(b->records);
	free(b);
}

void scan_banners_open(struct scan_banners *b, struct host *h, uint32_t cell)
{
	struct asked *a = asked_of(b, h);
	struct open_port *port = mem_alloc(1, sizeof *port);
	struct addr to = h->addr;

	to.port = host_port(h, cell);
	*port = (struct open_port){a, a->ports, cell};
	a->ports = port;
	a->waiting++;
	b->waiting++;
	if (output_is_table(b->out))
		report_count(b->report, h, cell);
	else
		report_port(b->report, h, cell);
	grabber_add(b->grabber, h->name, &to, port);
}

bool scan_banners_keep(struct scan_banners *b, struct host *h)
{
	struct asked *a = h->user;

	(void)b;
	if (!a)
		return false;
	a->kept = true;
	if (a->waiting > 0)
		return true;
	report_kept(a);
	return true;
}

size_t scan_banners_waiting(const struct scan_banners *b)
{
	return b->waiting;
}

const struct strbuf *scan_banners_notes(const struct host *h)
{
	const struct asked *a = h->user;

	return a ? a->notes : NULL;
}

/* What was found open and not heard yet. */
static void list_unheard(struct scan_banners *b, const struct asked *a)
{
	const struct host *h = a->host;

	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].state == PORT_OPEN && !(a->notes && a->notes[i].text))
			report_list(b->report, h, i, NULL);
}

void scan_banners_stop(struct scan_banners *b)
{
	struct asked *a = b->asked;

	grabber_stop(b->grabber);
	while (a) {
		struct asked *next = a->next;

		if (output_is_table(b->out))
			list_unheard(b, a);
		if (a->kept)
			report_kept(a);
		a = next;
	}
}
