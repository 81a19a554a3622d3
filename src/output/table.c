/* SPDX-License-Identifier: MIT */
#include "format.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "number.h"

#include <inttypes.h>

/* A block is printed when it ends, or when it holds this much: the widths stay then. */
enum { ROWS_MAX = 4096, CELLS_MAX = 256 * 1024 };

/* A text column that would have to be narrower than this to fit the terminal is left to wrap. */
enum { CUT_MIN = 8 };

#define GAP      "  "
#define ELLIPSIS "…"

/* What was printed last decides whether a blank line goes before the next block. */
enum last { LAST_NOTHING, LAST_HEADING, LAST_ROWS, LAST_LINE };

struct table {
	struct sink *sink;
	const struct schema *schema; /* of the open block; NULL when there is none */
	struct strbuf cells; /* a row: its colour, then each titled column's text; all end in 0 */
	struct strbuf line;
	size_t rows; /* that wait */
	size_t width[RECORD_FIELDS_MAX];
	size_t cut[RECORD_FIELDS_MAX]; /* widest that a cell of the column may be */
	uint32_t used;                 /* columns in which some row has a value */
	uint32_t shown;                /* columns under the head line; 0 before there is one */
	enum last last;
	bool color;
};

static void add_list(struct strbuf *out, const struct value *v)
{
	for (size_t i = 0; i < v->list.count; i++) {
		const char *item = v->list.items[i];

		if (i > 0)
			strbuf_putc(out, ',');
		text_escape(out, item, v->list.lens ? v->list.lens[i] : strlen(item));
	}
}

static void add_counts(struct strbuf *out, const struct count *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		strbuf_printf(out, "%s%" PRIu64 " ", i > 0 ? ", " : "", items[i].value);
		text_escape(out, items[i].name, strlen(items[i].name));
	}
}

static void add_ms(struct strbuf *out, nsec_t ns)
{
	char text[NUMBER_MAX];

	number_ms(ns, text);
	strbuf_printf(out, "%s ms", text);
}

static void add_time(struct strbuf *out, nsec_t wall)
{
	char text[CLOCK_RFC3339_MAX];

	clock_rfc3339(wall, text);
	strbuf_puts(out, text);
}

static void add_value(struct strbuf *out, enum field_kind kind, const struct value *v);

static void add_record(struct strbuf *out, const struct record *r)
{
	const char *gap = "";

	for (size_t i = 0; r && i < r->schema->count; i++) {
		if (!r->values[i].set)
			continue;
		strbuf_puts(out, gap);
		add_value(out, r->schema->fields[i].kind, &r->values[i]);
		gap = " ";
	}
}

static void add_value(struct strbuf *out, enum field_kind kind, const struct value *v)
{
	char number[NUMBER_MAX];

	switch (kind) {
	case FIELD_TEXT:
		text_escape(out, v->text.bytes, v->text.len);
		break;
	case FIELD_UINT:
		strbuf_printf(out, "%" PRIu64, v->uint);
		break;
	case FIELD_REAL:
		number_real(v->real, number);
		strbuf_puts(out, number);
		break;
	case FIELD_MS:
		add_ms(out, v->ns);
		break;
	case FIELD_BOOL:
		strbuf_puts(out, v->flag ? "yes" : "no");
		break;
	case FIELD_TIME:
		add_time(out, v->ns);
		break;
	case FIELD_RECORD:
		add_record(out, v->record);
		break;
	case FIELD_LIST:
		add_list(out, v);
		break;
	case FIELD_COUNTS:
		add_counts(out, v->counts.items, v->counts.count);
		break;
	}
}

static void print_text(struct table *t, const char *text, size_t len)
{
	strbuf_reset(&t->line);
	text_escape(&t->line, text, len);
	sink_line(t->sink, t->line.text, t->line.len);
}

/* `text` in the column's width, or cut to what the terminal leaves for it. */
static void add_cell(struct table *t, size_t column, const char *text, bool last_column)
{
	bool right = t->schema->fields[column].right;
	size_t width = text_width(text), len = strlen(text), pad;
	bool cut = width > t->cut[column];

	if (cut) {
		len = text_fit(text, t->cut[column] - 1);
		width = t->cut[column];
	}
	pad = width < t->width[column] ? t->width[column] - width : 0;
	if (right)
		strbuf_pad(&t->line, ' ', pad);
	strbuf_add(&t->line, text, len);
	if (cut)
		strbuf_puts(&t->line, ELLIPSIS);
	if (!right && !last_column)
		strbuf_pad(&t->line, ' ', pad);
}

/* The cell texts from `at` on, one after the other; gives the end of the last. */
static const char *print_row(struct table *t, const char *at, enum row_color color)
{
	static const char *const starts[] = {
		[ROW_PLAIN] = "",
		[ROW_GOOD] = "\033[32m",
		[ROW_BAD] = "\033[31m",
		[ROW_WARN] = "\033[33m",
	};
	bool tint = t->color && color != ROW_PLAIN;
	const char *gap = "";

	strbuf_reset(&t->line);
	strbuf_puts(&t->line, tint ? starts[color] : "");
	for (size_t i = 0; i < t->schema->count; i++) {
		if (!t->schema->fields[i].title)
			continue;
		if (t->shown & 1U << i) {
			strbuf_puts(&t->line, gap);
			add_cell(t, i, at, t->shown >> i == 1);
			gap = GAP;
		}
		at += strlen(at) + 1;
	}
	strbuf_puts(&t->line, tint ? "\033[0m" : "");
	sink_line(t->sink, t->line.text, t->line.len);
	return at;
}

