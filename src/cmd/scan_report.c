/* SPDX-License-Identifier: MIT */
#include "scan_report.h"

#include "scan_crowd.h"
#include "scan_port.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	LISTED_AT_MOST = 10, /* ports that are alike: more become one line */
	COUNTS_MAX = 16,     /* at least PORT_STATES and PORT_REASONS */
};

/* Between two ICMP errors: less is not felt. */
#define LIMIT_FELT (20 * NSEC_PER_MSEC)

enum summary_field {
	SUMMARY_HOST,
	SUMMARY_ADDR,
	SUMMARY_COUNTS,
	SUMMARY_REASONS,
	SUMMARY_ELAPSED,
	SUMMARY_COMPLETE,
	SUMMARY_UNPROVED,
	SUMMARY_FAKE,
	SUMMARY_LIMIT,
	SUMMARY_FIELDS,
};

enum { FAKE_ASKED, FAKE_OPEN, FAKE_KIND, FAKE_FIELDS };

static const struct field fake_fields[FAKE_FIELDS] = {
	[FAKE_ASKED] = {.name = "asked", .kind = FIELD_UINT},
	[FAKE_OPEN] = {.name = "open", .kind = FIELD_UINT},
	[FAKE_KIND] = {.name = "kind", .kind = FIELD_TEXT},
};
static const struct schema fake_schema = {NULL, fake_fields, FAKE_FIELDS};

enum { LIMIT_BURST, LIMIT_INTERVAL, LIMIT_FIELDS };

static const struct field limit_fields[LIMIT_FIELDS] = {
	[LIMIT_BURST] = {.name = "burst", .kind = FIELD_UINT},
	[LIMIT_INTERVAL] = {.name = "interval_ms", .kind = FIELD_MS},
};
static const struct schema limit_schema = {NULL, limit_fields, LIMIT_FIELDS};

static const struct field summary_fields[SUMMARY_FIELDS] = {
	[SUMMARY_HOST] = {.name = "host", .kind = FIELD_TEXT},
	[SUMMARY_ADDR] = {.name = "addr", .kind = FIELD_TEXT},
	[SUMMARY_COUNTS] = {.name = "counts", .kind = FIELD_COUNTS},
	[SUMMARY_REASONS] = {.name = "reasons", .kind = FIELD_COUNTS},
	[SUMMARY_ELAPSED] = {.name = "elapsed_ms", .kind = FIELD_MS},
	[SUMMARY_COMPLETE] = {.name = "complete", .kind = FIELD_BOOL},
	[SUMMARY_UNPROVED] = {.name = "unproved", .kind = FIELD_UINT},
	[SUMMARY_FAKE] = {.name = "fake",
		.kind = FIELD_RECORD,
		.sub = &fake_schema,
		.optional = true},
	[SUMMARY_LIMIT] = {.name = "icmp_limit",
		.kind = FIELD_RECORD,
		.sub = &limit_schema,
		.optional = true},
};
static const struct schema summary_schema = {"summary", summary_fields, SUMMARY_FIELDS};

struct report {
	struct output *out;
	struct report_options options;
	struct report_totals totals;
	uint64_t folded[PORT_STATES][PORT_REASONS];        /* ports that were only counted */
	struct endings endings[PORT_STATES][PORT_REASONS]; /* of those that were followed */
	uint64_t quiet;                                    /* addresses that gave no sign */
	struct endings quiet_endings;                      /* of their ports */
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
	if (!r)
		return;
	for (unsigned s = 0; s < PORT_STATES; s++)
		for (unsigned why = 0; why < PORT_REASONS; why++)
			endings_release(&r->endings[s][why]);
	endings_release(&r->quiet_endings);
	free(r);
}

const struct report_totals *report_totals(const struct report *r)
{
	return &r->totals;
}

