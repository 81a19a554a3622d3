/* SPDX-License-Identifier: MIT */
#include "ping_report.h"

#include "ping_lines.h"
#include "ping_records.h"

#include "netprobe/base/mem.h"
#include "netprobe/output/graph.h"

#include <inttypes.h>
#include <string.h>

enum {
	HISTORY = 1024, /* probes that a sparkline can show */
	HISTOGRAM_ROWS = 16,
	GRAPH_COLUMNS = 80, /* where the terminal does not tell */
};

/* In the place of a round trip: not known yet. */
#define UNKNOWN ((nsec_t)-2)

struct ping_report {
	struct output *out;
	struct ping_report_options options;
	bool table, begun;
	char *name; /* PING_LINES: as given */
	struct strbuf line;
	struct strbuf who;
	nsec_t *history; /* of a graph: round trips by sequence number, in a ring */
	uint64_t newest; /* of them */
};

struct ping_report *ping_report_new(struct output *out, const struct ping_report_options *options)
{
	struct ping_report *r = mem_alloc(1, sizeof *r);

	r->out = out;
	r->options = *options;
	r->table = output_is_table(out);
	strbuf_init(&r->line);
	strbuf_init(&r->who);
	if (options->graph)
		r->history = mem_alloc(HISTORY, sizeof *r->history);
	return r;
}

void ping_report_free(struct ping_report *r)
{
	if (!r)
		return;
	strbuf_release(&r->line);
	strbuf_release(&r->who);
	free(r->history);
	free(r->name);
	free(r);
}

/* --- lines --------------------------------------------------------------------------------------
 */

static bool tells_probes(const struct ping_report *r)
{
	return !r->options.quiet && r->options.layout != PING_ADDRESSES;
}

static bool tells_lines(const struct ping_report *r)
{
	return tells_probes(r) && r->table && r->options.layout == PING_LINES && !r->history;
}

static void start_line(struct ping_report *r)
{
	nsec_t now = clock_wall();

	strbuf_reset(&r->line);
	if (r->options.timestamps)
		strbuf_printf(&r->line, "[%" PRId64 ".%06" PRId64 "] ", now / NSEC_PER_SEC,
			now % NSEC_PER_SEC / NSEC_PER_USEC);
}

static void end_line(struct ping_report *r)
{
	output_line(r->out, "%s", r->line.text);
	/* whoever looks on sees it at once; a file may wait a little */
	if (output_columns(r->out))
		output_flush(r->out);
}

/* "name (addr)" where a name was given or found, else "addr". */
static const char *called(struct ping_report *r, const struct ping_host *h, const struct addr *a)
{
	const char *found = r->options.names ? ping_names_get(r->options.names, a) : NULL;
	char text[ADDR_TEXT_MAX];

	addr_text(a, text);
	if (!found && addr_same(a, &h->addr) && strcmp(h->name, text) != 0)
		found = h->name;
	strbuf_reset(&r->who);
	if (found)
		strbuf_printf(&r->who, "%s (%s)", found, text);
	else
		strbuf_puts(&r->who, text);
	return r->who.text;
}

void ping_report_begin(struct ping_report *r, const char *name, const struct addr *addr)
{
	if (!r->table || r->options.layout != PING_LINES || r->begun)
		return;
	r->begun = true;
	r->name = mem_strdup(name);
	strbuf_reset(&r->line);
	ping_line_begin(&r->line, &r->options, name, addr);
	end_line(r);
}

/* --- single probes ------------------------------------------------------------------------------
 */

static void remember(struct ping_report *r, uint64_t sequence, nsec_t rtt)
{
	if (!r->history)
		return;
	while (r->newest < sequence)
		r->history[++r->newest % HISTORY] = UNKNOWN;
	if (r->newest - sequence < HISTORY)
		r->history[sequence % HISTORY] = rtt;
}

void ping_report_reply(
	struct ping_report *r, const struct ping_host *h, const struct ping_reply *reply)
{
	if (r->options.names)
		ping_names_get(r->options.names, &h->addr);
	if (reply->fault <= PING_CORRUPT && !reply->duplicate)
		remember(r, reply->sequence, reply->trip.rtt);
	if (tells_probes(r) && !r->table)
		(reply->fault <= PING_CORRUPT ? ping_put_reply : ping_put_stray)(
			r->out, r->options.proto, h, reply);
	if (!tells_lines(r))
		return;
	start_line(r);
	ping_line_reply(&r->line, &r->options, h, reply, called(r, h, &reply->from));
	end_line(r);
}

void ping_report_error(
	struct ping_report *r, const struct ping_host *h, const struct ping_error *error)
{
	remember(r, error->sequence, GRAPH_LOST);
	if (tells_probes(r) && !r->table)
		ping_put_error(r->out, r->options.proto, h, error);
	if (!tells_lines(r))
		return;
	start_line(r);
	ping_line_error(&r->line, &r->options, h, error,
		error->from.family ? called(r, h, &error->from) : NULL);
	end_line(r);
}

void ping_report_lost(
	struct ping_report *r, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	remember(r, sequence, GRAPH_LOST);
	if (tells_probes(r) && !r->table)
		ping_put_lost(r->out, r->options.proto, h, sequence, dropped_here);
}

void ping_report_outstanding(struct ping_report *r, uint64_t sequence)
{
	if (!r->options.outstanding || !tells_lines(r))
		return;
	start_line(r);
	strbuf_printf(&r->line, "no answer yet for %s_seq=%" PRIu64, r->options.proto,
		strcmp(r->options.proto, "icmp") == 0 ? sequence & UINT16_MAX : sequence);
	end_line(r);
}

/* --- addresses ----------------------------------------------------------------------------------
 */

