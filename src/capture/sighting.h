/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_SIGHTING_H
#define CAPTURE_SIGHTING_H

#include "netprobe/capture/tracker.h"

/*
 * The same packet at a second place is no retransmission: the same IP id (where there is one that
 * is not 0), sequence number, flags and length as the side's packet before, at most 20 ms after
 * it (a router's queue), the TTL equal or less by one or two. Counts it, notes the way it took, and
 * what changed in a SYN's or SYN-ACK's options between the two. False: a packet that was not seen
 * before; it is remembered in its side's stream.
 */
bool sighting_take(
	struct flow *f, enum side from, const struct frame *frame, nsec_t at, uint32_t interface);

#endif
