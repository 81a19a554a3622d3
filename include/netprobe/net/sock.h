/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_SOCK_H
#define NETPROBE_NET_SOCK_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Non-blocking TCP sockets with the error queue switched on (IP_RECVERR, IPV6_RECVERR before
 * connect(): since Linux 5.8 TCP queues the ICMP errors that its SYN meets, with their sender; no
 * privilege needed).
 */
int sock_tcp_open(int family); /* 4 or 6; the descriptor (O_CLOEXEC), or -errno */

/* A non-blocking UDP socket with the error queue and the kernel's stamps of what leaves and comes
 * (SO_TIMESTAMPING); of family 6 it is for IPv6 alone. The descriptor, or -errno. */
int sock_udp_open(int family);

/*
 * connect(2) as a state machine. The first call starts: -EINPROGRESS, or a local -errno at once.
 * Called again it tells: 0 established, -EALREADY still on its way, -ECONNREFUSED and the like:
 * over. After a failure was told the same socket can start again, which saves socket(),
 * setsockopt(), epoll_ctl() and close() per probe.
 */
int sock_connect(int fd, const struct addr *to);

/* Small writes leave at once (TCP_NODELAY): in a dialogue each waits for its answer. */
void sock_set_nodelay(int fd);

/* What was received is acknowledged at once (TCP_QUICKACK), until the kernel changes its mind: a
 * server that waits for the acknowledgement before it goes on (Nagle's algorithm) would be measured
 * 40 ms slower than it is. */
void sock_acknowledge(int fd);

/* Makes the socket ready for another sock_connect(), whatever its state: an attempt under way ends
 * silently, an established connection with a RST, so that no TIME_WAIT stays here and nothing
 * half-open there. 0 or -errno. */
int sock_disconnect(int fd);

/* Hops that packets of the socket may take (IP_TTL, IPV6_UNICAST_HOPS). 0 or -errno. */
int sock_set_ttl(int fd, int family, int ttl);

/* An ICMP error from the queue. */
struct sock_error {
	struct addr from;   /* who sent it; family 0 when not known */
	uint16_t port;      /* destination port of the packet that it quotes */
	uint8_t type, code; /* ICMP's or ICMPv6's */
	int err;            /* errno that the kernel derived */
	nsec_t arrived;     /* kernel's stamp, wall clock; 0 when there is none */
	uint32_t mtu; /* of the next hop, with fragmentation-needed and packet-too-big; else 0 */
};

/* Takes the next ICMP error; false when there is none (left). Stamps of departures that lie before
 * it are taken along: the last of them goes to *wire (wall clock) where `wire` is not NULL. */
bool sock_next_error(int fd, struct sock_error *out, nsec_t *wire);

/* Takes the next datagram of a connected UDP socket. Returns its length, -EAGAIN when there is
 * none, or another -errno, of an ICMP error that the queue holds too. *arrived: the kernel's stamp,
 * 0 where there is none. */
ssize_t sock_receive(int fd, void *bytes, size_t room, nsec_t *arrived);

/* What TCP_INFO knows of the handshake. */
struct sock_handshake {
	nsec_t rtt;            /* the kernel's measure of SYN to SYN-ACK; 0 if none */
	unsigned resent;       /* SYNs that were made again (tcpi_total_retrans) */
	unsigned resent_alive; /* of these, those that the stack really let out (tcpi_retrans) */
};

int sock_handshake(int fd, struct sock_handshake *out); /* 0 or -errno; blanks *out first */

int sock_local_addr(int fd, struct addr *out); /* getsockname(2); 0 or -errno */

#endif
