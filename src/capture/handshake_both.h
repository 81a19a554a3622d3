/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HANDSHAKE_BOTH_H
#define CAPTURE_HANDSHAKE_BOTH_H

#include "netprobe/capture/tracker.h"

/* Handshakes to which both sides sent a SYN of its own: simultaneous and split ones. They are
 * decided when either has acknowledged the other's. */

bool both_sided(const struct handshake *h);

/* A SYN of who was called; false: it belongs to a new attempt. */
bool both_server_syn(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles);
/* A SYN-ACK of who called, with its number: it has seen a SYN of the other side. */
void both_client_synack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles);
void both_server_synack(struct handshake *h, unsigned *roles);
void both_client_ack(struct handshake *h, bool fits, nsec_t at, unsigned *roles);
void both_server_ack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles);

#endif
