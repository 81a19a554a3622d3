/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_UDP_ENGINE_H
#define NETPROBE_PROBE_UDP_ENGINE_H

#include "netprobe/event/loop.h"
#include "netprobe/probe/engine.h"

/*
 * Asks UDP ports. Silence is what most of them answer, so the address is asked in four steps:
 * CALIBRATE  ports that are almost surely closed (random ones of `controls` that are not asked
 * about): does the address send port-unreachable, how many at once, how soon again
 * (probe/icmp_budget); SWEEP      every port, with each question that its services answer (query/),
 * at the pace of the network: what replies is open, whatever the budget of ICMP errors; PROVE the
 * silent ones again, the likeliest to be open first, at the pace of the budget: a port-unreachable
 * proves a port closed; silence, while a control port that was asked in the same instant is
 * answered, is evidence of open|filtered, and two such make it; DONE       after `icmp_wait` for an
 * address the rest is open|filtered, with less confidence.
 *
 * One unconnected socket a family (net/dgram) asks them all: thousands of ports wait for late
 * answers without a descriptor each, answers from another port (TFTP) are heard, and ICMP errors
 * come with the destination that they quote. The kernel hands over what comes to the port from
 * anywhere, so an answer counts only from an address and port that was asked, and where the
 * protocol can tell, with its token.
 *
 * Targets, events and status are those of the other engine (engine.h).
 */
struct udp_engine;

struct udp_engine_options {
	double rate;    /* datagrams a second in all; 0: no limit of its own */
	nsec_t timeout; /* longest wait for an answer; 0: from the round-trip time, 1 s at first */
	nsec_t delay;   /* least time between two datagrams to one address */
	unsigned retries; /* how often a question without an answer is asked again in SWEEP */
	nsec_t icmp_wait; /* how long PROVE may take for an address; 0: nothing is proved */
	uint64_t seed;
	bool sequential;
	/* That may be asked though nobody wants to know of them; borrowed. NULL: all above 49151;
	 * empty: only ports that were asked and are closed, so that without one silence proves
	 * nothing. */
	const struct ports *controls;
};

/* NULL with errno: no socket could be had. Borrows the loop and takes its send part. */
struct udp_engine *udp_engine_new(struct loop *loop, const struct udp_engine_options *options,
	const struct engine_events *events);
void udp_engine_free(struct udp_engine *e);
void udp_engine_stop(struct udp_engine *e); /* as engine_stop() */
void udp_engine_status(const struct udp_engine *e, struct engine_status *out);

#endif