enum ping_verdict ping_verdict_of(const struct ping_host *h)
{
	const struct ping_counts *c = &h->counts;

	if (c->received)
		return PING_ALIVE;
	/* a reply may have been among what we dropped */
	return c->lost && !c->dropped_here ? PING_DEAD : PING_UNKNOWN;
}

static void put_lines_of(struct ping_report *r, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		output_line(r->out, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void put_histogram(struct ping_report *r, const struct ping_host *h)
{
	unsigned columns = output_columns(r->out);

	strbuf_reset(&r->line);
	graph_histogram(&r->line, &h->rtt, columns ? columns : GRAPH_COLUMNS, HISTOGRAM_ROWS,
		graph_can_draw());
	if (r->line.len)
		put_lines_of(r, r->line.text);
}

static void put_closing(struct ping_report *r, const struct ping_host *h, nsec_t elapsed)
{
	output_line(r->out, "%s", "");
	output_line(r->out, "--- %s ping statistics ---", r->name);
	strbuf_reset(&r->line);
	ping_line_counts(&r->line, &h->counts, elapsed, ping_outage(h, clock_now()));
	end_line(r);
	if (h->rtt.count == 0) {
		output_line(r->out, "%s", ""); /* as in ping(8): some who read it wait for it */
		return;
	}
	strbuf_reset(&r->line);
	ping_line_times(&r->line, &h->rtt);
	end_line(r);
	if (r->history)
		put_histogram(r, h);
}

void ping_report_host(struct ping_report *r, const struct ping_host *h, nsec_t elapsed)
{
	bool wanted = r->options.layout != PING_ADDRESSES ||
		      ping_verdict_of(h) == (r->options.dead ? PING_DEAD : PING_ALIVE);
	const char *name = r->options.names && h->counts.received
				   ? ping_names_get(r->options.names, &h->addr)
				   : NULL;
	char addr[ADDR_TEXT_MAX];

	if (!wanted)
		return;
	if (!r->table)
		ping_put_host(r->out, r->options.proto, h, name, ping_outage(h, clock_now()));
	else if (r->options.layout == PING_ROWS)
		ping_put_row(r->out, h, name);
	else if (r->options.layout == PING_ADDRESSES)
		output_line(r->out, "%s", ping_place(h, addr));
	else if (r->begun)
		put_closing(r, h, elapsed);
}

/* --- the whole run ------------------------------------------------------------------------------
 */

static void add_part(struct strbuf *out, uint64_t count, const char *what)
{
	if (count)
		strbuf_printf(out, ", %" PRIu64 " %s", count, what);
}

static void add_sum(struct strbuf *out, const struct pinger_status *status,
	const struct ping_verdicts *verdicts, nsec_t elapsed)
{
	const struct ping_counts *c = &status->counts;
	char loss[PING_LOSS_MAX];

	strbuf_printf(out, "%" PRIu64 " address%s: %" PRIu64 " alive, %" PRIu64 " dead",
		status->hosts, status->hosts == 1 ? "" : "es", verdicts->alive, verdicts->dead);
	add_part(out, verdicts->unknown, "unknown");
	strbuf_printf(out, "; %" PRIu64 " sent, %" PRIu64 " received, %s loss in %.2f s", c->sent,
		c->received, ping_loss_text(c, loss), (double)elapsed / NSEC_PER_SEC);
	add_part(out, c->duplicates, "duplicates");
	add_part(out, c->late, "late");
	add_part(out, c->dropped_here, "dropped here");
	add_part(out, c->errors, "errors");
	add_part(out, ping_pending(c), "in flight");
	add_part(out, status->foreign, "ignored");
}

void ping_report_total(struct ping_report *r, const struct pinger_status *status,
	const struct ping_verdicts *verdicts, nsec_t elapsed)
{
	if (!r->table) {
		ping_put_total(r->out, status, verdicts, elapsed);
	} else if (r->options.layout == PING_ROWS) {
		strbuf_reset(&r->line);
		add_sum(&r->line, status, verdicts, elapsed);
		output_line(r->out, "%s", r->line.text);
	}
}

static void add_extremes(struct strbuf *out, const struct rtt_stats *rtt)
{
	if (rtt->count)
		strbuf_printf(out, ", min/avg/max = %.3f/%.3f/%.3f ms",
			(double)rtt->min / NSEC_PER_MSEC,
			(double)rtt_stats_mean(rtt) / NSEC_PER_MSEC,
			(double)rtt->max / NSEC_PER_MSEC);
}

void ping_report_picture(struct ping_report *r, const struct ping_host *h)
{
	char loss[PING_LOSS_MAX];
	nsec_t shown[HISTORY];
	uint64_t first = r->newest > HISTORY ? r->newest - HISTORY + 1 : 1;
	size_t count = 0;

	for (uint64_t i = first; i <= r->newest; i++)
		if (r->history[i % HISTORY] != UNKNOWN)
			shown[count++] = r->history[i % HISTORY];
	strbuf_reset(&r->line);
	graph_sparkline(&r->line, shown, count, output_columns(r->out), graph_can_draw());
	output_line(r->out, "%s", r->line.text);
	strbuf_reset(&r->line);
	strbuf_printf(&r->line, "%" PRIu64 " sent, %" PRIu64 " received, %s loss", h->counts.sent,
		h->counts.received, ping_loss_text(&h->counts, loss));
	add_extremes(&r->line, &h->rtt);
	output_line(r->out, "%s", r->line.text);
}

void ping_report_interim(
	struct strbuf *out, const struct ping_counts *c, const struct rtt_stats *rtt)
{
	ping_line_counts(out, c, -1, 0);
	if (rtt)
		add_extremes(out, rtt);
}
