/* SPDX-License-Identifier: MIT */
#include "pcap_ladder.h"

#include "pcap_steps.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/output/graph.h"

#include <inttypes.h>
#include <stdlib.h>

/* Columns. */
enum {
	SPAN_LEAST = 40, /* between the life lines, where words stand beside them */
	SPAN_MOST = 56,
	WORDS_LEAST = 20,
	WORDS_MOST = 60,
	WORDS_PERCENT = 36, /* of what time and life lines leave */
	GAP = 2,
	LINES = 2, /* the life lines themselves */
	COLUMNS = 80,
};

struct glyphs {
	const char *line, *gap_line; /* life lines; where packets were left out */
	const char *dash, *again;    /* shafts of arrows; of packets that were seen before */
	const char *from_left, *from_right, *to_left, *to_right, *node;
};

static const struct glyphs boxes = {"│", "┊", "─", "┄", "├", "┤", "◄", "►", "●"};
static const struct glyphs ascii = {"|", ":", "-", ".", "|", "|", "<", ">", "o"};

struct sheet {
	struct strbuf *out;
	const struct glyphs *glyphs;
	size_t columns;
	size_t time, span; /* span: between the life lines */
	size_t words;      /* beside them; 0: what a packet means stands below its arrow */
	struct strbuf middle;
};

/* ---- layout */

static size_t within(size_t value, size_t least, size_t most)
{
	return value < least ? least : value < most ? value : most;
}

static void lay_out(struct sheet *s, unsigned columns, const struct flow *f)
{
	size_t left;

	s->columns = columns < LADDER_COLUMNS_MIN ? LADDER_COLUMNS_MIN : columns;
	s->time = step_time_width(f);
	left = s->columns - s->time - GAP - LINES;
	if (left >= SPAN_LEAST + GAP + WORDS_LEAST) {
		left -= GAP;
		s->words = within(left * WORDS_PERCENT / 100, WORDS_LEAST, WORDS_MOST);
		s->span = within(left - s->words, SPAN_LEAST, SPAN_MOST);
		s->words = within(left - s->span, WORDS_LEAST, WORDS_MOST);
	} else {
		s->words = 0;
		s->span = within(left, 1, SPAN_MOST);
	}
}

/* ---- rows */

static void repeat(struct strbuf *out, const char *glyph, size_t times)
{
	for (; times > 0; times--)
		strbuf_puts(out, glyph);
}

/* Takes the next line off `text`. */
static void add_line(struct strbuf *out, const char **text, size_t columns)
{
	size_t len = text_break(*text, columns);

	strbuf_add(out, *text, len);
	*text += len + ((*text)[len] == ' ');
}

static void add_wrapped(struct strbuf *out, const char *text, size_t columns)
{
	while (*text) {
		add_line(out, &text, columns);
		strbuf_putc(out, '\n');
	}
}

/* One line: the time or blanks, the life lines with `middle` between them, and what of `words` fits
 * beside them; `words` goes on to what is left. */
static void add_row(
	struct sheet *s, const char *time, const char *left, const char *right, const char **words)
{
	strbuf_printf(s->out, "%*s", (int)s->time, time);
	strbuf_pad(s->out, ' ', GAP);
	strbuf_puts(s->out, left);
	strbuf_add(s->out, s->middle.text, s->middle.len);
	strbuf_puts(s->out, right);
	if (**words) {
		strbuf_pad(s->out, ' ', GAP);
		add_line(s->out, words, s->words);
	}
	strbuf_putc(s->out, '\n');
	strbuf_reset(&s->middle);
}

static void fill(struct sheet *s, const char *text, size_t len, bool centered)
{
	struct strbuf part = {0};
	size_t width, before;

	strbuf_add(&part, text, len);
	width = text_width(part.text);
	width = width < s->span ? width : s->span;
	before = centered ? (s->span - width) / 2 : s->span > width;
	strbuf_pad(&s->middle, ' ', before);
	strbuf_add(&s->middle, part.text, part.len);
	strbuf_pad(&s->middle, ' ', s->span - width - before);
	strbuf_release(&part);
}

/* Rows of text between the life lines. */
static void add_between(struct sheet *s, const char *text, bool centered)
{
	const char *line = s->glyphs->line, *nothing = "";

	while (*text) {
		size_t len = text_break(text, s->span - 2);

		fill(s, text, len, centered);
		add_row(s, "", line, line, &nothing);
		text += len + (text[len] == ' ');
	}
}

/* ---- arrows */

struct arrow {
	size_t shaft; /* with head and node, without the spaces behind it */
	bool node;    /* it begins at neither life line */
	bool labelled;
};

static struct arrow arrow_of(const struct sheet *s, const struct step *step)
{
	struct arrow a = {.shaft = s->span, .node = step->origin != STEP_OTHER};
	size_t width = text_width(step->label.text);

	if (step->origin == STEP_BETWEEN)
		a.shaft = s->span - s->span / 6;
	else if (step->origin == STEP_SAME)
		a.shaft = 4;
	/* a blank and a dash on either side of the label, and the ends */
	a.labelled = step->origin != STEP_SAME && width + 4 + 1 + a.node <= a.shaft;
	return a;
}

static void add_shaft(struct sheet *s, const struct step *step, size_t columns, bool labelled)
{
	const char *dash = step->again ? s->glyphs->again : s->glyphs->dash;
	size_t width = labelled ? text_width(step->label.text) + 2 : 0;
	size_t before = (columns - width) / 2;

	repeat(&s->middle, dash, before);
	if (labelled)
		strbuf_printf(&s->middle, " %s ", step->label.text);
	repeat(&s->middle, dash, columns - width - before);
}

