/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CAPTURE_SEGMENTS_H
#define TESTS_UNIT_CAPTURE_SEGMENTS_H

#include "netprobe/capture/tracker.h"

#include <string.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

/* Stories are told by position as far as they go. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One segment of a story: who, when, what. What is not named is 0. */
struct told {
	enum side from;
	nsec_t at;
	unsigned flags;
	uint32_t seq, ack, len;
	unsigned window;
	bool shut; /* a window of 0; without it one that is not named is 1000 */
	uint32_t id;
	uint8_t ttl; /* 0: 64 */
	uint32_t interface;
	bool in, out, others;
	uint16_t checksum;
	const uint8_t *options;
	uint8_t options_len;
};

enum { SYN = TCP_SYN, ACK = TCP_ACK, FIN = TCP_FIN, RST = TCP_RST, PSH = TCP_PSH };

#define C CLIENT
#define S SERVER

static inline struct frame frame_of(const struct told *t)
{
	static const uint8_t source[4] = {192, 0, 2, 1}, destination[4] = {192, 0, 2, 2};
	struct frame f = {.kind = FRAME_TCP, .payload_len = t->len};

	f.ip = (struct ip_header){.family = 4, .protocol = 6, .ttl = t->ttl ? t->ttl : 64};
	f.ip.has_id = true;
	f.ip.id = t->id;
	f.ip.source = source;
	f.ip.destination = destination;
	f.incoming = t->in;
	f.outgoing = t->out;
	f.to_others = t->others;
	f.tcp.flags = (uint16_t)t->flags;
	f.tcp.sequence = t->seq;
	f.tcp.acknowledgment = t->ack;
	f.tcp.window = (uint16_t)(t->shut ? 0 : t->window ? t->window : 1000);
	f.tcp.checksum = t->checksum;
	f.tcp.options = t->options;
	f.tcp.options_len = t->options_len;
	f.tcp.length = (uint8_t)(20 + t->options_len);
	return f;
}

/* As the tracker makes one: nothing seen of its handshake. */
static inline struct flow new_flow(void)
{
	struct flow f = {.id = 1};

	f.handshake.first_syn = f.handshake.last_syn = f.handshake.answered_syn = NOT_SEEN;
	f.handshake.synack = f.handshake.last_synack = f.handshake.ack = NOT_SEEN;
	f.handshake.answer = NOT_SEEN;
	return f;
}

static inline void set_rtt(struct flow *f, nsec_t rtt)
{
	f->handshake.first_syn = f->handshake.answered_syn = 0;
	f->handshake.synack = rtt / 2;
	f->handshake.ack = rtt;
}

#endif
