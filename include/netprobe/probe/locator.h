/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_LOCATOR_H
#define NETPROBE_PROBE_LOCATOR_H

#include "netprobe/event/loop.h"
#include "netprobe/net/addr.h"
#include "netprobe/probe/result.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Where packets to a port are dropped: sends SYNs by connect(2), or datagrams, with small TTLs, and
 * reads from the error queue who let them expire (ICMP time exceeded), without privilege. A router
 * lets a packet expire before it looks whether to forward it, so the one that drops it may still
 * answer: it was dropped there, or on the way to the next, or the next ones keep silent.
 *
 * How far the target is show ports of it that answer. Over TCP a firewall on the way, or our own,
 * answers in the target's name: it rejects with a RST that only looks as if it came from there, so
 * a port may seem nearer than the target is, but none seems farther. Of several the farthest counts
 * therefore, and it is told only if an open port or two ports answer from there: who rejects does
 * not accept, and rarely rejects all. That nothing is between (distance 1) says only the route, or
 * an open port and another: what our own firewall rejects comes back from there, whatever the port.
 * And no packet to a silent port may expire as far away as that.
 */
struct locator;

struct whereabouts {
	struct addr last; /* of the last hop that answered; family 0: none did */
	unsigned hop;     /* its distance; 0 with family 0 */
	unsigned hops;    /* distance of the target; 0: not known for sure */
	unsigned seen;    /* the farthest hop that lets itself be seen on the way to the port that
			   * answers; 0: none, or no such port. Beyond `hop`: silence there means
			   * something. */
	bool proved;      /* no limit of ICMP errors can have made the hops behind keep silent */
	struct addr withheld; /* a hop that spoke of another port of the address, and may have been
			       * kept from it by a limit here: `last` is not where this one ends;
			       * family 0: nobody */
	struct answer answer; /* an answer of the target, or an ICMP error of somebody, settles the
			       * port; reason REASON_NONE: none came */
};

enum { LOCATOR_ANSWERING = 5 };

struct locator_question {
	struct addr to; /* with the port that is silent */
	int protocol;   /* IPPROTO_TCP or IPPROTO_UDP: of both ports */
	/* Ports of the same address that answer, open or closed, or may do so; 0 ends them. They
	 * are asked in their order until the distance is certain, or one keeps silent. */
	uint16_t answering[LOCATOR_ANSWERING];
	void *user;
};

enum { LOCATOR_HOPS_MAX = 32 };

struct locator_options {
	unsigned parallel; /* addresses that are looked at at once, until a limit of errors is met;
			    * 0: 16
			    */
	nsec_t timeout;    /* for one packet; 0: from the round-trip time, 1 s at the most */
	double rate;       /* packets a second in all; 0: no limit */
	nsec_t delay;      /* least time between two packets to one address */
	unsigned tries;    /* for each distance; 0: 3. Routers limit their errors (icmp(7)): the one
			    * before the last takes a second, and has several packets where the hop
			    * is known to speak, since other flows may go other ways */
};

/* `found` may ask more. */
struct locator *locator_new(struct loop *loop, const struct locator_options *options,
	void (*found)(void *user, const struct locator_question *q, const struct whereabouts *w),
	void *user);
void locator_free(struct locator *l);

/* Copied. Questions about one address are asked beside each other, and answered in their order when
 * the last of these is: what is heard of one holds for the others. Its distance is kept meanwhile.
 */
void locator_ask(struct locator *l, const struct locator_question *q);
/* A router's ICMP error came to somebody else: for a while it may not have another. And ports that
 * were silent may be such that it rejects. */
void locator_heard(struct locator *l);
void locator_stop(struct locator *l); /* nothing more is sent, `found` not called any more */

#endif
