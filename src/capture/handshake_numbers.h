/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HANDSHAKE_NUMBERS_H
#define CAPTURE_HANDSHAKE_NUMBERS_H

#include "netprobe/capture/flow.h"
#include "netprobe/packet/frame.h"

/* Whether a segment's numbers are those that the handshake leads to expect. */

enum { REACH = 1 << 24 }; /* so far beyond its first number the first that was seen may be */

static inline bool within(uint32_t from, uint32_t number, uint32_t span)
{
	return number - from <= span;
}

static inline bool has(const struct frame *frame, unsigned flag)
{
	return frame->tcp.flags & flag;
}

/* With what it carried (RFC 7413) or without. */
static inline bool acknowledges_syn(const struct handshake *h, const struct frame *frame)
{
	return has(frame, TCP_ACK) &&
	       within(h->isn[CLIENT] + 1, frame->tcp.acknowledgment, h->syn_data);
}

/* Its place is behind the SYN of who sent it, which may have been acknowledged with its data. */
static inline bool follows_syn(const struct handshake *h, enum side from, const struct frame *frame)
{
	return h->knows_isn[from] && within(h->isn[from] + 1, frame->tcp.sequence, REACH);
}

/* Of SYN-ACKs with numbers of their own the nearer one is meant. */
static inline bool acknowledges_first(const struct handshake *h, uint32_t acknowledgment)
{
	return h->synack_retries > 0 &&
	       acknowledgment - h->first_isn < acknowledgment - h->isn[SERVER];
}

static inline bool acknowledges_server(const struct handshake *h, const struct frame *frame)
{
	uint32_t ack = frame->tcp.acknowledgment;
	uint32_t isn = acknowledges_first(h, ack) ? h->first_isn : h->isn[SERVER];

	return has(frame, TCP_ACK) && h->knows_isn[SERVER] && within(isn + 1, ack, REACH);
}

static inline void learn_isn(struct handshake *h, enum side side, uint32_t isn)
{
	h->isn[side] = isn;
	h->knows_isn[side] = true;
}

#endif
