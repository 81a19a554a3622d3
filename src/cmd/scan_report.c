/* SPDX-License-Identifier: MIT */
#include "scan_report.h"

#include "scan_port.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	LISTED_AT_MOST = 10, /* ports that are alike: more become one line */
	COUNTS_MAX = 16,     /* at least PORT_STATES and PORT_REASONS */
};

enum summary_field {
	SUMMARY_HOST,
	SUMMARY_ADDR,
	SUMMARY_COUNTS,
	SUMMARY_REASONS,
	SUMMARY_ELAPSED,
	SUMMARY_COMPLETE,
	SUMMARY_UNPROVED,
	SUMMARY_FIELDS,
};

static const struct field summary_fields[SUMMARY_FIELDS] = {
	[SUMMARY_HOST] = {.name = "host", .kind = FIELD_TEXT},
	[SUMMARY_ADDR] = {.name = "addr", .kind = FIELD_TEXT},
	[SUMMARY_COUNTS] = {.name = "counts", .kind = FIELD_COUNTS},
	[SUMMARY_REASONS] = {.name = "reasons", .kind = FIELD_COUNTS},
	[SUMMARY_ELAPSED] = {.name = "elapsed_ms", .kind = FIELD_MS},
	[SUMMARY_COMPLETE] = {.name = "complete", .kind = FIELD_BOOL},
	[SUMMARY_UNPROVED] = {.name = "unproved", .kind = FIELD_UINT},
};
static const struct schema summary_schema = {"summary", summary_fields, SUMMARY_FIELDS};

/* Ports of an address that are alike in everything but number. */
struct crowd {
	struct cell like;
	uint32_t count;
	bool listed;
};

struct report {
	struct output *out;
	struct report_options options;
	struct report_totals totals;
	uint64_t folded[PORT_STATES][PORT_REASONS]; /* ports that were only counted */
	uint64_t quiet;                             /* addresses that gave no sign */
};

struct report *report_new(struct output *out, const struct report_options *options)
{
	struct report *r = mem_alloc(1, sizeof *r);

	r->out = out;
	r->options = *options;
	return r;
}

void report_free(struct report *r)
{
	free(r);
}

const struct report_totals *report_totals(const struct report *r)
{
	return &r->totals;
}

static bool find_state(const char *name, size_t len, unsigned *states)
{
	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++) {
		const char *known = port_state_name(s);

		if (strlen(known) != len || memcmp(known, name, len) != 0)
			continue;
		*states |= 1u << s;
		return true;
	}
	return false;
}

int report_parse_states(const char *text, unsigned *states)
{
	*states = 0;
	if (strcmp(text, "all") == 0) {
		*states = ~0u;
		return 0;
	}
	for (;;) {
		size_t len = strcspn(text, ",");

		if (len == 0)
			return ERR_EMPTY;
		if (!find_state(text, len, states))
			return ERR_SYNTAX;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static bool asked_for(const struct report *r, const struct cell *c)
{
	return r->options.states >> c->state & 1;
}

void report_count(struct report *r, const struct host *h, uint32_t index)
{
	r->totals.ports++;
	r->totals.states[h->cells[index].state]++;
}

void report_list(struct report *r, const struct host *h, uint32_t index, const struct strbuf *note)
{
	const struct cell *c = &h->cells[index];

	if (!output_is_table(r->out)) {
		if (r->options.states == 0 || asked_for(r, c))
			port_put(r->out, r->options.layout, h, index, note);
		return;
	}
	if (r->options.layout != REPORT_FLAT)
		return;
	if (r->options.states ? asked_for(r, c) : c->state == PORT_OPEN)
		port_put(r->out, r->options.layout, h, index, note);
	else
		r->folded[c->state][c->reason]++;
}

void report_port(struct report *r, const struct host *h, uint32_t index)
{
	report_count(r, h, index);
	report_list(r, h, index, NULL);
}

/* --- one address --------------------------------------------------------------------------------
 */

static bool alike(const struct cell *a, const struct cell *b)
{
	return a->state == b->state && a->reason == b->reason && a->from == b->from &&
	       a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code && a->err == b->err;
}

enum { CROWDS_MAX = 64 }; /* beyond, ports are listed one by one */

struct crowds {
	struct crowd items[CROWDS_MAX];
	size_t count;
};

static struct crowd *crowd_of(struct crowds *all, const struct cell *c)
{
	for (size_t i = 0; i < all->count; i++)
		if (alike(&all->items[i].like, c))
			return &all->items[i];
	if (all->count == CROWDS_MAX)
		return NULL;
	all->items[all->count] = (struct crowd){.like = *c};
	return &all->items[all->count++];
}

static void gather(const struct report *r, const struct host *h, struct crowds *all)
{
	all->count = 0;
	for (uint32_t i = 0; i < h->count; i++) {
		struct crowd *crowd =
			h->cells[i].state == PORT_PENDING ? NULL : crowd_of(all, &h->cells[i]);

		if (crowd)
			crowd->count++;
	}
	for (size_t i = 0; i < all->count; i++) {
		struct crowd *crowd = &all->items[i];

		crowd->listed = r->options.states ? asked_for(r, &crowd->like)
						  : crowd->like.state == PORT_OPEN ||
							    crowd->count <= LISTED_AT_MOST;
	}
}

struct listed {
	uint16_t port;
	uint8_t open;
	uint32_t cell;
};

static int by_interest(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->open != y->open)
		return y->open - x->open;
	return x->port - y->port;
}

/* Open ports first, then the others, each by number. */
static void put_listed(
	struct report *r, const struct host *h, struct crowds *all, const struct strbuf *notes)
{
	struct listed *rows = NULL;
	size_t count = 0, room = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		const struct cell *c = &h->cells[i];
		struct crowd *crowd = c->state == PORT_PENDING ? NULL : crowd_of(all, c);

		if (c->state == PORT_PENDING || (crowd && !crowd->listed))
			continue;
		if (count == room)
			rows = mem_resize(rows, room = room ? 2 * room : 64, sizeof *rows);
		rows[count++] = (struct listed){host_port(h, i), c->state == PORT_OPEN, i};
	}
	if (count)
		qsort(rows, count, sizeof *rows, by_interest);
	for (size_t i = 0; i < count; i++)
		port_put(r->out, r->options.layout, h, rows[i].cell,
			notes ? &notes[rows[i].cell] : NULL);
	free(rows);
}

