/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_SINK_H
#define NETPROBE_OUTPUT_SINK_H

#include "live.h"
#include "netprobe/base/clock.h"
#include "netprobe/output/progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { SINK_BYTES = 65536 };

/*
 * Whole lines on their way to a descriptor. A line is never split over two writes, unless the
 * kernel takes only a part. The first error stays in `error`, and everything after it is dropped.
 */
struct sink {
	int fd;
	bool owned;    /* opened here, so closed here */
	uint64_t keep; /* bytes that the file keeps */
	bool terminal;
	int error;     /* 0 or -errno */
	nsec_t oldest; /* when the first byte that waits came in */
	size_t len;
	struct progress *progress; /* cleared before a write to the terminal; may be NULL */
	struct live live;          /* taken away before one, too */
	bool drawing;              /* lines go to the next picture of `live` */
	char bytes[SINK_BYTES];
	atomic_bool hurry; /* of output_hurry() */
};

/* `path` NULL is standard output. A file is created, or left as it is until sink_begin(). 0 or
 * -errno; -EBADF when standard output is closed or cannot be written. */
int sink_open(struct sink *s, const char *path, uint64_t keep);
void sink_begin(
	struct sink *s); /* cuts the file after the bytes it keeps, and goes on behind them */
void sink_line(struct sink *s, const char *text, size_t len); /* adds the newline */
void sink_flush(struct sink *s);
void sink_fail(struct sink *s, int error); /* keeps -errno when it is the first */
nsec_t sink_due(const struct sink *s);

/* Lines go to a picture until sink_live_end() draws it; false when there is no terminal for it. */
bool sink_live_begin(struct sink *s);
void sink_live_end(struct sink *s);

/* What a line may take: of the terminal, or of a picture on it; 0 when it is none or does not tell.
 */
unsigned sink_columns(const struct sink *s);
int sink_close(struct sink *s); /* flushes; 0 or the first -errno, close(2)'s included */

#endif
