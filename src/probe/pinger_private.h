/* SPDX-License-Identifier: MIT */
#ifndef PROBE_PINGER_PRIVATE_H
#define PROBE_PINGER_PRIVATE_H

#include "ping_way.h"

#include "netprobe/event/pacer.h"

/* What the pinger's files share: addresses and sending (pinger.c), what comes back
 * (pinger_answers.c), what does not come back (pinger_deadlines.c). */

/* Addresses that wait for their turn, in the order of `due`. */
struct line {
	struct ping_host *first, *last;
};

enum { TURN_EARLY, TURN_NEW, TURN_DUE, TURNS };

struct pinger {
	struct loop *loop;
	struct ping_way *way;
	struct pinger_options options;
	struct pinger_events events;
	struct flights flights;
	struct pacer pacer;
	struct line urgent, waiting; /* all of a line wait equally long, so each is in order */
	struct ping_host *oldest, **newest;
	uint64_t live, undone; /* addresses */
	nsec_t longest;        /* round trip so far */
	nsec_t pause;          /* this machine had no room: nothing is sent before */
	uint64_t drops_seen;   /* of the way's count */
	uint64_t drops;        /* not yet laid to a flight */
	nsec_t drops_at;       /* when the last of them were seen */
	nsec_t received_at;
	uint64_t unread; /* probes that left since then */
	unsigned behind; /* turns in a row that could not read all that had come */
	int turn;
	bool begun, lazy, targets_done, stopped;
	struct pinger_status status; /* counts: of addresses that were forgotten */
};

/* pinger.c */
void pinger_enqueue(struct line *line, struct ping_host *h, nsec_t due);
void pinger_dequeue(struct pinger *p, struct ping_host *h);
void pinger_settle(struct pinger *p, struct ping_host *h); /* the fate of a probe became known */
void pinger_forget_flight(void *user, struct flight *f);   /* it leaves the ring */

/* pinger_answers.c */
nsec_t pinger_timeout(const struct pinger *p);
void pinger_begin_silence(struct pinger *p, const struct flight *f);
void pinger_fail(struct pinger *p, struct flight *f, struct ping_error *e);

/* pinger_deadlines.c */
bool pinger_receive(struct pinger *p, nsec_t now); /* false: more is there than one call takes */
void pinger_expire(struct pinger *p, nsec_t now);
nsec_t pinger_next_judgement(struct pinger *p); /* when the next flight has to be judged */

#endif
