/* SPDX-License-Identifier: MIT */
#include "format.h"

#include "layout.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/output/graph.h"
#include "number.h"

/* A block is printed when it ends, or when it holds this much: the widths stay then. */
enum { ROWS_MAX = 4096, TEXTS_MAX = 256 * 1024 };

enum { CELLS_FIRST = 8 * RECORD_FIELDS_MAX };

/* In the place of what was cut: one column. */
static const char *ellipsis(void)
{
	return graph_can_draw() ? "…" : "~";
}

/* What was printed last decides whether a blank line goes before the next block. */
enum last { LAST_NOTHING, LAST_HEADING, LAST_ROWS, LAST_LINE };

/* Measured once, when its text is made. */
struct cell {
	uint32_t len, width; /* bytes, columns */
};

#define CELL_UNSET UINT32_MAX /* in the place of a length: there is no value, and no text */

struct table {
	struct sink *sink;
	struct strbuf
		texts; /* a row: its colour, then each titled column's text, if set; all end in 0 */
	struct cell *cells; /* of the same rows */
	size_t count, room; /* of cells */
	struct strbuf line;
	size_t rows;          /* that wait */
	struct layout layout; /* its schema is the open block's; NULL when there is none */
	size_t columns;       /* with a title */
	uint8_t column[RECORD_FIELDS_MAX]; /* their fields */
	uint32_t used;                     /* columns in which some row has a value */
	uint32_t laid_out; /* columns that the head line was made for; 0 before there is one */
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

static void add_uint(struct strbuf *out, uint64_t value)
{
	char text[NUMBER_MAX];

	strbuf_add(out, text, number_uint(value, text));
}

static void add_counts(struct strbuf *out, const struct count *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		strbuf_puts(out, i > 0 ? ", " : "");
		add_uint(out, items[i].value);
		strbuf_putc(out, ' ');
		text_escape(out, items[i].name, strlen(items[i].name));
	}
}

