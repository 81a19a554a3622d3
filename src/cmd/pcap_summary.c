/* SPDX-License-Identifier: MIT */
#include "pcap_view.h"

#include "netprobe/base/mem.h"
#include "netprobe/capture/ports_summary.h"
#include "netprobe/net/services.h"
#include "netprobe/output/graph.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>

/* How attempts fared at each server port. */

enum { TIME_P50, TIME_P95, TIME_P99, TIME_MAX, TIME_FIELDS };

static const struct field time_fields[] = {
	[TIME_P50] = {.name = "p50", .kind = FIELD_MS},
	[TIME_P95] = {.name = "p95", .kind = FIELD_MS},
	[TIME_P99] = {.name = "p99", .kind = FIELD_MS},
	[TIME_MAX] = {.name = "max", .kind = FIELD_MS},
};
static const struct schema time_schema = {NULL, time_fields, TIME_FIELDS};

enum {
	GROUP_BY,
	GROUP_NAME,
	GROUP_SERVICE,
	GROUP_ATTEMPTS,
	GROUP_COMPLETE,
	GROUP_REFUSED,
	GROUP_UNANSWERED,
	GROUP_REJECTED,
	GROUP_HALF_OPEN,
	GROUP_OTHER,
	GROUP_TIMES,
	GROUP_P50,
	GROUP_P95,
	GROUP_P99,
	GROUP_MAX,
	GROUP_FIELDS
};

/* On narrow terminals what is rarely needed goes first. */
enum {
	GIVE_MAX = GIVE_AWAY - 1,
	GIVE_P99 = GIVE_AWAY - 2,
	GIVE_SERVICE = GIVE_AWAY - 3,
	GIVE_P95 = GIVE_AWAY - 4,
};

#define WHOLE(give_) .give = (give_), .keep = KEEP_WHOLE

/* The four times stand side by side in a table, and under one name in a record. */
static const struct field group_fields[] = {
	[GROUP_BY] = {.name = "by", .kind = FIELD_TEXT},
	[GROUP_NAME] = {.name = "name", .title = "PORT", .kind = FIELD_TEXT, .right = true},
	[GROUP_SERVICE] = {.name = "service",
		.title = "SERVICE",
		.kind = FIELD_TEXT,
		WHOLE(GIVE_SERVICE)},
	[GROUP_ATTEMPTS] = {.name = "attempts",
		.title = "ATTEMPTS",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_COMPLETE] = {.name = "complete",
		.title = "COMPLETE",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_REFUSED] = {.name = "refused",
		.title = "REFUSED",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_UNANSWERED] = {.name = "unanswered",
		.title = "UNANSWERED",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_REJECTED] = {.name = "rejected",
		.title = "REJECTED",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_HALF_OPEN] = {.name = "half_open",
		.title = "HALF-OPEN",
		.kind = FIELD_UINT,
		.right = true},
	[GROUP_OTHER] = {.name = "other",
		.title = "OTHER",
		.kind = FIELD_UINT,
		.right = true,
		WHOLE(GIVE_AWAY)},
	[GROUP_TIMES] = {.name = "handshake_ms", .kind = FIELD_RECORD, .sub = &time_schema},
	[GROUP_P50] = {.name = "p50_ms",
		.title = "P50",
		.kind = FIELD_MS,
		.right = true,
		.optional = true},
	[GROUP_P95] = {.name = "p95_ms",
		.title = "P95",
		.kind = FIELD_MS,
		.right = true,
		.optional = true,
		WHOLE(GIVE_P95)},
	[GROUP_P99] = {.name = "p99_ms",
		.title = "P99",
		.kind = FIELD_MS,
		.right = true,
		.optional = true,
		WHOLE(GIVE_P99)},
	[GROUP_MAX] = {.name = "max_ms",
		.title = "MAX",
		.kind = FIELD_MS,
		.right = true,
		.optional = true,
		WHOLE(GIVE_MAX)},
};
static const struct schema group_schema = {"group", group_fields, GROUP_FIELDS};

enum {
	HISTOGRAM_PORTS = 5,
	HISTOGRAM_LEAST = 5, /* fewer times show no shape */
	HISTOGRAM_ROWS = 8,
	COLUMNS = 80,
	PORT_TEXT = 6,
};

struct summary_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct ports_summary *ports;
};

