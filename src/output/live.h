/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_LIVE_H
#define NETPROBE_OUTPUT_LIVE_H

#include "netprobe/base/strbuf.h"

/*
 * A picture of some lines below what a terminal shows, drawn over the one before. The cursor rests
 * at its beginning: whatever a resized terminal does to the lines from there on, they are ours, and
 * nothing above is touched. A message on the same terminal takes the picture away by itself
 * (log_before()), which is why only one may stand at a time.
 */
struct live {
	int fd;
	size_t count;        /* lines of the next picture */
	size_t drawn;        /* lines that stand */
	struct strbuf lines; /* of the next picture, one after the other; all end in 0 */
};

/* Columns that a line may take now: the last one stays free, a terminal may wrap after it. */
unsigned live_columns(const struct live *l);

/* Adds an escaped line, or one with a tint around all of it, to the next picture. */
void live_line(struct live *l, const char *text, size_t len);

/* Draws the lines added since the last call, with one write(2), cut to the terminal as it is now:
 * each to its columns, all to its rows but one. The last line always stays. 0 or -errno. */
int live_draw(struct live *l);

int live_clear(struct live *l); /* takes away what stands; 0 or -errno */
void live_release(struct live *l);

#endif
