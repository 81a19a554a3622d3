/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_TIMERS_H
#define NETPROBE_EVENT_TIMERS_H

#include "netprobe/base/clock.h"

#include <stdbool.h>
#include <stddef.h>

/* A deadline, embedded in what it is about. Zeroed: not set. It must be cancelled before it is
 * freed. */
struct timer {
	nsec_t when;
	size_t place; /* position in the heap + 1; 0 when not set */
	void (*expired)(struct timer *timer, nsec_t now);
};

/* A binary heap of deadlines; zeroed it is empty. Setting and cancelling cost O(log n). */
struct timers {
	struct timer **heap;
	size_t count, room;
};

void timers_release(struct timers *t);
void timers_set(struct timers *t, struct timer *timer, nsec_t when); /* again: moves it */
void timers_cancel(struct timers *t, struct timer *timer);           /* not set: nothing */
nsec_t timers_next(const struct timers *t);                          /* NSEC_NEVER when empty */
static inline bool timer_is_set(const struct timer *timer)
{
	return timer->place != 0;
}

/* Calls and unsets all that are due at `now`, earliest first; a timer may set itself again. */
void timers_expire(struct timers *t, nsec_t now);

#endif
