/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_FRAME_H
#define NETPROBE_PACKET_FRAME_H

#include "netprobe/packet/ip.h"
#include "netprobe/packet/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a captured frame begins. */
enum link_type {
	LINK_UNKNOWN,
	LINK_ETHERNET,
	LINK_COOKED,  /* Linux "any", version 1 */
	LINK_COOKED2, /* version 2: knows the interface */
	LINK_RAW,     /* IP, the version by its first bits */
	LINK_NULL,    /* BSD loopback: an address family in the byte order of who captured */
	LINK_LOOP,    /* the same in network order */
	LINK_PPP,
	LINK_TYPES
};

/* What the innermost packet that can be read is. */
enum frame_kind {
	FRAME_UNKNOWN, /* nothing that is known to it */
	FRAME_ARP,
	FRAME_IP,       /* a protocol that is none of these */
	FRAME_FRAGMENT, /* of IP, and not the first */
	FRAME_TCP,
	FRAME_UDP,
	FRAME_ICMP, /* or ICMPv6: ip.family tells */
};

enum frame_flaw {
	FRAME_WHOLE,
	FRAME_CUT,       /* by the snap length, or by IP's fragments: a header is not all there */
	FRAME_MALFORMED, /* a header cannot be what it claims, or the frame ends within it */
};

/* What a packet was packed into. */
enum tunnel { TUNNEL_NONE, TUNNEL_IPIP, TUNNEL_GRE, TUNNEL_VXLAN, TUNNEL_GENEVE };

struct udp_header {
	uint16_t source_port, destination_port;
	uint16_t length; /* with its 8 bytes */
	uint16_t checksum;
};

/* An ICMP error's quote of the packet that it is about, as far as it reaches. */
struct icmp_quote {
	struct ip_header ip; /* family 0: none */
	bool has_ports;      /* 4 bytes of transport header were quoted */
	bool has_sequence;   /* 8, of TCP */
	uint16_t source_port, destination_port;
	uint32_t sequence;
};

struct icmp_packet {
	uint8_t type, code;
	uint16_t id, sequence; /* of echoes */
	uint32_t mtu;          /* of "too big" and "fragmentation needed", else 0 */
	struct icmp_quote quote;
};

struct arp_packet {
	uint16_t operation; /* 1 request, 2 reply */
	uint8_t sender_mac[6];
	uint8_t sender_ip[4], target_ip[4];
};

/* Everything is borrowed from the bytes of the frame. Fields of what it is not are not set. */
struct frame {
	enum frame_kind kind;
	enum frame_flaw flaw;
	uint8_t vlan_count; /* 802.1Q tags, the outer first; more than two are counted only */
	uint16_t vlans[2];  /* ids */
	uint8_t mpls_count; /* labels */
	bool pppoe;
	bool outgoing, incoming; /* cooked frames know */
	bool to_others;          /* and that it came in for another machine */
	enum tunnel tunnel;
	uint32_t tunnel_id;  /* VNI, or GRE's key */
	uint16_t ethertype;  /* of the innermost link header; 0 where there was none */
	struct ip_header ip; /* from FRAME_IP on; else its family is 0 */
	union {
		struct tcp_header tcp;
		struct udp_header udp;
		struct icmp_packet icmp;
		struct arp_packet arp;
	};
	const uint8_t *payload; /* of TCP and UDP */
	uint32_t payload_captured;
	uint32_t payload_len; /* by the headers, which may be more */
};

/* Goes through the link header, tags, labels and PPPoE, then IP, and into IP-in-IP, GRE, VXLAN and
 * GENEVE one level deep (a second level stays FRAME_IP or FRAME_UDP). Where what is carried cannot
 * be read, everything is told of its carrier, as if there was no tunnel. `wire_len` is the length
 * it had before it was cut to `len`. */
void frame_parse(
	enum link_type link, const uint8_t *bytes, size_t len, size_t wire_len, struct frame *out);

#endif
