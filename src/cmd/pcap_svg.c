/* SPDX-License-Identifier: MIT */
#include "pcap_svg.h"

#include "pcap_steps.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/output/svg.h"
#include "netprobe/output/whole_file.h"

#include <inttypes.h>
#include <stdlib.h>

/* Pixels, but for SPAN_COLUMNS. */
enum {
	MARGIN = 16,
	SPAN_COLUMNS = 56,
	SPAN = SPAN_COLUMNS * SVG_COLUMN, /* between the life lines */
	GAP = 14,
	ABOVE = 5,         /* from the base line of a text to the arrow below it */
	SHORT = 40,        /* an arrow that begins where it ends */
	WIDTH_LEAST = 400, /* of a picture without ladders */
};

/* One ladder on its way. */
struct sheet {
	struct ladders_drawn *drawn;
	int time, client, server, words; /* where these stand */
};

static void move_down(struct ladders_drawn *d, int by)
{
	d->height += by;
}

/* Text on a line of its own, which stands where the picture ends so far. */
static void add_line(struct ladders_drawn *d, int x, enum svg_ink ink, const char *text)
{
	int right = x + (int)text_width(text) * SVG_COLUMN;

	svg_text(&d->body, x, d->height, SVG_FROM, ink, text);
	if (right > d->width)
		d->width = right;
}

/* ---- steps */

static void add_between(struct sheet *s, const char *text, enum svg_ink ink)
{
	struct strbuf line = {0};

	while (*text) {
		size_t len = text_break(text, SPAN_COLUMNS - 2);

		strbuf_reset(&line);
		strbuf_add(&line, text, len);
		move_down(s->drawn, SVG_LINE);
		svg_text(&s->drawn->body, (s->client + s->server) / 2, s->drawn->height, SVG_AROUND,
			ink, line.text);
		text += len + (text[len] == ' ');
	}
	strbuf_release(&line);
}

static void add_arrow(struct sheet *s, const struct step *step)
{
	int to = step->to == CLIENT ? s->client : s->server;
	int from = step->to == CLIENT ? s->server : s->client;
	struct strbuf *body = &s->drawn->body;

	if (step->origin == STEP_BETWEEN)
		from += (to - from) / 6;
	else if (step->origin == STEP_SAME)
		from = to < from ? to + SHORT : to - SHORT;
	if (step->origin != STEP_OTHER)
		svg_dot(body, from, s->drawn->height, SVG_PLAIN);
	svg_arrow(
		body, from, to, s->drawn->height, step->again ? SVG_FAINT : SVG_PLAIN, step->again);
}

static void add_left_out(struct sheet *s, uint64_t count)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "... %" PRIu64 " packet%s left out ...", count, count == 1 ? "" : "s");
	move_down(s->drawn, ABOVE);
	add_between(s, text.text, SVG_FAINT);
	move_down(s->drawn, ABOVE);
	strbuf_release(&text);
}

static void add_step(struct sheet *s, const struct step *step)
{
	struct ladders_drawn *d = s->drawn;
	struct strbuf time = {0};

	if (step->left_out)
		add_left_out(s, step->left_out);
	add_between(s, step->offers.text, SVG_FAINT);
	add_between(s, step->label.text, step->again ? SVG_FAINT : SVG_PLAIN);
	move_down(d, ABOVE);
	add_arrow(s, step);
	step_time(&time, step->since);
	svg_text(&d->body, s->time, d->height + ABOVE, SVG_UP_TO, SVG_FAINT, time.text);
	move_down(d, ABOVE);
	if (step->meaning.len > 0)
		add_line(d, s->words, SVG_PLAIN, step->meaning.text);
	strbuf_release(&time);
}

/* ---- a ladder */

static enum svg_ink ink_of(const struct handshake *h)
{
	if (h->state == HANDSHAKE_COMPLETE)
		return SVG_GOOD;
	return handshake_failed(h) ? SVG_BAD : SVG_PLAIN;
}

static void add_head(struct ladders_drawn *d, const struct flow *f, uint64_t missed)
{
	struct strbuf head = {0}, text = {0};

	steps_head(&head, f, d->numeric);
	move_down(d, 2 * SVG_LINE);
	add_line(d, MARGIN, ink_of(&f->handshake), head.text);
	strbuf_reset(&text);
	steps_note(&text, head.text, f, d->capture);
	if (text.len > 0) {
		move_down(d, SVG_LINE);
		add_line(d, MARGIN, SVG_PLAIN, text.text);
	}
	strbuf_reset(&text);
	steps_missed(&text, missed);
	if (text.len > 0) {
		move_down(d, SVG_LINE);
		add_line(d, MARGIN, SVG_BAD, text.text);
	}
	strbuf_release(&head);
	strbuf_release(&text);
}

