/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_SOCKETS_H
#define CMD_PING_SOCKETS_H

#include "ping_options.h"

#include "netprobe/net/dgram.h"

/* The ICMP sockets of a ping, for IPv4 and IPv6. */
struct ping_sockets {
	struct addr source;      /* -I ADDRESS: given by the caller; family 0 for none */
	struct dgram *dgrams[2]; /* NULL: the family was not asked for, or this machine lacks it */
	bool raw[2];             /* else the kernel chooses the identifier */
	uint16_t id;             /* of raw sockets */
};

/* To be called before priv_drop(). What cannot be had is said. 0 or -errno; what is open then is
 * the caller's to free. */
int ping_sockets_open(
	struct ping_sockets *s, const struct ping_options *o, const struct ping_request *request);

#endif
