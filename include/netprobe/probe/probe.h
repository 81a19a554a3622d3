/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_PROBE_H
#define NETPROBE_PROBE_PROBE_H

#include "netprobe/probe/result.h"

/* What a probe's function found. */
enum probe_event {
	PROBE_WAITING,  /* nothing yet */
	PROBE_ANSWERED, /* *out says what */
	PROBE_TROUBLE,  /* this machine could not do it now: out->err; ask again later */
};

/*
 * One way of asking a port: a constant table of functions over one descriptor. Retries, deadlines,
 * pacing and loss are the engine's; a probe knows only its protocol.
 */
struct probe {
	const char *name; /* "tcp" */
	int protocol;     /* IPPROTO_TCP */
	uint32_t events;  /* what the loop watches the descriptor for */

	int (*prepare)(int family); /* a descriptor, or -errno */
	enum probe_event (*send)(int fd, const struct addr *to, struct answer *out);
	enum probe_event (*match)(
		int fd, const struct addr *to, struct answer *out); /* the descriptor is ready */

	/* The deadline came: what does the silence mean? Always an answer; one of state
	 * PORT_PENDING and REASON_LOCAL is a suspicion: this machine did not let the probe out, by
	 * a rule or for want of room; two in a row make it a rule. */
	void (*explain)(int fd, struct answer *out);

	/* Ready for the next send(), whatever the state; 0 or -errno (then the descriptor is
	 * closed). `out` is the answer that ended the probe, NULL for none. */
	int (*reset)(int fd, const struct answer *out);
};

/* Long enough that the kernel sends its SYN again (after 1 s, RFC 6298), which is when it becomes
 * visible whether our own firewall or an unanswered ARP request keeps it here. */
#define PROBE_LONG_WAIT (1200 * NSEC_PER_MSEC)

extern const struct probe probe_tcp_connect;
extern const struct probe probe_udp; /* an empty datagram, which not every service answers */

#endif
