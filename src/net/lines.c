/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
	int fd;
	char *name;
	unsigned long number; /* of the line that came last, from 1 */
	size_t silent;        /* bytes since a line that said something */
	bool ended;
	size_t at, fill; /* buf[at..fill) is unread */
	char buf[4096];
};

int lines_open(const char *path, struct lines **out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	*out = NULL;
	if (fd < 0 || (is_stdin && read(fd, NULL, 0) < 0 && errno == EBADF))
		return -errno;
	if (!is_stdin && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	*out = mem_alloc(1, sizeof **out);
	(*out)->fd = fd;
	(*out)->name = mem_strdup(is_stdin ? "standard input" : path);
	return 0;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	if (l->fd != STDIN_FILENO)
		close(l->fd);
	free(l->name);
	free(l);
}

/* Returns 1 and a byte, 0 at the end or -errno. */
static int next_byte(struct lines *l, char *c)
{
	ssize_t got;

	if (l->at == l->fill) {
		do
			got = l->ended ? 0 : read(l->fd, l->buf, sizeof l->buf);
		while (got < 0 && errno == EINTR);
		l->ended = got <= 0;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		l->at = 0;
		l->fill = (size_t)got;
	}
	*c = l->buf[l->at++];
	return 1;
}

static void give_up(struct lines *l)
{
	l->ended = true;
	l->at = l->fill;
}

/* Reads up to and with the line end. Returns 1, 0 if there was no line any more, or a negative
 * code. */
static int read_line(struct lines *l, struct strbuf *line)
{
	bool comment = false, too_long = false;
	size_t read = 0;
	char c = '\0';
	int got;

	strbuf_reset(line);
	while ((got = next_byte(l, &c)) == 1 && c != '\n') {
		if (read++ == LINE_READ_MAX) {
			too_long = true;
			give_up(l);
			break;
		}
		comment = comment || c == '#';
		if (comment)
			continue;
		too_long = line->len == LINE_MAX_BYTES && (too_long || c != '\r');
		if (line->len < LINE_MAX_BYTES)
			strbuf_putc(line, c);
	}
	if (got < 0 || (got == 0 && read == 0))
		return got;
	l->number++;
	l->silent += read + 1;
	return too_long ? ERR_TOO_LONG : 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(struct strbuf *line, bool first)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	size_t from = 0;

	if (first && line->len >= 3 && memcmp(line->text, byte_order_mark, 3) == 0)
		from = 3;
	while (from < line->len && is_blank(line->text[from]))
		from++;
	while (line->len > from && is_blank(line->text[line->len - 1]))
		line->len--;
	line->len -= from;
	memmove(line->text, line->text + from, line->len);
	line->text[line->len] = '\0';
}

int lines_next(struct lines *l, struct strbuf *line)
{
	l->silent = 0;
	for (;;) {
		int got = read_line(l, line);

		trim(line, l->number == 1);
		if (got != 1)
			return got;
		if (memchr(line->text, '\0', line->len))
			return ERR_SYNTAX;
		if (line->len > 0)
			return 1;
		if (l->silent > LINES_SILENT_MAX) {
			give_up(l);
			return ERR_SILENT;
		}
	}
}

void lines_place(const struct lines *l, struct strbuf *out)
{
	strbuf_printf(out, "%s:%lu", l->name, l->number);
}
