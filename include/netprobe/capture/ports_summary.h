/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_PORTS_SUMMARY_H
#define NETPROBE_CAPTURE_PORTS_SUMMARY_H

#include "netprobe/capture/flow.h"
#include "netprobe/event/rtt_stats.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How attempts at each server port fared. Ports take memory when they are first seen. Of
 * PORTS_TIMED ports all connect times are kept (as rtt_stats.h does), of those beyond the first
 * RTT_STATS_EXACT.
 */
struct ports_summary;

enum { PORTS_TIMED = 4096 };

struct port_summary {
	uint16_t port;
	uint64_t attempts; /* flows that are not midstream */
	uint64_t states[HANDSHAKE_STATES];
	struct rtt_stats connect; /* handshake_connect() of those that were complete */
};

struct ports_summary *ports_summary_new(void);
void ports_summary_free(struct ports_summary *s); /* NULL too */

/* Each flow once, when it is over. */
void ports_summary_add(struct ports_summary *s, const struct flow *f);

/* Most attempts first, then by port; valid until the next addition. */
const struct port_summary *const *ports_summary_rows(struct ports_summary *s, size_t *count);

#endif
