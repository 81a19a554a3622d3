/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_PROGRESS_H
#define NETPROBE_OUTPUT_PROGRESS_H

#include "netprobe/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One line on stderr, redrawn in place, only when stderr is a terminal (that TERM calls more than
 * dumb) and the work has taken over a second: done/total, rate, ETA and what holds the work back.
 * Cut to the terminal's width.
 */
struct progress;

struct progress_state {
	uint64_t done, total; /* total 0: not known, then no ETA */
	uint64_t known;       /* of `done`, what was no work of this run: no part of the rate */
	const char *unit;     /* "ports" */
	double rate;          /* units a second, recent */
	nsec_t eta;           /* time left, or negative when it cannot be said honestly */
	const char *limit;    /* "file limit", "ICMP limit of 10.0.0.5", or NULL */
};

/* `enabled` false makes every call do nothing (--quiet). Messages take the line away
 * (log_before()). */
struct progress *progress_new(bool enabled, nsec_t now);
void progress_free(struct progress *p); /* clears the line */

nsec_t progress_due(
	const struct progress *p); /* when to call progress_show() next; NSEC_NEVER if never */
void progress_show(struct progress *p, const struct progress_state *s, nsec_t now);
void progress_clear(struct progress *p); /* before anything else is written to the terminal */

/* Pure: the line's text for `width` columns, into out; for tests. */
struct strbuf;
void progress_line(const struct progress_state *s, unsigned width, struct strbuf *out);

#endif
