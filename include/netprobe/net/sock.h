/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_SOCK_H
#define NETPROBE_NET_SOCK_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Non-blocking TCP sockets with the error queue switched on (IP_RECVERR, IPV6_RECVERR before
 * connect(): since Linux 5.8 TCP queues the ICMP errors that its SYN meets, with their sender; no
 * privilege needed).
 */
int sock_tcp_open(int family); /* 4 or 6; the descriptor (O_CLOEXEC), or -errno */

/*
 * connect(2) as a state machine. The first call starts: -EINPROGRESS, or a local -errno at once.
 * Called again it tells: 0 established, -EALREADY still on its way, -ECONNREFUSED and the like:
 * over. After a failure was told the same socket can start again, which saves socket(),
 * setsockopt(), epoll_ctl() and close() per probe.
 */
int sock_connect(int fd, const struct addr *to);

/* Makes the socket ready for another sock_connect(), whatever its state: an attempt under way ends
 * silently, an established connection with a RST, so that no TIME_WAIT stays here and nothing
 * half-open there. 0 or -errno. */
int sock_disconnect(int fd);

/* An ICMP error from the queue. */
struct sock_error {
	struct addr from;   /* who sent it; family 0 when not known */
	uint16_t port;      /* destination port of the packet that it quotes */
	uint8_t type, code; /* ICMP's or ICMPv6's */
	int err;            /* errno that the kernel derived */
};

/* Takes the next ICMP error; false when there is none (left). */
bool sock_next_error(int fd, struct sock_error *out);

/* What TCP_INFO knows of the handshake. */
struct sock_handshake {
	nsec_t rtt;            /* the kernel's measure of SYN to SYN-ACK; 0 if none */
	unsigned resent;       /* SYNs that were made again (tcpi_total_retrans) */
	unsigned resent_alive; /* of these, those that the stack really let out (tcpi_retrans) */
};

int sock_handshake(int fd, struct sock_handshake *out); /* 0 or -errno; blanks *out first */

int sock_local_addr(int fd, struct addr *out); /* getsockname(2); 0 or -errno */

#endif
