/* SPDX-License-Identifier: MIT */
#include "pcap_owner.h"
#include "pcap_record.h"
#include "pcap_row.h"
#include "pcap_view.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

/* An answer takes a few milliseconds. */
#define PATIENCE (100 * NSEC_PER_MSEC)

enum { WAITING_MAX = 1024 };

/* Rows or records of flows: of a file when they are over, live as soon as their fate is known. */
struct table_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct flow_rows *rows;       /* NULL: records are asked for */
	struct flow_records *records; /* NULL: rows are */
	/* live: of these it is still asked who owns them, in the order they were decided */
	struct {
		struct flow *flow;
		nsec_t until;
	} waiting[WAITING_MAX];
	size_t first, count;
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

/* ---- live: rows wait a little for what their processes are */

static void tell_first(struct table_view *t)
{
	struct flow *f = t->waiting[t->first].flow;

	t->first = (t->first + 1) % WAITING_MAX;
	t->count--;
	put(t, f, "handshake", NULL);
}

static void on_turn(struct pcap_view *view, nsec_t now)
{
	struct table_view *t = container_of(view, struct table_view, view);

	while (t->count > 0) {
		const struct flow *f = t->waiting[t->first].flow;

		if (t->context->owner && t->waiting[t->first].until > now &&
			!pcap_owner_answered(t->context->owner, f))
			return;
		tell_first(t);
	}
}

static void on_decided(struct pcap_view *view, struct flow *f)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!t->context->live || !pcap_select_flow(t->context->select, f))
		return;
	if (t->count == 0 && (!t->context->owner || pcap_owner_answered(t->context->owner, f))) {
		put(t, f, "handshake", NULL);
		return;
	}
	if (t->count == WAITING_MAX)
		tell_first(t);
	t->waiting[(t->first + t->count) % WAITING_MAX].flow = f;
	t->waiting[(t->first + t->count++) % WAITING_MAX].until = clock_now() + PATIENCE;
}

/* It will be gone: those that were decided before it are told first. */
static void tell_waiting(struct table_view *t, const struct flow *f)
{
	size_t waiting = 0;

	while (waiting < t->count && t->waiting[(t->first + waiting) % WAITING_MAX].flow != f)
		waiting++;
	if (waiting == t->count)
		return;
	for (size_t i = 0; i <= waiting; i++)
		tell_first(t);
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!t->context->live) {
		put(t, f, NULL, &why);
		return;
	}
	tell_waiting(t, f);
	if (t->records)
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
	t->view = (struct pcap_view){
		.decided = on_decided, .over = on_over, .turn = on_turn, .free = free_view};
	if (output_is_table(c->out))
		t->rows = flow_rows_new(c);
	else
		t->records = flow_records_new(c);
	return &t->view;
}
