/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CAPTURE_ATTEMPT_H
#define TESTS_UNIT_CAPTURE_ATTEMPT_H

#include "netprobe/capture/flow.h"
#include "netprobe/packet/frame.h"

#include <string.h>

/* Frames by hand: a client 10.0.0.1:40000 whose numbers begin at 1000, a server 10.0.0.2:80 whose
 * numbers begin at 5000. */
enum { CLIENT_PORT = 40000, SERVER_PORT = 80, CLIENT_ISN = 1000, SERVER_ISN = 5000 };

#define MS NSEC_PER_MSEC
#define S  NSEC_PER_SEC

static inline struct frame segment(
	enum side from, uint16_t flags, uint32_t sequence, uint32_t acknowledgment, uint32_t len)
{
	static const uint8_t ips[SIDES][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
	static const uint16_t ports[SIDES] = {CLIENT_PORT, SERVER_PORT};

	return (struct frame){
		.kind = FRAME_TCP,
		.ip = {.family = 4,
			.protocol = 6,
			.ttl = 64,
			.has_id = true,
			.source = ips[from],
			.destination = ips[other_side(from)]},
		.tcp = {.source_port = ports[from],
			.destination_port = ports[other_side(from)],
			.sequence = sequence,
			.acknowledgment = acknowledgment,
			.flags = flags,
			.window = 65535,
			.length = 20},
		.payload_captured = len,
		.payload_len = len,
	};
}

static inline struct frame syn_of(uint32_t isn)
{
	return segment(CLIENT, TCP_SYN, isn, 0, 0);
}

static inline struct frame syn(void)
{
	return syn_of(CLIENT_ISN);
}

static inline struct frame synack(void)
{
	return segment(SERVER, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1, 0);
}

static inline struct frame ack(void)
{
	return segment(CLIENT, TCP_ACK, CLIENT_ISN + 1, SERVER_ISN + 1, 0);
}

/* What refuses: it acknowledges the SYN. */
static inline struct frame refusal(void)
{
	return segment(SERVER, TCP_RST | TCP_ACK, 0, CLIENT_ISN + 1, 0);
}

static inline struct frame data(enum side from, uint32_t len)
{
	return from == CLIENT
		       ? segment(CLIENT, TCP_ACK | TCP_PSH, CLIENT_ISN + 1, SERVER_ISN + 1, len)
		       : segment(SERVER, TCP_ACK | TCP_PSH, SERVER_ISN + 1, CLIENT_ISN + 1, len);
}

static inline struct frame with_ttl(struct frame frame, uint8_t ttl)
{
	frame.ip.ttl = ttl;
	return frame;
}

static inline struct frame with_id(struct frame frame, uint16_t id)
{
	frame.ip.id = id;
	return frame;
}

static inline struct frame with_vlan(struct frame frame, uint16_t vlan)
{
	frame.vlan_count = 1;
	frame.vlans[0] = vlan;
	return frame;
}

static inline struct frame with_ports(struct frame frame, uint16_t client, uint16_t server)
{
	bool by_client = frame.tcp.source_port == CLIENT_PORT;

	frame.tcp.source_port = by_client ? client : server;
	frame.tcp.destination_port = by_client ? server : client;
	return frame;
}

static inline struct frame with_options(struct frame frame, const uint8_t *options, uint8_t len)
{
	frame.tcp.options = options;
	frame.tcp.options_len = len;
	frame.tcp.length = (uint8_t)(20 + len);
	return frame;
}

/* Numbers below 256 are enough; eight frames may be in use at a time. */
static inline struct frame with_timestamps(struct frame frame, uint8_t value, uint8_t echo)
{
	static uint8_t buffers[8][12];
	static unsigned turn;
	uint8_t *options = buffers[turn++ % 8];
	const uint8_t bytes[12] = {1, 1, 8, 10, 0, 0, 0, value, 0, 0, 0, echo};

	memcpy(options, bytes, sizeof bytes);
	return with_options(frame, options, sizeof bytes);
}

/* An ICMP error of 10.0.0.254 about a segment, of which `quoted` bytes of TCP are there. */
static inline struct frame icmp_about(
	const struct frame *about, uint8_t type, uint8_t code, unsigned quoted)
{
	static const uint8_t router[4] = {10, 0, 0, 254};
	struct frame frame = {
		.kind = FRAME_ICMP,
		.ip = {.family = 4,
			.protocol = 1,
			.ttl = 64,
			.source = router,
			.destination = about->ip.source},
	};

	frame.icmp = (struct icmp_packet){.type = type,
		.code = code,
		.quote = {.ip = about->ip, .has_ports = quoted >= 4, .has_sequence = quoted >= 8}};
	if (quoted >= 4) {
		frame.icmp.quote.source_port = about->tcp.source_port;
		frame.icmp.quote.destination_port = about->tcp.destination_port;
	}
	if (quoted >= 8)
		frame.icmp.quote.sequence = about->tcp.sequence;
	return frame;
}

#endif
