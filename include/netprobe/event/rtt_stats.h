/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_RTT_STATS_H
#define NETPROBE_EVENT_RTT_STATS_H

#include "netprobe/base/clock.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What a stream of round-trip times looks like, in bounded memory however long it is: the first
 * RTT_STATS_EXACT samples are kept as they are; beyond, they are counted in buckets of equal ratio,
 * 64 to an octave, so that a quantile is off by less than 1 %. Only the octaves between the
 * smallest and the largest sample take memory. Zeroed: empty, and without memory of its own up to
 * the first sample.
 */
enum { RTT_STATS_EXACT = 64 };

struct rtt_buckets;

struct rtt_stats {
	uint64_t count;
	nsec_t min, max, last;
	double mean, squares; /* Welford's running mean and sum of squared differences */
	double jitter;        /* RFC 3550, 6.4.1, of consecutive round trips */
	nsec_t *exact;        /* of the first samples, from the second on; NULL otherwise */
	struct rtt_buckets *buckets;
};

void rtt_stats_release(struct rtt_stats *s);         /* leaves it empty */
void rtt_stats_add(struct rtt_stats *s, nsec_t rtt); /* rtt >= 0, at most 1,000 s */

/* All 0 when there is no sample. */
nsec_t rtt_stats_mean(const struct rtt_stats *s);
nsec_t rtt_stats_stddev(const struct rtt_stats *s); /* of the population: ping's mdev */
nsec_t rtt_stats_jitter(const struct rtt_stats *s);
nsec_t rtt_stats_quantile(const struct rtt_stats *s, double q); /* nearest rank; q in 0..1 */

/* Samples up to and including `limit`; exact, or within the bucket that holds `limit`. */
uint64_t rtt_stats_below(const struct rtt_stats *s, nsec_t limit);

#endif
