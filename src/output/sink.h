/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_SINK_H
#define NETPROBE_OUTPUT_SINK_H

#include "netprobe/base/clock.h"
#include "netprobe/output/progress.h"

#include <stdbool.h>
#include <stddef.h>

enum { SINK_BYTES = 65536 };

/*
 * Whole lines on their way to a descriptor. A line is never split over two writes, unless the
 * kernel takes only a part. The first error stays in `error`, and everything after it is dropped.
 */
struct sink {
	int fd;
	bool owned; /* opened here, so closed here */
	bool terminal;
	int error;     /* 0 or -errno */
	nsec_t oldest; /* when the first byte that waits came in */
	size_t len;
	struct progress *progress; /* cleared before a write to the terminal; may be NULL */
	char bytes[SINK_BYTES];
};

/* `path` NULL is standard output. 0 or -errno; -EBADF when standard output is closed or cannot be
 * written. */
int sink_open(struct sink *s, const char *path);
void sink_line(struct sink *s, const char *text, size_t len); /* adds the newline */
void sink_flush(struct sink *s);
void sink_fail(struct sink *s, int error); /* keeps -errno when it is the first */
nsec_t sink_due(const struct sink *s);
unsigned sink_columns(
	const struct sink *s);  /* of the terminal; 0 when it is none or does not tell */
int sink_close(struct sink *s); /* flushes; 0 or the first -errno, close(2)'s included */

#endif
