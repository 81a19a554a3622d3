/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HANDSHAKE_BEGIN_H
#define CAPTURE_HANDSHAKE_BEGIN_H

#include "netprobe/capture/tracker.h"

/* The first packet of a flow, and the first SYN and SYN-ACK of an attempt. Where the capture began
 * late, or has packets out of order, a SYN or SYN-ACK may come behind what follows it: its numbers
 * are those that midstream packets led to expect. */

void handshake_begin(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles);

/* The first SYN or SYN-ACK of a side: its number, TTL and options. */
void handshake_introduce(struct handshake *h, enum side from, const struct frame *frame,
	const struct tcp_options *o);
void handshake_take_syn(struct handshake *h, const struct frame *frame, nsec_t at);
void handshake_take_synack(struct handshake *h, const struct frame *frame, nsec_t at);

/* Of a midstream flow; false: it belongs to a new attempt. */
bool handshake_syn_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at);
bool handshake_synack_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at);

#endif
