/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "netprobe/capture/tracker.h"

/*
 * What a segment means for the stream of who sent it and for the acknowledgments of the other:
 * counts it, moves the numbers on, notes retransmissions, segments out of order, gaps, windows,
 * keepalives (RFC 9293, 3.8.4), FIN, RST, and the letters of history. Returns ROLE_ bits of
 * those. SYNs count their packet and their number here, too; what they mean is handshake.h's. A
 * segment that was only seen again (sighting.h) does not come here.
 *
 * A segment whose number is 2^30 or more away from the stream's, and a RST further away than the
 * window, is ROLE_STRAY: counted, and nothing else, unless the next goes on where it ended. Windows
 * are scaled by what handshake.options say.
 */
unsigned stream_segment(struct flow *f, enum side from, const struct frame *frame, nsec_t at);

/* What was taken for its SYN had another number. */
void stream_follows(struct stream *s, uint32_t isn);

/* Both FINs are acknowledged, or there was a RST. */
bool stream_closed(const struct flow *f);

#endif
