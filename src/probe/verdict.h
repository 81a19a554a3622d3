/* SPDX-License-Identifier: MIT */
#ifndef PROBE_VERDICT_H
#define PROBE_VERDICT_H

#include "netprobe/net/sock.h"
#include "netprobe/probe/probe.h"

/* What the probes that use a connected socket conclude alike. */

enum probe_event verdict(struct answer *out, enum port_state state, enum port_reason reason);

/* Of a call that was refused at once with `err`, without a packet from anywhere. */
enum probe_event verdict_refused(int err, struct answer *out);

/* Of an ICMP error that our packet to `to` met; our own firewall and an unanswered ARP or ND
 * request make themselves known by errors from our own address. */
enum probe_event verdict_icmp(
	int fd, const struct addr *to, const struct sock_error *e, struct answer *out);

#endif
