/* SPDX-License-Identifier: MIT */
#include "live.h"

#include "netprobe/base/log.h"
#include "netprobe/base/text.h"
#include "netprobe/output/graph.h"
#include "terminal.h"
#include "write.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define ERASE_LINE  "\033[K" /* from the cursor on */
#define ERASE_BELOW "\033[J" /* and every line below */
#define TINT_END    "\033[0m"

/* A terminal that does not tell its size is taken for one of these. */
enum { COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 24 };

unsigned live_columns(const struct live *l)
{
	unsigned columns = terminal_size(l->fd).columns;

	return (columns ? columns : COLUMNS_DEFAULT) - 1;
}

/* A row stays for what stands above. */
static size_t rows_free(const struct live *l)
{
	unsigned rows = terminal_size(l->fd).rows;

	if (rows == 0)
		rows = ROWS_DEFAULT;
	return rows > 2 ? rows - 1 : 1;
}

void live_line(struct live *l, const char *text, size_t len)
{
	strbuf_add(&l->lines, text, len);
	strbuf_putc(&l->lines, '\0');
	l->count++;
}

/* A tint takes no columns, and ends where the text is cut. */
static void add_line(struct strbuf *out, char *line, unsigned columns)
{
	bool tinted = *line == '\033';
	char *text = tinted ? line + strcspn(line, "m") + 1 : line;

	if (tinted)
		text[strcspn(text, "\033")] = '\0';
	strbuf_puts(out, out->len > 0 ? ERASE_LINE "\n" : "\r");
	strbuf_add(out, line, (size_t)(text - line));
	strbuf_add(out, text, text_fit(text, columns));
	strbuf_puts(out, tinted ? TINT_END : "");
}

static void add_more(struct strbuf *out, size_t count, unsigned columns)
{
	struct strbuf line = {0};

	strbuf_printf(&line, "%s and %zu more", graph_can_draw() ? "…" : "...", count);
	add_line(out, line.text, columns);
	strbuf_release(&line);
}

static void add_lines(const struct live *l, struct strbuf *out, size_t room)
{
	size_t last = l->count - 1, head = last;
	unsigned columns = live_columns(l);
	char *line = l->lines.text;

	if (l->count > room)
		head = room > 2 ? room - 2 : 0;
	for (size_t i = 0; i < l->count; i++) {
		char *next = line + strlen(line) + 1;

		if (i < head || i == last)
			add_line(out, line, columns);
		else if (i == head && room > 1)
			add_more(out, last - head, columns);
		line = next;
	}
}

static void before_log(void *user)
{
	live_clear(user);
}

static int put(struct live *l, const struct strbuf *bytes, size_t lines)
{
	int err = write_whole(l->fd, bytes->text, bytes->len, NULL);

	l->drawn = err ? 0 : lines;
	if (l->drawn > 0 && isatty(STDERR_FILENO))
		log_before(before_log, l);
	else
		log_before(NULL, NULL);
	return err;
}

int live_draw(struct live *l)
{
	size_t room = rows_free(l), lines = l->count < room ? l->count : room;
	struct strbuf out = {0};
	int err;

	if (l->count == 0)
		return live_clear(l);
	add_lines(l, &out, room);
	strbuf_puts(&out, lines > 1 || l->drawn > 1 ? ERASE_BELOW : ERASE_LINE);
	if (lines > 1)
		strbuf_printf(&out, "\r\033[%zuA", lines - 1);
	err = put(l, &out, lines);
	strbuf_reset(&l->lines);
	l->count = 0;
	strbuf_release(&out);
	return err;
}

int live_clear(struct live *l)
{
	struct strbuf out = {0};
	int err;

	if (l->drawn == 0)
		return 0;
	strbuf_puts(&out, l->drawn > 1 ? "\r" ERASE_BELOW : "\r" ERASE_LINE);
	err = put(l, &out, 0);
	strbuf_release(&out);
	return err;
}

void live_release(struct live *l)
{
	strbuf_release(&l->lines);
}
