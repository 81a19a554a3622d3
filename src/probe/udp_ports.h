/* SPDX-License-Identifier: MIT */
#ifndef PROBE_UDP_PORTS_H
#define PROBE_UDP_PORTS_H

#include "netprobe/net/ports.h"

#include <stdbool.h>
#include <stdint.h>

/* A set of ports from two more sides: which cell a port is, and which are likeliest to be open.
 * Shared by all addresses that are asked the same ports. */
struct udp_port {
	uint16_t port;
	uint8_t questions; /* that its services answer; one more asking is an empty datagram */
	bool other_port;   /* one of them is answered from another port */
	uint32_t cell;
};

struct udp_ports {
	uint32_t count;
	uint32_t *order;         /* cells, the likeliest to be open first, or as they were named */
	struct udp_port *sorted; /* by port */
	uint32_t *others;        /* cells that may be answered from another port */
	uint32_t other_count;
	uint8_t *asks; /* by cell: ways of asking it, its questions and the empty datagram */
	unsigned refs;
};

struct udp_ports *udp_ports_new(const struct ports *ports, bool sequential);
struct udp_ports *udp_ports_share(struct udp_ports *p);
void udp_ports_free(struct udp_ports *p); /* when the last of those who share it does */

/* NULL where it is none of them. */
const struct udp_port *udp_ports_find(const struct udp_ports *p, uint16_t port);

#endif
