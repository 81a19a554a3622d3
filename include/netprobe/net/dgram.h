/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_DGRAM_H
#define NETPROBE_NET_DGRAM_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"
#include "netprobe/net/sock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A datagram or raw socket, many packets a system call (sendmmsg(2), recvmmsg(2)), with all that
 * the kernel can tell of each: when it left and came (SO_TIMESTAMPING), which ICMP error it met
 * (IP_RECVERR), its TTL, and how many found no room in our own buffer (the counter of SO_RXQ_OVFL,
 * by SO_MEMINFO).
 */
struct dgram;

enum { DGRAM_BATCH = 64 };

enum dgram_pmtudisc {
	DGRAM_PMTU_DEFAULT,
	DGRAM_PMTU_DO,
	DGRAM_PMTU_WANT,
	DGRAM_PMTU_DONT,
	DGRAM_PMTU_PROBE
};

struct dgram_options {
	int family;      /* 4 or 6 */
	size_t size;     /* of the largest packet, without IP header */
	bool has_header; /* packets come with their IPv4 header: raw sockets */
	bool has_ports;  /* addresses go with their ports, both ways: UDP sockets */
	/* For what comes, and for what leaves (packets wait in it while ARP is unanswered), in
	 * bytes, as far as the system allows; 0: the system's. */
	size_t buffer;
	int ttl; /* 0: the system's */
	int tos; /* -1: the system's; traffic class in IPv6 */
	enum dgram_pmtudisc pmtudisc;
	const char *interface; /* to be bound to, NULL for none */
	struct addr source;    /* to be bound to; family 0 for none */
};

/* Takes the descriptor over, on failure too. NULL with errno set where an option is refused. */
struct dgram *dgram_new(int fd, const struct dgram_options *options);
void dgram_free(struct dgram *d);
int dgram_fd(const struct dgram *d);

/* Raw ICMP sockets: only echo replies with this identifier come in; the others do not even take
 * room in the buffer. 0 or -errno. */
int dgram_keep_echo_replies(struct dgram *d, uint16_t id);

/*
 * Where the next packet is to be written: room for `size` bytes; NULL while DGRAM_BATCH of them
 * wait to be sent. dgram_queue() then says how long it is, where it goes, and under which key its
 * stamp and its outcome are told.
 */
uint8_t *dgram_slot(struct dgram *d);
void dgram_queue(struct dgram *d, const struct addr *to, size_t len, uint32_t key);

/* What the kernel refused at once: no route, a rule of our own firewall, too long, ... */
struct dgram_failure {
	uint32_t key;
	int err;
};

/*
 * Sends what waits. Returns true when all is gone or refused, false when the kernel has no room
 * now: the rest waits for the next call. The refused go to `failures`, *count of them.
 */
bool dgram_flush(struct dgram *d, struct dgram_failure failures[static DGRAM_BATCH], size_t *count);

/* Of what waits after dgram_flush() the first, and why: EAGAIN where the socket's own buffer is
 * full, ENOBUFS or ENOMEM where the system refused it. dgram_give_up() takes it out. */
struct dgram_failure dgram_waiting(const struct dgram *d);
void dgram_give_up(struct dgram *d);

enum dgram_kind {
	DGRAM_DATA,
	DGRAM_STAMP, /* a packet of ours left: `key` */
	DGRAM_ERROR, /* an ICMP error came: `error`, and as much as is quoted of our packet */
	DGRAM_LOCAL, /* this machine refused a packet: `error.err`, `error.mtu` */
};

/* Valid until the next call of the same kind. */
struct dgram_packet {
	enum dgram_kind kind;
	struct addr peer; /* who sent it; with an error: where our packet went */
	const uint8_t *bytes;
	size_t len;   /* as much as there was room for */
	size_t whole; /* what came, of sockets that tell (UDP, raw); errors: the same as len */
	nsec_t stamp; /* of the kernel, wall clock; 0 when there is none */
	int ttl;      /* -1 when not told */
	uint32_t key;
	struct sock_error error;
};

/* Up to DGRAM_BATCH packets, none waited for. Returns how many came: less than that means that no
 * more were there. */
size_t dgram_receive(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH]);
size_t dgram_receive_errors(struct dgram *d, struct dgram_packet out[static DGRAM_BATCH]);

/* How many packets found no room in our receive buffer since dgram_new(). */
uint64_t dgram_dropped(struct dgram *d);

#endif