static bool find_state(const char *name, size_t len, unsigned *states)
{
	if (len == strlen("all") && memcmp(name, "all", len) == 0) {
		*states = ~0u;
		return true;
	}
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

static void put(
	const struct report *r, const struct host *h, uint32_t index, const struct port_note *note)
{
	struct port_put how = {r->out, r->options.layout, r->options.protocol};

	port_put(&how, h, index, note);
}

void report_known(struct report *r, const uint32_t counts[static PORT_STATES])
{
	r->totals.addresses++;
	for (unsigned s = 0; s < PORT_STATES; s++) {
		r->totals.ports += counts[s];
		r->totals.states[s] += counts[s];
	}
}

void report_count(struct report *r, const struct host *h, uint32_t index)
{
	r->totals.ports++;
	r->totals.states[h->cells[index].state]++;
}

/* It is only counted, and where the way to it ends. */
static void fold(
	struct report *r, const struct host *h, const struct cell *c, const struct port_note *note)
{
	r->folded[c->state][c->reason]++;
	if (note && note->located)
		endings_add(&r->endings[c->state][c->reason], h, note, r->options.protocol);
}

void report_port(
	struct report *r, const struct host *h, uint32_t index, const struct port_note *note)
{
	const struct cell *c = &h->cells[index];

	report_count(r, h, index);
	if (r->options.silent)
		return;
	if (!output_is_table(r->out)) {
		if (r->options.states == 0 || asked_for(r, c))
			put(r, h, index, note);
		return;
	}
	if (r->options.layout != REPORT_FLAT)
		return;
	if (r->options.states ? asked_for(r, c) : c->state == PORT_OPEN)
		put(r, h, index, note);
	else
		fold(r, h, c, note);
}

/* --- one address --------------------------------------------------------------------------------
 */

static void choose_listed(const struct report *r, struct crowds *all)
{
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
	struct report *r, const struct host *h, struct crowds *all, const struct port_note *notes)
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
		put(r, h, rows[i].cell, notes ? &notes[rows[i].cell] : NULL);
	free(rows);
}

static void put_crowd(struct report *r, const struct host *h, const struct crowd *crowd,
	const struct port_note *notes)
{
	struct strbuf words = {0};

	crowd_words(&words, h, crowd, notes, r->options.protocol);
	output_line(r->out, "%s", words.text);
	strbuf_release(&words);
}

static bool gave_no_sign(const struct host *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].reason != REASON_TIMEOUT && h->cells[i].reason != REASON_ARP)
			return false;
	return true;
}

static void count_quiet(struct report *r, const struct host *h, const struct port_note *notes)
{
	r->quiet++;
	for (uint32_t i = 0; notes && i < h->count; i++)
		if (notes[i].located)
			endings_add(&r->quiet_endings, h, &notes[i], r->options.protocol);
}

/* What an open port of such an address is worth. */
static void put_fake(struct report *r, const struct host_note *note)
{
	static const char *const words[] = {
		[FAKE_NOT_KNOWN] = "something accepts everything",
		[FAKE_HELD] =
			"something accepts everything and keeps silent: a tarpit, or a SYN proxy",
		[FAKE_CLOSES] = "something accepts everything and closes at once: a SYN proxy",
		[FAKE_TALKS] = "something accepts everything and answers",
		[FAKE_REPLIES] = "something replies whatever is asked",
	};

	output_line(r->out, "%u of %u random ports are open, too: %s", note->fake_open,
		note->fake_asked, words[note->fake_kind]);
}

