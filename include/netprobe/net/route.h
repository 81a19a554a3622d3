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
	bool beyond;     /* who has the address is for somebody further on to know: a gateway, or
			    the other end of a link without link addresses */
	bool local;      /* the address is this machine's own */
	bool broadcast;  /* it is everybody's on a link of this machine */
	bool unresolved; /* its link address was asked for (ARP, ND) and nobody answered (so far) */
	bool missing;    /* it needs one, and the kernel has none: nobody asked for it, or it was
			    given up and forgotten (neighbours are many: arp(7), gc_thresh3) */
};

/* Looks up route and neighbour of `to`. Returns 0 or -errno: -ENETUNREACH and the like where there
 * is no way. */
int route_next_hop(const struct addr *to, struct next_hop *out);

bool route_is_broadcast(const struct addr *to);

/* True when the next hop towards `to` does not answer ARP or neighbour discovery (so far). */
bool route_is_unresolved(const struct addr *to);

/* The same of a neighbour that this machine has just tried to reach: true also when the kernel gave
 * it up and forgot it. */
bool route_is_unreached(const struct addr *to);

/* True when no router lies on the way: `to` is this machine's own, or on a link where addresses are
 * looked up. At the other end of a tunnel it may be far away. */
bool route_is_next_door(const struct addr *to);

#endif
