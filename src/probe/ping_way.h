/* SPDX-License-Identifier: MIT */
#ifndef PROBE_PING_WAY_H
#define PROBE_PING_WAY_H

#include "netprobe/probe/flights.h"
#include "netprobe/probe/pinger.h"

/*
 * How a question is put. The pinger decides when; a way sends, recognises what comes back, and
 * tells the pinger by the functions below, under the number of the flight.
 */
struct ping_way_functions {
	/* Puts the question to the flight's host. 0; -EAGAIN: no room here now, and nothing was
	 * done. What is refused later is told by pinger_failed(). */
	int (*ask)(struct ping_way *way, uint64_t number, struct flight *f);
	bool (*flush)(struct ping_way *way); /* what waits goes out; false: no room now */

	/* Takes what has come. False: more is there. */
	bool (*receive)(struct ping_way *way);

	/* Wakes the loop for what comes from now on; else receive() is called often enough. */
	void (*watch)(struct ping_way *way);

	void (*leave)(struct ping_way *way, struct flight *f); /* its answer is not waited for */
	uint64_t (*dropped)(struct ping_way *way);             /* by our own buffers, so far */
	void (*free)(struct ping_way *way);
};

struct ping_way {
	const struct ping_way_functions *call;
	struct pinger *pinger; /* set by it */
	nsec_t warm_up;        /* before the first probe */
};

struct flights *pinger_flights(struct pinger *p);

/* The kernel's stamp of a probe's departure; `low`: 32 bits of its number. */
void pinger_departed(struct pinger *p, uint32_t low, nsec_t wire);

/* `r->sequence`, duplicate and late are filled in there. */
void pinger_answered(struct pinger *p, uint64_t number, struct ping_reply *r);
void pinger_failed(struct pinger *p, uint64_t number, struct ping_error *e);
void pinger_foreign(struct pinger *p); /* it was for somebody else, or forged */

#endif
