/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_PASSAGE_H
#define CAPTURE_PASSAGE_H

#include "netprobe/capture/tracker.h"

/*
 * What the packets of a handshake did at the machine that was captured: came in for it or through
 * it, and left. One that leaves with other addresses (NAT), or in another tag or tunnel, is of
 * another flow, and known by its number: the same within 20 ms.
 */
enum { ARRIVALS = 512 };

/* The last SYNs and SYN-ACKs that came in, by their numbers. Zeroed: none. */
struct arrivals {
	struct arrival {
		struct flow *flow; /* NULL: none */
		nsec_t at;
		uint32_t sequence;
	} last[PASSING_SYNACK + 1][ARRIVALS];
};

void passage_note(struct arrivals *a, const struct flow_packet *p);

/* Notes flow.seen_in, seen_out and passages. `p` was taken by the handshake, or seen again; strays
 * say nothing, nor do captures that know no directions. */
static inline void passage_take(struct arrivals *a, const struct flow_packet *p)
{
	if ((p->frame->incoming || p->frame->outgoing) && !(p->roles & ROLE_STRAY))
		passage_note(a, p);
}

void passage_forget(struct arrivals *a, const struct flow *f); /* it is over */

#endif
