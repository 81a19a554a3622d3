/* SPDX-License-Identifier: MIT */
#ifndef PROBE_SLOTS_H
#define PROBE_SLOTS_H

#include "netprobe/event/loop.h"
#include "netprobe/probe/host.h"
#include "netprobe/probe/probe.h"

/* A descriptor that asks one port after the other. */
struct slot {
	struct watch watch;
	struct timer timer;
	struct host *host; /* NULL: idle */
	uint32_t cell;
	int fd;
	uint8_t family;
	uint8_t attempt;
	bool overdue; /* its timeout has passed, it waits on for PROBE_LONG_WAIT */
	bool patient; /* was given time for ARP or ND to fail */
	bool listens; /* to what a router may say of an address that nobody has */
	nsec_t sent, deadline;
	struct slot *next_idle;
	struct slot *earlier, *later; /* of those that listen */
	void *engine;
};

/* Sockets in use and idle, made on demand up to a bound. */
struct slots {
	struct loop *loop;
	const struct probe *probe;
	void *engine;
	void (*ready)(struct watch *watch, uint32_t events, nsec_t now);
	void (*expired)(struct timer *timer, nsec_t now);
	struct slot *idle[2]; /* IPv4, IPv6 */
	struct slot **all;
	unsigned count, room, bound;
	bool at_file_limit; /* the system gave less than the bound */
};

/* An idle slot for `family`, or NULL with *err 0 (bound reached) or -errno. */
struct slot *slots_take(struct slots *s, int family, int *err);

/* Gives a slot back; `end` is the answer that ended its probe, NULL for none. */
void slots_give(struct slots *s, struct slot *slot, const struct answer *end);
void slots_release(struct slots *s); /* closes and frees all */

#endif
