/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_SIGHTING_H
#define CAPTURE_SIGHTING_H

#include "netprobe/capture/tracker.h"

/*
 * The same packet at a second place is no retransmission: the same IP id, numbers, window, flags
 * and length as the side's packet before, at most 20 ms after it (a router's queue), the TTL equal
 * or less by one or two. At the same place (interface, direction, TTL) the checksum has to be the
 * same, too; and without an id, or where it is 0, it has to be too soon to be sent again: 20 ms for
 * a SYN, for a SYN-ACK without another SYN between, for a RST without another segment between; 3 ms
 * for payload and a FIN, a tenth of one for a bare ACK. A place where packets of the side were seen
 * again is remembered: what comes by there and holds nothing new was seen before, however long it
 * took and whatever was in between (receivers are given bursts), as many as were.
 *
 * Counts it, notes the way it took, and what changed in a SYN's or SYN-ACK's options between the
 * two. False: a packet that was not seen before; it is remembered in its side's stream. Comes
 * before handshake_segment().
 */
bool sighting_take(
	struct flow *f, enum side from, const struct frame *frame, nsec_t at, uint32_t interface);

#endif
