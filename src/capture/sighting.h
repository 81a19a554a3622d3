/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_SIGHTING_H
#define CAPTURE_SIGHTING_H

#include "netprobe/capture/tracker.h"

/*
 * The same packet at a second place is no retransmission: the same IP id, numbers, flags and length
 * as the side's packet before, at most 20 ms after it (a router's queue), the TTL equal or less by
 * one or two. Without an id, or where it is 0, the place has to be another (interface, direction,
 * TTL), or else the checksum the same and the time a tenth of a millisecond. A place where packets
 * of the side were seen again is remembered: what comes by there and holds nothing new was seen
 * before, however long it took and whatever was in between (receivers are given bursts).
 *
 * Counts it, notes the way it took, and what changed in a SYN's or SYN-ACK's options between the
 * two. False: a packet that was not seen before; it is remembered in its side's stream. Notes
 * flow.seen_in and seen_out of the client's SYNs. Comes before handshake_segment().
 */
bool sighting_take(
	struct flow *f, enum side from, const struct frame *frame, nsec_t at, uint32_t interface);

#endif
