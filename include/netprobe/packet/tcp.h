/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_TCP_H
#define NETPROBE_PACKET_TCP_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* The flags of RFC 9293 (3.1), RFC 3168 (ECE, CWR) and RFC 9768 (AE). */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
	TCP_AE = 0x100,
};

enum { TCP_HEADER = 20 }; /* bytes, without options */

struct tcp_header {
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgment;
	uint16_t flags;
	uint16_t window, checksum, urgent;
	uint8_t length;         /* by the header, with its options: 20 to 60 */
	uint8_t options_len;    /* captured; tcp_options_whole() asks for all of them */
	const uint8_t *options; /* borrowed from the input */
};

/* Reads a header and leaves the cursor behind its options. False, and *out blank, when it is cut
 * before the options or claims less than 20 bytes. Options may be cut: that is no failure. */
bool tcp_parse(struct cursor *c, struct tcp_header *out);

/* False: the capture, or IP's fragments, cut them. */
static inline bool tcp_options_whole(const struct tcp_header *h)
{
	return h->options_len + TCP_HEADER >= h->length;
}

/* Kinds of options, by IANA's numbers. */
enum tcp_option {
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_MSS = 2,
	TCP_OPTION_WSCALE = 3,
	TCP_OPTION_SACK_PERMITTED = 4,
	TCP_OPTION_SACK = 5,
	TCP_OPTION_TIMESTAMPS = 8,
	TCP_OPTION_MPTCP = 30,
	TCP_OPTION_TFO = 34,
	TCP_OPTION_EXPERIMENT = 254,
};

/* The options that a handshake agrees on: RFC 9293 (MSS), RFC 7323 (window scale, timestamps), RFC
 * 2018 (SACK), RFC 7413 (fast open; also its experimental kind 254 with 0xf989), RFC 8684 (MPTCP).
 */
struct tcp_options {
	bool has_mss, has_wscale, sack_permitted, has_timestamps, has_tfo, has_mptcp;
	bool malformed; /* a length that cannot be; what stands before it counts */
	uint16_t mss;
	uint8_t wscale; /* as sent; above 14 counts as 14 (RFC 7323, 2.3) */
	uint32_t tsval, tsecr;
};

void tcp_options_parse(const uint8_t *options, uint8_t len, struct tcp_options *out);

/* Sequence numbers wrap (RFC 9293, 3.4): the distance from `from` to `to`. */
static inline int32_t tcp_distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

#endif