static void put_block(struct report *r, const struct host *h, bool complete,
	const struct port_note *notes, const struct host_note *note)
{
	struct crowds all;
	struct strbuf heading = {0};
	char addr[ADDR_TEXT_MAX];

	if (r->options.many && r->options.states == 0 && complete && gave_no_sign(h)) {
		count_quiet(r, h, notes);
		return;
	}
	crowds_gather(&all, h);
	choose_listed(r, &all);
	addr_text(&h->addr, addr);
	strbuf_puts(&heading, addr);
	if (strcmp(h->name, addr) != 0)
		strbuf_printf(&heading, " (%s)", h->name);
	if (h->rtt.samples)
		strbuf_printf(
			&heading, ", round trip %.3f ms", (double)h->rtt.smoothed / NSEC_PER_MSEC);
	if (!complete)
		strbuf_printf(&heading, ", incomplete: %u of %u ports", h->decided, h->count);
	else if (note && note->cut)
		strbuf_puts(&heading, ", incomplete: not all ways were found");
	output_heading(r->out, heading.text);
	strbuf_release(&heading);
	put_listed(r, h, &all, notes);
	for (size_t i = 0; i < all.count; i++)
		if (!all.items[i].listed)
			put_crowd(r, h, &all.items[i], notes);
	if (host_note_is_fake(note))
		put_fake(r, note);
	if (h->icmp_interval >= LIMIT_FELT)
		output_line(r->out,
			"ICMP errors are limited here: %u at once, then about one in %.2g s",
			h->icmp_burst, (double)h->icmp_interval / NSEC_PER_SEC);
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

bool host_note_is_fake(const struct host_note *note)
{
	return note && note->fake_asked && note->fake_open * 2 > note->fake_asked;
}

const char *fake_kind_name(enum fake_kind kind)
{
	static const char *const names[] = {NULL, "held", "closes", "talks", "replies"};

	return names[kind];
}

static void set_fake(struct record *out, const struct host_note *note)
{
	record_init(out, &fake_schema);
	record_uint(out, FAKE_ASKED, note->fake_asked);
	record_uint(out, FAKE_OPEN, note->fake_open);
	record_text(out, FAKE_KIND, fake_kind_name(note->fake_kind));
}

static void set_limit(struct record *out, const struct host *h)
{
	record_init(out, &limit_schema);
	record_uint(out, LIMIT_BURST, h->icmp_burst);
	record_ns(out, LIMIT_INTERVAL, h->icmp_interval);
}

static void put_summary(struct report *r, const struct host *h, const struct host_note *note)
{
	struct count states[PORT_STATES], reasons[PORT_REASONS];
	char addr[ADDR_TEXT_MAX];
	uint64_t unproved = unproved_of(h);
	struct record rec, fake, limit;

	record_init(&rec, &summary_schema);
	record_text(&rec, SUMMARY_HOST, h->name);
	record_text(&rec, SUMMARY_ADDR, addr_text(&h->addr, addr));
	record_counts(&rec, SUMMARY_COUNTS, states, count_by(h, false, states));
	record_counts(&rec, SUMMARY_REASONS, reasons, count_by(h, true, reasons));
	record_ns(&rec, SUMMARY_ELAPSED, clock_now() - h->started);
	record_bool(&rec, SUMMARY_COMPLETE, h->decided == h->count && !(note && note->cut));
	record_uint(&rec, SUMMARY_UNPROVED, unproved);
	if (host_note_is_fake(note)) {
		set_fake(&fake, note);
		record_record(&rec, SUMMARY_FAKE, &fake);
	}
	if (h->icmp_interval) {
		set_limit(&limit, h);
		record_record(&rec, SUMMARY_LIMIT, &limit);
	}
	output_record(r->out, &rec, ROW_PLAIN);
}

void report_host(struct report *r, const struct host *h, bool complete,
	const struct port_note *notes, const struct host_note *note)
{
	r->totals.addresses++;
	r->totals.incomplete += !complete;
	if (r->options.silent)
		return;
	if (!output_is_table(r->out))
		put_summary(r, h, note);
	else if (r->options.layout == REPORT_BLOCKS)
		put_block(r, h, complete, notes, note);
}

static void put_folded(struct report *r, enum port_state state, enum port_reason why)
{
	uint64_t count = r->folded[state][why];
	struct strbuf line = {0};

	if (count == 0)
		return;
	strbuf_printf(
		&line, "%" PRIu64 " %s (%s)", count, port_state_name(state), port_reason_name(why));
	endings_words(&line, &r->endings[state][why], count);
	output_line(r->out, "%s", line.text);
	strbuf_release(&line);
}

static void put_quiet(struct report *r)
{
	struct strbuf line = {0};

	if (r->quiet == 0)
		return;
	strbuf_printf(&line, "%" PRIu64 " address%s gave no sign (timeout, arp)", r->quiet,
		r->quiet == 1 ? "" : "es");
	endings_words(&line, &r->quiet_endings, 0);
	output_line(r->out, "%s", line.text);
	strbuf_release(&line);
}

void report_end(struct report *r)
{
	output_flush(r->out);
	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		for (unsigned why = 0; why < PORT_REASONS; why++)
			put_folded(r, s, why);
	put_quiet(r);
}
