/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HANDSHAKE_REFUSAL_H
#define CAPTURE_HANDSHAKE_REFUSAL_H

#include "netprobe/capture/tracker.h"

/* A RST, which refuses the attempt, breaks it off, or is stray. */
void handshake_reset(
	struct handshake *h, enum side from, const struct frame *frame, nsec_t at, unsigned *roles);

#endif
