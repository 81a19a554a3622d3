/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_DUE_H
#define CAPTURE_DUE_H

#include "flow_table.h"

/*
 * Flows that are to be looked at when a time has passed. A line for each power of two of an eighth
 * of a second: who joins it is behind those that joined before, so nothing is ever sorted. A flow
 * stands in the line with the longest wait that is not too long, and may have to join another
 * one when its turn comes; that is at most once a line.
 */
enum { DUE_LINES = 14 };

struct due {
	struct tracked *first[DUE_LINES], *last[DUE_LINES];
	nsec_t next; /* no line has anything before */
};

void due_init(struct due *d);
/* In `wait` at the latest, but an eighth of a second at least; it may be in a line already. `now`
 * never goes back. */
void due_set(struct due *d, struct tracked *f, nsec_t now, nsec_t wait);
void due_cancel(struct due *d, struct tracked *f);   /* in none: nothing */
struct tracked *due_take(struct due *d, nsec_t now); /* whose turn it is; NULL: nobody's */

#endif
