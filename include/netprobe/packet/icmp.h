/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_ICMP_H
#define NETPROBE_PACKET_ICMP_H

#include <stdint.h>

/* What an ICMP error says of the packet that it quotes. */
enum icmp_meaning {
	ICMP_MEANS_NOTHING,    /* too big, reassembly: no word about reachability */
	ICMP_MEANS_NO_WAY,     /* host, net or address unreachable, no route, a loop */
	ICMP_MEANS_NO_PORT,    /* port (or protocol) unreachable */
	ICMP_MEANS_PROHIBITED, /* somebody's policy forbids it */
};

/* `family` is 4 or 6; numbers are those of RFC 792, RFC 1122 (3.2.2.1), RFC 1812 (5.2.7.1), RFC
 * 4443 (3.1). */
enum icmp_meaning icmp_meaning(int family, uint8_t type, uint8_t code);

/* "port-unreachable", "admin-prohibited", ...; "unknown" for what has no name. */
const char *icmp_name(int family, uint8_t type, uint8_t code);

/* The words that ping(8) uses and scripts look for: "Destination Host Unreachable", "Time to live
 * exceeded", ...; for what has none, those of its type. Never NULL. */
const char *icmp_text(int family, uint8_t type, uint8_t code);

#endif
