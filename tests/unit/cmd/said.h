/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CMD_SAID_H
#define TESTS_UNIT_CMD_SAID_H

#include "../unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a test says on stderr. said_begin() ... said_end(), which gives it. */
struct said {
	FILE *file;
	int stderr_fd;
	char text[4096];
};

static inline void said_begin(struct said *s)
{
	s->file = tmpfile();
	s->stderr_fd = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(s->file), STDERR_FILENO), 0);
}

static inline const char *said_end(struct said *s)
{
	size_t len;

	dup2(s->stderr_fd, STDERR_FILENO);
	close(s->stderr_fd);
	rewind(s->file);
	len = fread(s->text, 1, sizeof s->text - 1, s->file);
	s->text[len] = '\0';
	fclose(s->file);
	return s->text;
}

#endif