static void print_head(struct table *t)
{
	struct strbuf titles;

	strbuf_init(&titles);
	if (t->last == LAST_ROWS || t->last == LAST_LINE)
		sink_line(t->sink, "", 0);
	for (size_t i = 0; i < t->schema->count; i++) {
		const char *title = t->schema->fields[i].title;

		if (title)
			strbuf_add(&titles, title, strlen(title) + 1);
	}
	print_row(t, titles.text, ROW_PLAIN);
	strbuf_release(&titles);
}

/* Only the last column of words gives way to the terminal's edge. */
static void fit_to_terminal(struct table *t)
{
	unsigned columns = sink_columns(t->sink);
	size_t words = SIZE_MAX, others = 0;

	for (size_t i = 0; i < t->schema->count; i++) {
		t->cut[i] = SIZE_MAX;
		if (!(t->shown & 1U << i))
			continue;
		others += t->width[i] + (others > 0 ? strlen(GAP) : 0);
		if (t->schema->fields[i].kind == FIELD_TEXT && !t->schema->fields[i].right)
			words = i;
	}
	if (columns == 0 || words == SIZE_MAX)
		return;
	others -= t->width[words];
	if (columns < others + CUT_MIN)
		return;
	t->cut[words] = columns - others;
	if (t->width[words] > t->cut[words])
		t->width[words] = t->cut[words];
}

/* A bit for each column that tables know. */
static uint32_t titled(const struct schema *schema)
{
	uint32_t columns = 0;

	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].title)
			columns |= 1U << i;
	return columns;
}

static void print_rows(struct table *t)
{
	const char *at = t->cells.text;

	if (t->rows == 0)
		return;
	if (t->used == 0)
		t->used = titled(t->schema);
	/* a value in a column that the head line left out: a new head line, with it */
	if (t->used & ~t->shown) {
		t->shown |= t->used;
		fit_to_terminal(t);
		print_head(t);
	}
	for (; t->rows > 0; t->rows--) {
		enum row_color color = (enum row_color)(*at - '0');

		at = print_row(t, at + 2, color);
	}
	strbuf_reset(&t->cells);
	t->last = LAST_ROWS;
}

static void end_block(struct table *t)
{
	print_rows(t);
	t->schema = NULL;
}

static void start_block(struct table *t, const struct schema *schema)
{
	end_block(t);
	t->schema = schema;
	t->used = t->shown = 0;
	for (size_t i = 0; i < schema->count; i++) {
		const char *title = schema->fields[i].title;

		t->width[i] = title ? text_width(title) : 0;
	}
}

static void hold_cell(struct table *t, size_t column, const struct value *v)
{
	size_t start = t->cells.len, width;

	if (v->set) {
		add_value(&t->cells, t->schema->fields[column].kind, v);
		t->used |= 1U << column;
	} else {
		strbuf_putc(&t->cells, '-');
	}
	/* under a head line the widths stay */
	width = t->shown & 1U << column ? 0 : text_width(t->cells.text + start);
	if (width > t->width[column])
		t->width[column] = width;
	strbuf_putc(&t->cells, '\0');
}

static void table_record(void *state, const struct record *r, enum row_color color)
{
	struct table *t = state;

	if (titled(r->schema) == 0)
		return;
	if (r->schema != t->schema)
		start_block(t, r->schema);
	strbuf_putc(&t->cells, (char)('0' + color));
	strbuf_putc(&t->cells, '\0');
	for (size_t i = 0; i < r->schema->count; i++)
		if (r->schema->fields[i].title)
			hold_cell(t, i, &r->values[i]);
	if (++t->rows >= ROWS_MAX || t->cells.len >= CELLS_MAX)
		print_rows(t);
}

static void table_heading(void *state, const char *text, size_t len)
{
	struct table *t = state;

	end_block(t);
	if (t->last != LAST_NOTHING)
		sink_line(t->sink, "", 0);
	print_text(t, text, len);
	t->last = LAST_HEADING;
}

static void table_line(void *state, const char *text, size_t len)
{
	struct table *t = state;

	end_block(t);
	print_text(t, text, len);
	t->last = LAST_LINE;
}

static void table_flush(void *state)
{
	print_rows(state);
}

static void *table_open(struct sink *sink, bool color)
{
	struct table *t = mem_alloc(1, sizeof *t);

	t->sink = sink;
	t->color = color;
	return t;
}

static void table_close(void *state)
{
	struct table *t = state;

	strbuf_release(&t->cells);
	strbuf_release(&t->line);
	free(t);
}

const struct format format_table = {
	.open = table_open,
	.heading = table_heading,
	.record = table_record,
	.line = table_line,
	.flush = table_flush,
	.close = table_close,
};
