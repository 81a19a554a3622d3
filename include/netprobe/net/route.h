/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_ROUTE_H
#define NETPROBE_NET_ROUTE_H

#include "netprobe/net/addr.h"

#include <stdbool.h>

/* The kernel's answers to "how would a packet get there?", through rtnetlink(7), without privilege.
 */
struct next_hop {
	struct addr neighbour; /* the gateway, or the address itself when it is on the link */
	unsigned interface;    /* index */
	bool gateway;
	bool local;      /* the address is this machine's own */
	bool unresolved; /* its link address was asked for (ARP, ND) and nobody answered (so far) */
};

/* Looks up route and neighbour of `to`. Returns 0 or -errno: -ENETUNREACH and the like where there
 * is no way. */
int route_next_hop(const struct addr *to, struct next_hop *out);

/* True when the next hop towards `to` does not answer ARP or neighbour discovery (so far). */
bool route_is_unresolved(const struct addr *to);

#endif
