/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_ADDR_H
#define NETPROBE_NET_ADDR_H

#include "netprobe/base/permute.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * One value for an address of either family, with zone and port. Compare with the functions below,
 * never with memcmp: the unused bytes of an IPv4 address are zero, but the struct has room between
 * its members.
 */
struct addr {
	uint8_t family; /* 4, 6, or 0 for none */
	uint16_t port;  /* host order; 0 for none */
	uint32_t scope; /* interface index of a link-local IPv6 address, else 0 */
	uint8_t ip[16]; /* network order; IPv4 in the first four */
};

/* Longest text: [v6%zone]:port with a zone of IF_NAMESIZE. */
enum { ADDR_TEXT_MAX = INET6_ADDRSTRLEN + 16 + sizeof "[%]:65535" };

/*
 * Parses exactly one literal of `len` bytes: dotted quad (four decimal parts, no leading zeros) or
 * IPv6 (RFC 4291, with %zone by name or number as in RFC 4007; brackets allowed). Port 0 results.
 * Returns 0, ERR_EMPTY, ERR_ADDRESS, ERR_TOO_LONG or ERR_ZONE; *out is blanked first.
 */
int addr_parse(const char *text, size_t len, struct addr *out);

/* Canonical text (RFC 5952), without and with the port: "10.0.0.1", "fe80::1%eth0"; "10.0.0.1:80",
 * "[::1]:80". Returns out. */
const char *addr_text(const struct addr *a, char out[static ADDR_TEXT_MAX]);
const char *addr_port_text(const struct addr *a, char out[static ADDR_TEXT_MAX]);

/* Order by family, address, zone; addr_same() ignores the port, and the zone where either has none.
 */
int addr_compare(const struct addr *a, const struct addr *b);
bool addr_same(const struct addr *a, const struct addr *b);
uint64_t addr_hash(const struct addr *a, uint64_t seed); /* of what addr_compare() looks at */

unsigned addr_bits(const struct addr *a);      /* 32 or 128 */
u128 addr_number(const struct addr *a);        /* the address as a number */
void addr_set_number(struct addr *a, u128 ip); /* keeps family, zone and port */
bool addr_is_link_local(const struct addr *a); /* 169.254/16, fe80::/10 */
bool addr_takes_zone(const struct addr *a);    /* IPv6 that is confined to a link or an interface */
/* An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) as the IPv4 one it is; else the same. */
struct addr addr_plain(const struct addr *a);

int addr_af(const struct addr *a); /* AF_INET or AF_INET6 */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out);
/* Families other than AF_INET and AF_INET6 give family 0. IPv4-mapped IPv6 stays IPv6. */
void addr_from_sockaddr(struct addr *out, const struct sockaddr *sa);

#endif
