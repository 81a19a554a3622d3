/* SPDX-License-Identifier: MIT */
#ifndef PROBE_LOCATOR_WALK_H
#define PROBE_LOCATOR_WALK_H

#include "netprobe/event/loop.h"
#include "netprobe/event/pacer.h"
#include "netprobe/net/addr.h"
#include "netprobe/probe/locator.h"

/*
 * One way, to one port: a packet for each distance, and who lets it expire. Distances are tried
 * several at once, and several walks go on beside each other. Routers limit their errors, so
 * silence at a distance says something only where nobody at that distance has sent an error just
 * before, to any walk; other silences are repeated, one a second.
 */

/* What all walks of a locator share. */
struct walk_common {
	struct loop *loop;
	struct pacer pacer; /* of all packets */
	nsec_t timeout;     /* for one packet; 0: from the round trips */
	unsigned tries;
	nsec_t spoke[LOCATOR_HOPS_MAX + 1]; /* by distance: when an error last came from there */
	nsec_t reached; /* UDP: when a target last answered; it may have several addresses */
	nsec_t heard;   /* when one last came to somebody else */
	nsec_t slot[LOCATOR_HOPS_MAX + 1]; /* by distance: when the next repetition may leave */
	bool limited;                      /* a limit of errors was met */
	bool stopped;
};

struct walk;

/* One distance. */
struct shot {
	struct watch watch;
	struct timer timer;
	struct walk *walk;
	int fd; /* -1: none */
	uint8_t tries, troubles;
	uint8_t fate; /* locator_shot.h */
	bool waiting; /* to be sent when the timer expires */
	bool paced;   /* it has its turn then */
	bool proved;  /* of silence: no limit can have withheld an error */
	nsec_t sent;
	nsec_t limit_over; /* until when the try before the last lasts; 0: it has not begun */
	struct addr from;
};

struct walk {
	struct walk_common *common;
	struct walk *next; /* the owner's */
	struct addr to;
	struct pacer *pacer; /* of the address: its owner's; NULL: none */
	int protocol;
	unsigned nearest;  /* nearer ones are only asked if nobody from here on answers; from 1 */
	unsigned farthest; /* nothing beyond is asked */
	bool bounded;      /* `farthest` is just before the target: silence ends nothing */
	nsec_t trip;       /* the longest round trip to a hop; 0: none answered yet */
	nsec_t spent;      /* when the target last sent an error, which may be limited, too */
	bool measures;     /* an answer does not end it, nor is it asked nearer than `nearest` */
	bool listens;      /* a packet that may go all the way is waited for as long as the last
			    * router takes to find that nobody is there (ARP, ND) */
	bool accepted;     /* TCP: the target answered with a SYN-ACK */
	struct answer answer;             /* that settles the port; reason 0: none came */
	void (*moved)(struct walk *walk); /* time for walk_step(); may end the walk */
	void *user;
	struct shot shots[LOCATOR_HOPS_MAX + 1]; /* by distance; [0]: the one that listens */
};

/* All distances, none asked yet; the rest is for the caller to fill in. */
struct walk *walk_new(struct walk_common *common, const struct addr *to, int protocol);

/* Sends what is next. True when every distance that matters has its fate. */
bool walk_step(struct walk *w);

/* Those behind the last that answered have been tried: very likely it stays the last. */
bool walk_is_tried(const struct walk *w);

unsigned walk_known_hop(const struct walk *w);  /* the farthest that let a packet expire; 0: none */
unsigned walk_arrived_at(const struct walk *w); /* the nearest that the target answered; 0: none */

/* The target may be nearer than where it first answered: all that reaches it draws on one budget of
 * errors. */
bool walk_asks_one_by_one(const struct walk *w);

/* walk_arrived_at(), where it is certain that no nearer one reaches it; 0: it is not. */
unsigned walk_distance(const struct walk *w);

/* No limit of errors can have made a hop behind the last that answered keep silent. */
bool walk_is_proved(const struct walk *w);

/* Where the way ended: who answered there in whatever way (without a port). 0: nobody did. */
unsigned walk_last(const struct walk *w, struct addr *who);

/* Nothing is sent or heard any more. What the loop has reported may still name it until the turn is
 * over: only then may it be freed. */
void walk_end(struct walk *w);

#endif
