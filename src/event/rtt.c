/* SPDX-License-Identifier: MIT */
#include "netprobe/event/rtt.h"

void rtt_sample(struct rtt *r, nsec_t measured)
{
	nsec_t error = measured - r->smoothed;

	if (r->samples++ == 0) {
		r->smoothed = measured;
		r->variation = measured / 2;
		return;
	}
	/* RFC 6298, 2.3: alpha 1/8, beta 1/4, the variation first */
	r->variation += ((error < 0 ? -error : error) - r->variation) / 4;
	r->smoothed += error / 8;
}

nsec_t rtt_timeout(const struct rtt *r, nsec_t floor, nsec_t ceiling)
{
	nsec_t timeout = r->samples ? r->smoothed + 4 * r->variation : RTT_INITIAL_TIMEOUT;

	if (timeout < floor)
		timeout = floor;
	return timeout < ceiling ? timeout : ceiling;
}
