/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_CWND_H
#define NETPROBE_EVENT_CWND_H

#include "netprobe/base/clock.h"

#include <stdbool.h>

/*
 * How many probes may be under way at once: slow start and additive increase as in RFC 5681, a cut
 * to 0.7 on proven loss. A loss is proven only when the same question, asked again, was answered;
 * silence alone proves nothing, so a window that is full of silence grows by time.
 *
 * Loss that a smaller window does not lessen is not congestion (a limiter or a lossy link that
 * takes its share at any rate): when two windows of different size lose alike, the larger one comes
 * back and later losses no longer cut, until they become half as frequent again.
 */
struct cwnd {
	double size, threshold, ceiling;
	double before;     /* size when the last cut came */
	double last_ratio; /* loss that led to it; 0 before the first */
	nsec_t cut_at, grown_at;
	unsigned answered, lost; /* of what was sent after the last cut */
	bool lossy, indifferent;
};

enum cwnd_change { CWND_SAME, CWND_CUT, CWND_RESTORED };

void cwnd_init(struct cwnd *c, double first, double ceiling);
bool cwnd_has_room(const struct cwnd *c, unsigned in_flight);
void cwnd_answered(struct cwnd *c, nsec_t sent);
enum cwnd_change cwnd_lost(struct cwnd *c, nsec_t sent, nsec_t now);
void cwnd_quiet(struct cwnd *c, nsec_t now); /* the window is full; may grow by time */
void cwnd_local_shortage(struct cwnd *c);    /* this machine had no room: halves the window */

/* How long a full, quiet window waits before it doubles. */
#define CWND_QUIET_INTERVAL (25 * NSEC_PER_MSEC)

#endif