static void add_titles(struct sheet *s)
{
	struct ladders_drawn *d = s->drawn;

	move_down(d, SVG_LINE + ABOVE);
	svg_text(&d->body, s->time, d->height, SVG_UP_TO, SVG_FAINT, "seconds");
	svg_text(&d->body, s->client, d->height, SVG_AROUND, SVG_PLAIN, "client");
	svg_text(&d->body, s->server, d->height, SVG_AROUND, SVG_PLAIN, "server");
	move_down(d, ABOVE);
}

static void add_steps(struct sheet *s, const struct flow *f, const struct journal *j)
{
	struct ladders_drawn *d = s->drawn;
	struct steps steps = {.flow = f, .journal = j, .capture = d->capture};
	int top;

	add_titles(s);
	top = d->height;
	while (steps_next(&steps))
		add_step(s, &steps.step);
	move_down(d, ABOVE);
	svg_line(&d->body, s->client, top, s->client, d->height, SVG_FAINT);
	svg_line(&d->body, s->server, top, s->server, d->height, SVG_FAINT);
	steps_release(&steps);
	if (s->words > d->width)
		d->width = s->words;
}

void ladders_drawn_add(
	struct ladders_drawn *d, const struct flow *f, const struct journal *j, uint64_t missed)
{
	struct sheet s = {.drawn = d};

	if (d->count == SVG_FLOWS_MAX) {
		d->more++;
		return;
	}
	d->count++;
	s.time = MARGIN + (int)step_time_width(f) * SVG_COLUMN;
	s.client = s.time + 3 * GAP;
	s.server = s.client + SPAN;
	s.words = s.server + GAP;
	add_head(d, f, missed);
	if (journal_count(j) > 0)
		add_steps(&s, f, j);
}

/* ---- the picture */

static void add_end(struct ladders_drawn *d)
{
	struct strbuf text = {0};

	if (d->more)
		strbuf_printf(&text, "%" PRIu64 " more flow%s not drawn", d->more,
			d->more == 1 ? " is" : "s are");
	else if (d->count == 0)
		strbuf_puts(&text, "No flow was selected");
	if (text.len > 0) {
		move_down(d, 2 * SVG_LINE);
		add_line(d, MARGIN, SVG_PLAIN, text.text);
	}
	strbuf_release(&text);
}

void ladders_drawn_finish(struct ladders_drawn *d, struct strbuf *out)
{
	char title[64];

	add_end(d);
	snprintf(title, sizeof title, "netprobe pcap: %u flow%s", d->count,
		d->count == 1 ? "" : "s");
	if (d->width < WIDTH_LEAST)
		d->width = WIDTH_LEAST;
	svg_document(out, d->width + MARGIN, d->height + MARGIN, title, &d->body);
}

void ladders_drawn_release(struct ladders_drawn *d)
{
	strbuf_release(&d->body);
}

/* ---- as a view */

struct svg_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct whole_file *file;
	struct ladders_drawn drawn;
};

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct svg_view *v = container_of(view, struct svg_view, view);
	const struct pcap_context *c = v->context;

	(void)why;
	if (!pcap_select_flow(c->select, f))
		return;
	ladders_drawn_add(&v->drawn, f, pcap_journals_of(c->journals, f),
		pcap_journals_missed(c->journals, f));
	v->view.shown = v->drawn.count;
}

static void on_end(struct pcap_view *view)
{
	struct svg_view *v = container_of(view, struct svg_view, view);
	const char *path = v->context->options->svg;
	struct strbuf text = {0};

	if (v->drawn.more)
		log_warn("%s: the first %d flows are drawn, %" PRIu64 " more %s not", path,
			SVG_FLOWS_MAX, v->drawn.more, v->drawn.more == 1 ? "is" : "are");
	ladders_drawn_finish(&v->drawn, &text);
	v->view.error = whole_file_commit(v->file, text.text, text.len);
	v->file = NULL;
	if (v->view.error)
		log_error("%s: %s", path, err_text(v->view.error));
	strbuf_release(&text);
}

static void free_view(struct pcap_view *view)
{
	struct svg_view *v = container_of(view, struct svg_view, view);

	whole_file_abandon(v->file);
	ladders_drawn_release(&v->drawn);
	free(v);
}

struct pcap_view *pcap_svg_view(const struct pcap_context *c, struct whole_file *file)
{
	struct svg_view *v = mem_alloc(1, sizeof *v);

	v->context = c;
	v->file = file;
	v->drawn.capture = c->capture;
	v->drawn.numeric = c->options->common.numeric;
	v->view = (struct pcap_view){.over = on_over, .end = on_end, .free = free_view};
	return &v->view;
}