static void add_ms(struct strbuf *out, nsec_t ns)
{
	char text[NUMBER_MAX];

	strbuf_add(out, text, number_ms(ns, text));
	strbuf_add(out, " ms", 3);
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
		if (v->text.escaped)
			strbuf_add(out, v->text.bytes, v->text.len);
		else
			text_escape(out, v->text.bytes, v->text.len);
		break;
	case FIELD_UINT:
		add_uint(out, v->uint);
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
	case FIELD_RECORDS:
	case FIELD_UINTS:
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

/* Adds the text as far as the terminal leaves room for it; gives the columns of that. */
static size_t add_cut(struct table *t, size_t column, const char *text)
{
	size_t start = t->line.len, room = t->layout.cut[column] - 1;
	size_t tail = t->layout.schema->fields[column].cut_middle ? room / 2 : 0;

	strbuf_add(&t->line, text, text_fit(text, room - tail));
	strbuf_puts(&t->line, ellipsis());
	strbuf_puts(&t->line, text + text_fit_end(text, tail));
	return text_width(t->line.text + start);
}

/* Adds `spaces` and the text in the column's width; gives the spaces that go before the next. */
static size_t add_cell(
	struct table *t, size_t column, const char *text, struct cell cell, size_t spaces)
{
	size_t width = t->layout.width[column], pad = cell.width < width ? width - cell.width : 0;

	if (cell.width > t->layout.cut[column]) {
		strbuf_pad(&t->line, ' ', spaces);
		cell.width = (uint32_t)add_cut(t, column, text);
		return LAYOUT_GAP + (cell.width < width ? width - cell.width : 0);
	}
	if (t->layout.schema->fields[column].right) {
		spaces += pad;
		pad = 0;
	}
	strbuf_pad(&t->line, ' ', spaces);
	strbuf_add(&t->line, text, cell.len);
	return LAYOUT_GAP + pad;
}

/* The cells of a row, their texts from `at` on; gives the end of the last. */
static const char *print_row(
	struct table *t, const char *at, const struct cell *cells, enum row_color color)
{
	static const char *const starts[] = {
		[ROW_PLAIN] = "",
		[ROW_GOOD] = "\033[32m",
		[ROW_BAD] = "\033[31m",
		[ROW_WARN] = "\033[33m",
	};
	bool tint = t->color && color != ROW_PLAIN;
	size_t spaces = 0;

	strbuf_reset(&t->line);
	if (tint)
		strbuf_puts(&t->line, starts[color]);
	for (size_t i = 0; i < t->columns; i++) {
		bool unset = cells[i].len == CELL_UNSET;

		if (t->layout.shown & 1U << t->column[i])
			spaces = add_cell(t, t->column[i], unset ? "-" : at,
				unset ? (struct cell){1, 1} : cells[i], spaces);
		if (!unset)
			at += cells[i].len + 1;
	}
	if (tint)
		strbuf_puts(&t->line, "\033[0m");
	sink_line(t->sink, t->line.text, t->line.len);
	return at;
}

static void print_head(struct table *t)
{
	struct strbuf titles = {0};
	struct cell cells[RECORD_FIELDS_MAX] = {0};

	if (t->last == LAST_ROWS || t->last == LAST_LINE)
		sink_line(t->sink, "", 0);
	for (size_t i = 0; i < t->columns; i++) {
		const char *title = t->layout.schema->fields[t->column[i]].title;

		cells[i] = (struct cell){(uint32_t)strlen(title), (uint32_t)text_width(title)};
		strbuf_add(&titles, title, cells[i].len + 1);
	}
	print_row(t, titles.text, cells, ROW_PLAIN);
	strbuf_release(&titles);
}

/* A bit for each column that the table knows. */
static uint32_t titled(const struct table *t)
{
	uint32_t columns = 0;

	for (size_t i = 0; i < t->columns; i++)
		columns |= 1U << t->column[i];
	return columns;
}

static void lay_out(struct table *t)
{
	if (t->used == 0)
		t->used = titled(t);
	/* a value in a column that the head line left out: a new head line, with it */
	if (!(t->used & ~t->laid_out))
		return;
	t->laid_out |= t->used;
	t->layout.shown = t->laid_out;
	layout_fit(&t->layout, sink_columns(t->sink));
	print_head(t);
}

static void print_rows(struct table *t)
{
	const struct cell *cells = t->cells;
	const char *at = t->texts.text;

	if (t->rows == 0)
		return;
	lay_out(t);
	for (; t->rows > 0; t->rows--) {
		at = print_row(t, at + 2, cells, (enum row_color)(*at - '0'));
		cells += t->columns;
	}
	strbuf_reset(&t->texts);
	t->count = 0;
	t->last = LAST_ROWS;
}

static void end_block(struct table *t)
{
	print_rows(t);
	t->layout.schema = NULL;
}

static void start_block(struct table *t, const struct schema *schema)
{
	end_block(t);
	t->layout.schema = schema;
	t->used = t->laid_out = 0;
	t->columns = 0;
	for (size_t i = 0; i < schema->count; i++) {
		const char *title = schema->fields[i].title;

		if (!title)
			continue;
		t->layout.widest[i] = text_width(title);
		t->column[t->columns++] = (uint8_t)i;
	}
}
/* Makes room for another row's cells and gives them. */
static struct cell *next_cells(struct table *t)
{
	if (t->count + t->columns > t->room) {
		t->room = t->room > 0 ? 2 * t->room : CELLS_FIRST;
		t->cells = mem_resize(t->cells, t->room, sizeof *t->cells);
	}
	t->count += t->columns;
	return t->cells + t->count - t->columns;
}

static struct cell add_text(struct strbuf *out, const char *bytes, size_t len)
{
	size_t start = out->len;

	if (text_plain(bytes, len) == len) {
		strbuf_add(out, bytes, len);
		return (struct cell){(uint32_t)len, (uint32_t)len};
	}
	text_escape(out, bytes, len);
	return (struct cell){(uint32_t)(out->len - start), (uint32_t)text_width(out->text + start)};
}

static struct cell add_any(struct strbuf *out, enum field_kind kind, const struct value *v)
{
	size_t start = out->len;

	if (kind == FIELD_TEXT && !v->text.escaped)
		return add_text(out, v->text.bytes, v->text.len);
	add_value(out, kind, v);
	return (struct cell){(uint32_t)(out->len - start), (uint32_t)text_width(out->text + start)};
}

static struct cell hold_cell(struct table *t, size_t column, const struct value *v)
{
	struct cell cell;

	if (!v->set)
		return (struct cell){CELL_UNSET, 1};
	cell = add_any(&t->texts, t->layout.schema->fields[column].kind, v);
	strbuf_add(&t->texts, "", 1);
	t->used |= 1U << column;
	/* under a head line the widths stay */
	if (cell.width > t->layout.widest[column] && !(t->laid_out & 1U << column))
		t->layout.widest[column] = cell.width;
	return cell;
}

static bool has_titles(const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].title)
			return true;
	return false;
}

static void table_record(void *state, const struct record *r, enum row_color color)
{
	const char start[] = {(char)('0' + color), '\0'};
	struct table *t = state;
	struct cell *cells;

	if (r->schema != t->layout.schema) {
		if (!has_titles(r->schema))
			return;
		start_block(t, r->schema);
	}
	strbuf_add(&t->texts, start, sizeof start);
	cells = next_cells(t);
	for (size_t i = 0; i < t->columns; i++)
		cells[i] = hold_cell(t, t->column[i], &r->values[t->column[i]]);
	if (++t->rows >= ROWS_MAX || t->texts.len >= TEXTS_MAX)
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

	strbuf_release(&t->texts);
	free(t->cells);
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
