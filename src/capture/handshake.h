/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HANDSHAKE_H
#define CAPTURE_HANDSHAKE_H

#include "netprobe/capture/tracker.h"

/* Before the first segment of a zeroed flow. */
void handshake_init(struct handshake *h);

/* What a segment means for the attempt; false: it belongs to a new attempt on the same ports, and
 * nothing was changed. *roles gets ROLE_ bits, *from may be turned around with the flow's ends
 * (a SYN-ACK that was captured before its SYN). */
bool handshake_segment(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles);

/* An ICMP error that quotes the attempt's SYN or a later segment, sent by `quoted`: ROLE_ bits. */
unsigned handshake_icmp(struct flow *f, enum side quoted, const struct frame *frame, nsec_t at);

/* After so long a silence an attempt that is not decided is: the next SYN, or SYN-ACK, is well
 * overdue. */
nsec_t handshake_patience(const struct handshake *h);

#endif
