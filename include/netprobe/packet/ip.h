/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_IP_H
#define NETPROBE_PACKET_IP_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* IANA's numbers. */
enum ip_protocol {
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_GRE = 47,
	PROTOCOL_ICMPV6 = 58,
};

/* What is used of an IPv4 (RFC 791) or IPv6 header (RFC 8200); the addresses are borrowed from the
 * input, 4 or 16 bytes. */
struct ip_header {
	uint8_t family;   /* 4 or 6, from the version field */
	uint8_t protocol; /* behind IPv6 extension headers */
	uint8_t ttl;      /* or hop limit */
	uint16_t length;  /* of the payload by the header; a quote may hold less. 0 also for what is
			     longer than 65,535 (segmentation offload) */
	bool has_id;      /* IPv6 has one in fragments only */
	bool fragment;    /* not the first: what follows is no transport header */
	bool more;        /* fragments follow */
	uint16_t offset;  /* of a fragment, in bytes */
	uint32_t id;
	const uint8_t *source, *destination;
};

/* Reads a header with its options or extension headers and leaves the cursor at the payload. False,
 * and *out blank, for what is no IP header or is cut short. A quoted packet may be shorter than its
 * `length`: that is no failure. */
bool ip_parse(struct cursor *c, struct ip_header *out);

/* 0: none, also where it has one; Linux gives that to what it sends without a socket. */
static inline uint16_t ip_id(const struct ip_header *ip)
{
	return ip->has_id ? (uint16_t)ip->id : 0;
}

#endif
