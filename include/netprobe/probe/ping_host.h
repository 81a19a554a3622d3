/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_PING_HOST_H
#define NETPROBE_PROBE_PING_HOST_H

#include "netprobe/event/rtt_stats.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What pinging an address has brought. At any time
 * sent = received + lost + dropped_here + those still in flight;
 * `late` is a part of received, `errors` a part of lost. `dropped_here` is what this machine did
 * not let out (its firewall, a size too large) and replies that found our own buffer full.
 */
struct ping_counts {
	uint64_t sent, received, lost, dropped_here;
	uint64_t duplicates, late, errors;
	uint64_t corrupted; /* of those received: data that differ from what was sent */
};

struct ping_host {
	char *name; /* as given */
	struct addr addr;
	struct ping_counts counts;
	struct rtt_stats rtt;
	nsec_t silent_since;   /* when the first of a row of unanswered probes left; 0: the last was
				* answered */
	nsec_t silent_until;   /* when the answered probe left that ended the last such row */
	nsec_t longest_outage; /* that has ended */

	/* the pinger's own */
	nsec_t due;                    /* of the next probe */
	struct ping_host *next, *prev; /* in the line of those that wait for their turn */
	struct ping_host *after;       /* admitted next */
	uint64_t newest;               /* number of its last flight */
	uint32_t kept;                 /* flights that name it */
	bool waits, told, done;
	bool refused; /* there was no room here for its next probe */
};

/* Probes that are neither answered nor given up. */
uint64_t ping_pending(const struct ping_counts *c);

/* Percent of the probes whose fate is known; 0 when there is none. What was dropped here is no loss
 * of the network's. */
double ping_loss(const struct ping_counts *c);

/* Up to `now`, with the one that has not ended. */
nsec_t ping_outage(const struct ping_host *h, nsec_t now);

/* Adds each count of `c` to `sum`. */
void ping_add(struct ping_counts *sum, const struct ping_counts *c);

#endif