static void put_crowd(struct report *r, const struct host *h, const struct crowd *crowd)
{
	const struct cell *c = &crowd->like;
	const struct addr *from = host_witness(h, c);
	char witness[ADDR_TEXT_MAX] = "", limiter[ADDR_TEXT_MAX], icmp[ADDR_TEXT_MAX + 32] = "";

	if (c->reason == REASON_ICMP)
		snprintf(icmp, sizeof icmp, " %s",
			icmp_name(h->addr.family, c->icmp_type, c->icmp_code));
	if (from && (c->reason == REASON_ICMP || c->reason == REASON_LOCAL))
		addr_text(from, witness);
	/* the crowd may hide answers that a limit withheld */
	if (c->reason == REASON_TIMEOUT && h->icmp_answers && h->icmp_witness)
		snprintf(icmp, sizeof icmp, "; ICMP limit of %s?",
			addr_text(&h->witnesses[h->icmp_witness], limiter));
	output_line(r->out, "%u %s (%s%s%s%s)", crowd->count, port_state_name(c->state),
		port_reason_name(c->reason), icmp, *witness ? " from " : "", witness);
}

static bool gave_no_sign(const struct host *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].reason != REASON_TIMEOUT && h->cells[i].reason != REASON_ARP)
			return false;
	return true;
}

static void put_block(
	struct report *r, const struct host *h, bool complete, const struct strbuf *notes)
{
	struct crowds all;
	struct strbuf heading = {0};
	char addr[ADDR_TEXT_MAX];

	if (r->options.many && r->options.states == 0 && complete && gave_no_sign(h)) {
		r->quiet++;
		return;
	}
	gather(r, h, &all);
	addr_text(&h->addr, addr);
	strbuf_puts(&heading, addr);
	if (strcmp(h->name, addr) != 0)
		strbuf_printf(&heading, " (%s)", h->name);
	if (h->rtt.samples)
		strbuf_printf(
			&heading, ", round trip %.3f ms", (double)h->rtt.smoothed / NSEC_PER_MSEC);
	if (!complete)
		strbuf_printf(&heading, ", incomplete: %u of %u ports", h->decided, h->count);
	output_heading(r->out, heading.text);
	strbuf_release(&heading);
	put_listed(r, h, &all, notes);
	for (size_t i = 0; i < all.count; i++)
		if (!all.items[i].listed)
			put_crowd(r, h, &all.items[i]);
	output_flush(r->out);
}

static size_t count_by(const struct host *h, bool reasons, struct count *out)
{
	uint64_t sums[COUNTS_MAX] = {0};
	unsigned last = reasons ? PORT_REASONS : PORT_STATES;
	size_t n = 0;

	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].state != PORT_PENDING)
			sums[reasons ? h->cells[i].reason : h->cells[i].state]++;
	for (unsigned k = 0; k < last; k++)
		if (sums[k])
			out[n++] = (struct count){
				reasons ? port_reason_name(k) : port_state_name(k), sums[k]};
	return n;
}

static uint64_t unproved_of(const struct host *h)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < h->count; i++)
		n += h->cells[i].state == PORT_UNPROVED || h->cells[i].state == PORT_PENDING;
	return n;
}

static void put_summary(struct report *r, const struct host *h)
{
	struct count states[PORT_STATES], reasons[PORT_REASONS];
	char addr[ADDR_TEXT_MAX];
	uint64_t unproved = unproved_of(h);
	struct record rec;

	record_init(&rec, &summary_schema);
	record_text(&rec, SUMMARY_HOST, h->name);
	record_text(&rec, SUMMARY_ADDR, addr_text(&h->addr, addr));
	record_counts(&rec, SUMMARY_COUNTS, states, count_by(h, false, states));
	record_counts(&rec, SUMMARY_REASONS, reasons, count_by(h, true, reasons));
	record_ns(&rec, SUMMARY_ELAPSED, clock_now() - h->started);
	record_bool(&rec, SUMMARY_COMPLETE, unproved == 0);
	record_uint(&rec, SUMMARY_UNPROVED, unproved);
	output_record(r->out, &rec, ROW_PLAIN);
}

void report_host(struct report *r, const struct host *h, bool complete, const struct strbuf *notes)
{
	r->totals.addresses++;
	r->totals.incomplete += !complete;
	if (!output_is_table(r->out))
		put_summary(r, h);
	else if (r->options.layout == REPORT_BLOCKS)
		put_block(r, h, complete, notes);
}

void report_end(struct report *r)
{
	output_flush(r->out);
	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		for (unsigned why = 0; why < PORT_REASONS; why++)
			if (r->folded[s][why])
				output_line(r->out, "%" PRIu64 " %s (%s)", r->folded[s][why],
					port_state_name(s), port_reason_name(why));
	if (r->quiet)
		output_line(r->out, "%" PRIu64 " address%s gave no sign (timeout, arp)", r->quiet,
			r->quiet == 1 ? "" : "es");
}
