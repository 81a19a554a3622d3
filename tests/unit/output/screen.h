/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCREEN_H
#define TESTS_SCREEN_H

#include "capture.h"

/*
 * What a terminal shows of the bytes that reached it: a grid that scrolls, with as much steering as
 * pictures use. Tints are passed over, and every character takes one column.
 */
enum { SCREEN_LINES = 128, SCREEN_COLUMNS = 128, SCREEN_TEXT = 1 << 16 };

struct screen {
	char path[TERMINAL_PATH];
	int master;
	int rows, columns;
	int top, row, column; /* lines are counted from the first that ever stood */
	char cells[SCREEN_LINES][SCREEN_COLUMNS][8];
	char text[SCREEN_TEXT];
};

static inline struct screen *screen_open(int columns, int rows)
{
	struct screen *s = calloc(1, sizeof *s);

	s->master = capture_terminal((unsigned short)columns, s->path);
	s->rows = rows;
	s->columns = columns;
	ioctl(s->master, TIOCSWINSZ,
		&(struct winsize){
			.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns});
	return s;
}

static inline void screen_close(struct screen *s)
{
	close(s->master);
	free(s);
}

/* A descriptor of its own for the terminal. */
static inline int screen_descriptor(const struct screen *s)
{
	int fd = open(s->path, O_WRONLY | O_NOCTTY);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static inline void screen_down(struct screen *s)
{
	ck_assert_int_lt(++s->row, SCREEN_LINES);
	if (s->row >= s->top + s->rows)
		s->top = s->row - s->rows + 1;
}

static inline void screen_put(struct screen *s, const char *byte)
{
	if ((*byte & 0xc0) == 0x80) { /* the rest of a character */
		char *cell = s->cells[s->row][s->column - 1];

		memcpy(cell + strlen(cell), byte, 1);
		return;
	}
	if (s->column == s->columns) {
		screen_down(s);
		s->column = 0;
	}
	memset(s->cells[s->row][s->column], 0, 8);
	s->cells[s->row][s->column++][0] = *byte;
}

static inline void screen_erase(struct screen *s, bool below)
{
	memset(s->cells[s->row][s->column], 0, sizeof s->cells[0] - 8 * (size_t)s->column);
	if (below)
		memset(s->cells[s->row + 1], 0,
			sizeof s->cells[0] * (size_t)(SCREEN_LINES - 1 - s->row));
}

/* After the escape; gives the sequence's last byte. */
static inline const char *screen_steer(struct screen *s, const char *at)
{
	char *end;
	int count = (int)strtol(at + 1, &end, 10);

	ck_assert_int_eq(*at, '[');
	switch (*end) {
	case 'A':
		s->row = s->row - count < s->top ? s->top : s->row - count;
		break;
	case 'K':
		screen_erase(s, false);
		break;
	case 'J':
		screen_erase(s, true);
		break;
	default:
		ck_assert_int_eq(*end, 'm');
	}
	return end;
}

/* Takes in what has reached the terminal. */
static inline void screen_read(struct screen *s)
{
	char bytes[TERMINAL_MAX];

	for (const char *at = capture_read(s->master, bytes); *at; at++) {
		if (*at == '\r')
			s->column = 0;
		else if (*at == '\n')
			screen_down(s);
		else if (*at == '\033')
			at = screen_steer(s, at + 1);
		else
			screen_put(s, at);
	}
}

static inline int screen_width(const struct screen *s, int row)
{
	int width = SCREEN_COLUMNS;

	while (width > 0 && s->cells[row][width - 1][0] == '\0')
		width--;
	return width;
}

/* Lines that have become too long go on in the next one, and the cursor stays at its character. */
static inline void screen_reflow(struct screen *s, const struct screen *old)
{
	int to = 0;

	memset(s->cells, 0, sizeof s->cells);
	for (int row = 0; row < SCREEN_LINES / 2; row++) {
		int width = screen_width(old, row), pieces = (width - 1) / s->columns + 1;

		for (int i = 0; i < width; i++)
			memcpy(s->cells[to + i / s->columns][i % s->columns], old->cells[row][i],
				8);
		if (row == old->top)
			s->top = to;
		if (row == old->row) {
			s->row = to + old->column / s->columns;
			s->column = old->column % s->columns;
		}
		to += pieces > 1 ? pieces : 1;
	}
}

/* Without reflow lines that are too long lose their ends. */
static inline void screen_cut(struct screen *s)
{
	for (int row = 0; row < SCREEN_LINES; row++)
		memset(s->cells[row][s->columns], 0, 8 * (size_t)(SCREEN_COLUMNS - s->columns));
	if (s->column >= s->columns)
		s->column = s->columns - 1;
}

/* Makes the window smaller: what has no room any more below the cursor is lost, as in the terminals
 * in use, and only then does the rest scroll. */
static inline void screen_shrink(struct screen *s, int columns, int rows, bool reflow)
{
	struct screen *old = malloc(sizeof *old);

	screen_read(s);
	memcpy(old, s, sizeof *old);
	s->columns = columns;
	s->rows = rows;
	if (reflow)
		screen_reflow(s, old);
	else
		screen_cut(s);
	free(old);
	if (s->row >= s->top + rows)
		s->top = s->row - rows + 1;
	memset(s->cells[s->top + rows], 0,
		sizeof s->cells[0] * (size_t)(SCREEN_LINES - s->top - rows));
	ioctl(s->master, TIOCSWINSZ,
		&(struct winsize){
			.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns});
}

/* Every line that ever stood and was not erased, each with its newline. */
static inline const char *screen_text(struct screen *s)
{
	char *at = s->text;
	int last = SCREEN_LINES - 1;

	screen_read(s);
	while (last >= 0 && screen_width(s, last) == 0)
		last--;
	for (int row = 0; row <= last; row++) {
		int width = screen_width(s, row);

		for (int i = 0; i < width; i++) {
			const char *cell = s->cells[row][i];

			at += snprintf(at, 8, "%s", *cell ? cell : " ");
		}
		*at++ = '\n';
	}
	*at = '\0';
	return s->text;
}

#endif