static const char *service_of(const struct summary_view *s, const struct port_summary *p)
{
	return s->context->options->common.numeric ? NULL : service_name(p->port, IPPROTO_TCP);
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct summary_view *s = container_of(view, struct summary_view, view);

	(void)why;
	if (!pcap_select_flow(s->context->select, f))
		return;
	ports_summary_add(s->ports, f);
	s->view.shown++;
}

static void set_times(const struct summary_view *s, struct record *r, struct record *times,
	const struct rtt_stats *connect)
{
	const nsec_t values[TIME_FIELDS] = {
		[TIME_P50] = rtt_stats_quantile(connect, 0.5),
		[TIME_P95] = rtt_stats_quantile(connect, 0.95),
		[TIME_P99] = rtt_stats_quantile(connect, 0.99),
		[TIME_MAX] = connect->max,
	};
	bool table = output_is_table(s->context->out);

	record_init(times, &time_schema);
	for (size_t i = 0; i < TIME_FIELDS; i++)
		if (table)
			record_ns(r, GROUP_P50 + i, values[i]);
		else
			record_ns(times, i, values[i]);
	if (!table)
		record_record(r, GROUP_TIMES, times);
}

static void put_port(const struct summary_view *s, const struct port_summary *p)
{
	static const enum handshake_state states[] = {
		[GROUP_COMPLETE] = HANDSHAKE_COMPLETE,
		[GROUP_REFUSED] = HANDSHAKE_REFUSED,
		[GROUP_UNANSWERED] = HANDSHAKE_UNANSWERED,
		[GROUP_REJECTED] = HANDSHAKE_REJECTED,
		[GROUP_HALF_OPEN] = HANDSHAKE_HALF_OPEN,
	};
	uint64_t named = 0;
	char name[PORT_TEXT];
	struct record r, times;

	record_init(&r, &group_schema);
	record_text(&r, GROUP_BY, "port");
	snprintf(name, sizeof name, "%" PRIu16, p->port);
	record_text(&r, GROUP_NAME, name);
	record_text(&r, GROUP_SERVICE, service_of(s, p));
	record_uint(&r, GROUP_ATTEMPTS, p->attempts);
	for (size_t field = GROUP_COMPLETE; field <= GROUP_HALF_OPEN; field++) {
		record_uint(&r, field, p->states[states[field]]);
		named += p->states[states[field]];
	}
	record_uint(&r, GROUP_OTHER, p->attempts - named);
	if (p->connect.count > 0)
		set_times(s, &r, &times, &p->connect);
	output_record(s->context->out, &r, ROW_PLAIN);
}

static void draw_port(const struct summary_view *s, const struct port_summary *p)
{
	struct output *out = s->context->out;
	unsigned columns = output_columns(out);
	const char *service = service_of(s, p);
	struct strbuf text = {0};

	if (p->connect.count < HISTOGRAM_LEAST)
		return;
	strbuf_printf(&text, "Time to connect to port %" PRIu16 "%s%s%s", p->port,
		service ? " (" : "", service ? service : "", service ? ")" : "");
	output_heading(out, text.text);
	strbuf_reset(&text);
	graph_histogram(
		&text, &p->connect, columns ? columns : COLUMNS, HISTOGRAM_ROWS, graph_can_draw());
	for (char *line = text.text, *end; line && (end = strchr(line, '\n')); line = end + 1)
		output_bytes(out, line, (size_t)(end - line));
	strbuf_release(&text);
}

static void on_end(struct pcap_view *view)
{
	struct summary_view *s = container_of(view, struct summary_view, view);
	const struct port_summary *const *rows;
	size_t count;

	rows = ports_summary_rows(s->ports, &count);
	for (size_t i = 0; i < count; i++)
		put_port(s, rows[i]);
	for (size_t i = 0; i < count && i < HISTOGRAM_PORTS && output_is_table(s->context->out);
		i++)
		draw_port(s, rows[i]);
}

static void free_view(struct pcap_view *view)
{
	struct summary_view *s = container_of(view, struct summary_view, view);

	ports_summary_free(s->ports);
	free(s);
}

struct pcap_view *pcap_summary_view(const struct pcap_context *c)
{
	struct summary_view *s = mem_alloc(1, sizeof *s);

	s->context = c;
	s->ports = ports_summary_new();
	s->view = (struct pcap_view){.over = on_over, .end = on_end, .free = free_view};
	return &s->view;
}
