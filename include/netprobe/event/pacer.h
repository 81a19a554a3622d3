/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_PACER_H
#define NETPROBE_EVENT_PACER_H

#include "netprobe/base/clock.h"

#include <stdbool.h>

/*
 * Spaces events evenly: the generic cell rate algorithm (ITU-T I.371), which is a leaky bucket
 * without a timer. A pause is made up for by at most 10 ms' worth of events, so that no burst
 * follows it.
 */
struct pacer {
	nsec_t interval; /* between two events; 0: no limit */
	nsec_t due;      /* when the next event may happen */
};

void pacer_init(struct pacer *p, double per_second); /* 0: no limit */
void pacer_init_interval(struct pacer *p, nsec_t interval);
bool pacer_take(struct pacer *p, nsec_t now); /* true: the event may happen now, and counts */
/* The next event counts, whenever it may happen: that is when, `now` or later. */
nsec_t pacer_reserve(struct pacer *p, nsec_t now);
nsec_t pacer_due(const struct pacer *p); /* when pacer_take() next says yes */

#endif
