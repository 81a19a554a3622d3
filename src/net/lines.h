/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_LINES_H
#define NETPROBE_NET_LINES_H

#include "netprobe/base/strbuf.h"

enum {
	LINE_MAX_BYTES = 1024,
	LINE_READ_MAX =
		1 << 20, /* what is read of a line, its comment included: it may have no end */
	LINES_SILENT_MAX = 16 << 20, /* what is read in a row that says nothing, neither */
};

/* A list file, read a line at a time in bounded memory. */
struct lines;

/* "-" is standard input. Returns 0 or -errno; a folder is -EISDIR. */
int lines_open(const char *path, struct lines **out);
void lines_free(struct lines *l); /* NULL is fine */

/*
 * Puts the next line that says something into `line` (emptied before), without comment, blanks
 * around it and line end. Returns 1, 0 at the end, -errno for a read error, after which the end
 * follows, or, to go on behind that line, ERR_TOO_LONG (more than LINE_MAX_BYTES before any '#';
 * `line` has the beginning) or ERR_SYNTAX (it has a NUL). Of a line of more than LINE_READ_MAX no
 * more is read: ERR_TOO_LONG, and the end follows; nor of a list where more than LINES_SILENT_MAX
 * come without a line that says something: ERR_SILENT.
 */
int lines_next(struct lines *l, struct strbuf *line);

/* Appends where the line that came last stands: "hosts.txt:3". */
void lines_place(const struct lines *l, struct strbuf *out);

#endif
