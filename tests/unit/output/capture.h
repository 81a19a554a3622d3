/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include "netprobe/output/output.h"

#include "../unit.h"

#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CAPTURE_MAX = 1 << 20, TERMINAL_MAX = 4096, TERMINAL_PATH = 64 };

/* An output into a temporary file, and the whole text of it. */
struct capture {
	char path[32];
	struct output *out;
	char text[CAPTURE_MAX];
};

static inline struct capture *capture_open(enum output_format format, enum output_color color)
{
	struct capture *c = calloc(1, sizeof *c);
	struct output_options options = {.format = format, .color = color, .path = c->path};
	int fd;

	snprintf(c->path, sizeof c->path, "/tmp/netprobe-unit-XXXXXX");
	fd = mkstemp(c->path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	c->out = output_open(&options);
	ck_assert_ptr_nonnull(c->out);
	return c;
}

/* What has reached the file so far. */
static inline const char *capture_text(struct capture *c)
{
	int fd = open(c->path, O_RDONLY);
	ssize_t len = read(fd, c->text, sizeof c->text - 1);

	ck_assert_int_ge(len, 0);
	c->text[len] = '\0';
	close(fd);
	return c->text;
}

static inline void capture_free(struct capture *c)
{
	unlink(c->path);
	free(c);
}

static inline void capture_expect(struct capture *c, const char *whole)
{
	ck_assert_int_eq(output_end(c->out, 0), 0);
	ck_assert_str_eq(capture_text(c), whole);
	capture_free(c);
}

/* A terminal of `columns`, and one that obeys: gives the path of its slave, and the master to read
 * what came. The slave stays open besides, or the master would read an end. */
static inline int capture_terminal(unsigned short columns, char path[static TERMINAL_PATH])
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	int master, slave;

	setenv("TERM", "xterm", 1);
	ck_assert_int_eq(openpty(&master, &slave, path, NULL, &size), 0);
	fcntl(master, F_SETFL, O_NONBLOCK);
	return master;
}

static inline const char *capture_read(int master, char text[static TERMINAL_MAX])
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(master, text + len, TERMINAL_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

#endif
