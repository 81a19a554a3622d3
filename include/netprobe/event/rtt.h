/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_EVENT_RTT_H
#define NETPROBE_EVENT_RTT_H

#include "netprobe/base/clock.h"

/* Round-trip time of one address, smoothed as RFC 6298 says (section 2). Zeroed: nothing measured.
 */
struct rtt {
	nsec_t smoothed, variation;
	unsigned samples;
};

/* What to wait while nothing was measured: RFC 6298, 2.1 says a second, which is when the kernel
 * sends its SYN again; a new probe on a new socket shall come before that. */
#define RTT_INITIAL_TIMEOUT (900 * NSEC_PER_MSEC)

void rtt_sample(struct rtt *r, nsec_t measured); /* measured > 0 */

/* How long to wait for an answer: SRTT + 4 RTTVAR, within floor and ceiling; RTT_INITIAL_TIMEOUT,
 * under the same ceiling, when nothing was measured. */
nsec_t rtt_timeout(const struct rtt *r, nsec_t floor, nsec_t ceiling);

#endif
