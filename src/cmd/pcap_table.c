/* SPDX-License-Identifier: MIT */
#include "pcap_owner.h"
#include "pcap_record.h"
#include "pcap_row.h"
#include "pcap_teller.h"
#include "pcap_view.h"
#include "session.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"

#include <netinet/in.h>
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
	struct pcap_teller *teller;   /* NULL: they are told here */
	bool began;                   /* of a file: there was a turn */
	/* live: of these it is still asked who owns them, in the order they were decided */
	struct {
		struct flow *flow;
		nsec_t until;
	} waiting[WAITING_MAX];
	size_t first, count;
};

static void tell(const struct table_view *t, const struct flow *f, const char *event,
	const enum flow_over *why)
{
	if (t->rows)
		flow_rows_put(t->rows, f);
	else
		flow_records_put(t->records, f, event, why);
}

/* One that was shown, and has come to another fate since, is shown again whatever is selected. */
static bool is_wanted(const struct table_view *t, const struct flow *f)
{
	return f->shown || pcap_select_flow(t->context->select, f);
}

static void put(struct table_view *t, struct flow *f, const char *event, const enum flow_over *why)
{
	if (!is_wanted(t, f))
		return;
	tell(t, f, event, why);
	f->shown = true;
	t->view.shown++;
}

/* ---- a file: while flows are told, those behind them are tracked */

static void tell_aside(void *user, const struct flow *f, enum flow_over why)
{
	tell(user, f, NULL, &why);
}

static void begin_telling(struct table_view *t)
{
	const struct pcap_context *c = t->context;

	/* of a terminal the progress line is taken away before a row */
	if (!c->session || output_is_terminal(c->out))
		return;
	/* services are read when they are first asked for: that is not two threads' to do */
	if (!c->options->common.numeric)
		service_name(0, IPPROTO_TCP);
	session_lend_output(c->session);
	t->teller = pcap_teller_new(
		c->out, output_is_table(c->out) ? SESSION_TABLE_DELAY : 0, tell_aside, t);
	if (!t->teller)
		session_take_output(c->session);
}

static void on_file_turn(struct pcap_view *view, nsec_t now)
{
	struct table_view *t = container_of(view, struct table_view, view);

	(void)now;
	if (!t->began)
		begin_telling(t);
	t->began = true;
	if (t->teller)
		view->error = pcap_teller_hand_over(t->teller);
}

static void on_another_interface(struct pcap_view *view)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (t->teller)
		pcap_teller_settle(t->teller);
}

static void on_file_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!t->teller) {
		put(t, f, NULL, &why);
	} else if (pcap_select_flow(t->context->select, f)) {
		pcap_teller_put(t->teller, f, why);
		view->shown++;
	}
}

static void end_telling(struct pcap_view *view)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!t->teller)
		return;
	if (t->context->session->interrupted)
		output_hurry(t->context->out);
	pcap_teller_free(t->teller);
	t->teller = NULL;
	session_take_output(t->context->session);
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

/* Which number in the line it has; `count` where it does not wait. */
static size_t place_of(const struct table_view *t, const struct flow *f)
{
	size_t at = 0;

	while (at < t->count && t->waiting[(t->first + at) % WAITING_MAX].flow != f)
		at++;
	return at;
}

static void on_decided(struct pcap_view *view, struct flow *f)
{
	struct table_view *t = container_of(view, struct table_view, view);

	if (!is_wanted(t, f) || place_of(t, f) < t->count)
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
	size_t at = place_of(t, f);

	if (at == t->count)
		return;
	for (size_t i = 0; i <= at; i++)
		tell_first(t);
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct table_view *t = container_of(view, struct table_view, view);

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
	if (c->live)
		t->view = (struct pcap_view){
			.decided = on_decided, .over = on_over, .turn = on_turn, .free = free_view};
	else
		t->view = (struct pcap_view){.over = on_file_over,
			.turn = on_file_turn,
			.another_interface = on_another_interface,
			.end = end_telling,
			.free = free_view};
	if (output_is_table(c->out))
		t->rows = flow_rows_new(c);
	else
		t->records = flow_records_new(c);
	return &t->view;
}
