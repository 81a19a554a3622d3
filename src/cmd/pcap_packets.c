/* SPDX-License-Identifier: MIT */
#include "pcap_packet_line.h"
#include "pcap_packet_record.h"
#include "pcap_view.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * A line or a record a packet, as they come. Where a fate is asked for, those of a flow wait in its
 * journal until that is known.
 */
struct packets_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct packet_lines *lines; /* NULL: records are asked for */
	struct strbuf scratch;
	const struct frame *frame; /* that is being taken */
	const struct captured *captured;
	bool told; /* it is of a flow */
	bool by_fate;
	uint64_t left_out; /* packets that waited, and were not kept */
};

static void put(struct packets_view *v, const struct packet_seen *p)
{
	const struct strbuf *line;

	if (v->lines) {
		line = packet_line(v->lines, p);
		output_bytes(v->context->out, line->text, line->len);
	} else {
		packet_record_put(v->context, &v->scratch, p);
	}
	v->view.shown++;
}

/* ---- those that waited */

static void put_left_out(struct packets_view *v, const struct flow *f, uint64_t count)
{
	v->left_out += count;
	if (v->lines && count)
		output_line(v->context->out, "#%" PRIu64 ": %" PRIu64 " packet%s left out", f->id,
			count, count == 1 ? "" : "s");
}

static void put_journal(struct packets_view *v, struct flow *f)
{
	const struct journal *j = pcap_journals_of(v->context->journals, f);
	struct packet_seen seen;
	struct frame frame;

	for (size_t i = 0; i < journal_count(j); i++) {
		if (i == JOURNAL_FIRST)
			put_left_out(v, f, journal_left_out(j));
		packet_of_journal(&seen, &frame, f, journal_at(j, i));
		put(v, &seen);
	}
	put_left_out(v, f, pcap_journals_missed(v->context->journals, f));
}

static void on_decided(struct pcap_view *view, struct flow *f)
{
	struct packets_view *v = container_of(view, struct packets_view, view);

	if (!v->by_fate || !v->context->live || !pcap_select_flow(v->context->select, f))
		return;
	put_journal(v, f);
	pcap_journals_tell(v->context->journals, f);
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct packets_view *v = container_of(view, struct packets_view, view);

	(void)why;
	if (v->by_fate && !pcap_journals_told(v->context->journals, f) &&
		pcap_select_flow(v->context->select, f))
		put_journal(v, f);
}

/* ---- those that come */

static void on_frame(
	struct pcap_view *view, const struct frame *frame, const struct captured *captured)
{
	struct packets_view *v = container_of(view, struct packets_view, view);

	v->frame = frame;
	v->captured = captured;
	v->told = false;
}

static void on_packet(struct pcap_view *view, const struct flow_packet *p)
{
	struct packets_view *v = container_of(view, struct packets_view, view);
	const struct packet_seen seen = {*p, *v->captured};
	bool due = v->by_fate ? pcap_journals_told(v->context->journals, p->flow)
			      : pcap_select_ends(v->context->select, p->flow);

	v->told = true;
	if (due)
		put(v, &seen);
}

static void on_taken(struct pcap_view *view)
{
	struct packets_view *v = container_of(view, struct packets_view, view);
	struct packet_seen seen;

	/* a flow is asked for, or a fate: this has none */
	if (v->told || v->by_fate || v->context->options->flow ||
		!pcap_select_frame(v->context->select, v->frame))
		return;
	packet_of_no_flow(&seen, v->frame, v->captured);
	put(v, &seen);
}

static void on_end(struct pcap_view *view)
{
	const struct packets_view *v = container_of(view, struct packets_view, view);

	if (v->left_out)
		log_warn("%" PRIu64 " packet%s of selected flows left out: of those that wait for "
			 "their flow's fate the first %d and the last %d are kept, and %d in all",
			v->left_out, v->left_out == 1 ? "" : "s", JOURNAL_FIRST, JOURNAL_LAST,
			JOURNALS_MOST);
}

static void free_view(struct pcap_view *view)
{
	struct packets_view *v = container_of(view, struct packets_view, view);

	packet_lines_free(v->lines);
	strbuf_release(&v->scratch);
	free(v);
}

struct pcap_view *pcap_packets_view(const struct pcap_context *c)
{
	struct packets_view *v = mem_alloc(1, sizeof *v);

	v->context = c;
	v->by_fate = pcap_selects_fate(c->select);
	v->view = (struct pcap_view){
		.frame = on_frame,
		.packet = on_packet,
		.taken = on_taken,
		.decided = on_decided,
		.over = on_over,
		.end = on_end,
		.free = free_view,
	};
	if (output_is_table(c->out))
		v->lines = packet_lines_new(c->capture);
	return &v->view;
}
