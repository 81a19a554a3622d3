/* SPDX-License-Identifier: MIT */
#include "pcap_record.h"
#include "pcap_row.h"
#include "pcap_view.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

/* Rows or records of flows: of a file when they are over, live as soon as their fate is known. */
struct table_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct flow_rows *rows;       /* NULL: records are asked for */
	struct flow_records *records; /* NULL: rows are */
};

static void put(struct table_view *t, struct flow *f, const char *event, const enum flow_over *why)
{
	if (!pcap_select_flow(t->context->select, f))
		return;
	if (t->rows)
		flow_rows_put(t->rows, f);
	else
		flow_records_put(t->records, f, event, why);
	t->view.shown++;
}

static void on_decided(struct pcap_view *view, struct flow *f)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (t->context->live)
		put(t, f, "handshake", NULL);
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!t->context->live)
		put(t, f, NULL, &why);
	else if (t->records)
		put(t, f, "end", &why);
	else if (!f->handshake.decided)
		put(t, f, NULL, NULL);
}

static void free_view(struct pcap_view *view)
{
	struct table_view *t = container_of(view, struct table_view, view);

	flow_rows_free(t->rows);
	flow_records_free(t->records);
	free(t);
}

struct pcap_view *pcap_table_view(const struct pcap_context *c)
{
	struct table_view *t = mem_alloc(1, sizeof *t);

	t->context = c;
	t->view = (struct pcap_view){.decided = on_decided, .over = on_over, .free = free_view};
	if (output_is_table(c->out))
		t->rows = flow_rows_new(c);
	else
		t->records = flow_records_new(c);
	return &t->view;
}