static void add_arrow(struct sheet *s, const struct step *step, const struct arrow *a)
{
	const struct glyphs *g = s->glyphs;
	size_t shaft = a->shaft - 1 - a->node, blank = s->span - a->shaft;

	if (step->to == CLIENT) {
		strbuf_puts(&s->middle, g->to_left);
		add_shaft(s, step, shaft, a->labelled);
		strbuf_puts(&s->middle, a->node ? g->node : "");
		strbuf_pad(&s->middle, ' ', blank);
	} else {
		strbuf_pad(&s->middle, ' ', blank);
		strbuf_puts(&s->middle, a->node ? g->node : "");
		add_shaft(s, step, shaft, a->labelled);
		strbuf_puts(&s->middle, g->to_right);
	}
}

static void add_left_out(struct sheet *s, uint64_t count)
{
	const char *line = s->glyphs->gap_line, *nothing = "";
	struct strbuf text = {0};

	strbuf_printf(&text, "%" PRIu64 " packet%s left out", count, count == 1 ? "" : "s");
	fill(s, text.text, text.len, true);
	add_row(s, "", line, line, &nothing);
	strbuf_release(&text);
}

static void add_step(struct sheet *s, const struct step *step)
{
	const struct glyphs *g = s->glyphs;
	struct arrow a = arrow_of(s, step);
	const char *words = s->words ? step->meaning.text : "";
	bool starts = !a.node, to_client = step->to == CLIENT;
	struct strbuf time = {0};

	if (step->left_out)
		add_left_out(s, step->left_out);
	add_between(s, step->offers.text, true);
	if (!a.labelled)
		add_between(s, step->label.text, true);
	step_time(&time, step->since);
	add_arrow(s, step, &a);
	add_row(s, time.text, starts && !to_client ? g->from_left : g->line,
		starts && to_client ? g->from_right : g->line, &words);
	while (*words) {
		strbuf_pad(&s->middle, ' ', s->span);
		add_row(s, "", g->line, g->line, &words);
	}
	if (!s->words)
		add_between(s, step->meaning.text, false);
	strbuf_release(&time);
}

/* ---- the whole */

static void add_titles(struct sheet *s)
{
	size_t between = s->span + LINES - strlen("client") - strlen("server");

	strbuf_printf(s->out, "%*s", (int)s->time, "seconds");
	strbuf_pad(s->out, ' ', GAP);
	strbuf_printf(s->out, "client%*sserver\n", (int)between, "");
}

static void add_head(
	struct sheet *s, const struct ladder_paper *paper, const struct flow *f, uint64_t missed)
{
	struct strbuf head = {0}, text = {0};

	steps_head(&head, f, paper->numeric);
	add_wrapped(s->out, head.text, s->columns);
	strbuf_reset(&text);
	steps_note(&text, head.text, f, paper->capture);
	add_wrapped(s->out, text.text, s->columns);
	strbuf_reset(&text);
	steps_missed(&text, missed);
	add_wrapped(s->out, text.text, s->columns);
	strbuf_release(&head);
	strbuf_release(&text);
}

void ladder_draw(struct strbuf *out, const struct ladder_paper *paper, const struct flow *f,
	const struct journal *j, uint64_t missed)
{
	struct sheet s = {.out = out, .glyphs = paper->blocks ? &boxes : &ascii};
	struct steps steps = {.flow = f, .journal = j, .capture = paper->capture};

	lay_out(&s, paper->columns, f);
	strbuf_init(&s.middle);
	steps.brief = !s.words;
	add_head(&s, paper, f, missed);
	if (journal_count(j) > 0)
		add_titles(&s);
	while (steps_next(&steps))
		add_step(&s, &steps.step);
	steps_release(&steps);
	strbuf_release(&s.middle);
}

/* ---- as a view */

struct ladder_view {
	struct pcap_view view;
	const struct pcap_context *context;
	struct strbuf text;
};

/* The first line is the heading of the others. */
static void put_lines(struct output *out, char *text)
{
	char *line = text, *end = strchr(line, '\n');

	if (!end)
		return;
	*end = '\0';
	output_heading(out, line);
	for (line = end + 1; (end = strchr(line, '\n')); line = end + 1)
		output_bytes(out, line, (size_t)(end - line));
}

static void on_over(struct pcap_view *view, struct flow *f, enum flow_over why)
{
	struct ladder_view *l = container_of(view, struct ladder_view, view);
	const struct pcap_context *c = l->context;
	unsigned columns = output_columns(c->out);
	const struct ladder_paper paper = {
		.columns = columns ? columns : COLUMNS,
		.blocks = graph_can_draw(),
		.numeric = c->options->common.numeric,
		.capture = c->capture,
	};

	(void)why;
	if (!pcap_select_flow(c->select, f))
		return;
	strbuf_reset(&l->text);
	ladder_draw(&l->text, &paper, f, pcap_journals_of(c->journals, f),
		pcap_journals_missed(c->journals, f));
	put_lines(c->out, l->text.text);
	l->view.shown++;
}

/* What comes after the last of them is not about it. */
static void on_end(struct pcap_view *view)
{
	struct ladder_view *l = container_of(view, struct ladder_view, view);

	if (l->view.shown)
		output_bytes(l->context->out, "", 0);
}

static void free_view(struct pcap_view *view)
{
	struct ladder_view *l = container_of(view, struct ladder_view, view);

	strbuf_release(&l->text);
	free(l);
}

struct pcap_view *pcap_ladder_view(const struct pcap_context *c)
{
	struct ladder_view *l;

	if (!output_is_table(c->out))
		return pcap_table_view(c);
	l = mem_alloc(1, sizeof *l);
	l->context = c;
	l->view = (struct pcap_view){.over = on_over, .end = on_end, .free = free_view};
	return &l->view;
}
