/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_ICMP_BUDGET_H
#define NETPROBE_PROBE_ICMP_BUDGET_H

#include "netprobe/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How many ICMP errors an address is willing to send, learnt from what it sent: a bucket of tokens
 * that fills at some rate, as Linux (icmp_ratelimit to each destination, icmp_msgs_per_sec for all;
 * icmp(7)), the BSDs and routers have it. An error takes a token; what is asked while there is none
 * stays silent and takes none, so that asking too early costs a packet and nothing else. Times are
 * the caller's.
 */
enum budget_kind {
	BUDGET_UNKNOWN, /* nothing was learnt yet */
	BUDGET_NONE,    /* no error ever came: silence says nothing */
	BUDGET_PLENTY,  /* no limit was met */
	BUDGET_LIMITED, /* `burst` at once, then one each `interval` */
};

struct icmp_budget {
	enum budget_kind kind;
	double burst;    /* tokens that the bucket holds, as far as it is known */
	unsigned seen;   /* errors that came at once; BUDGET_LIMITED */
	nsec_t interval; /* that one token takes; BUDGET_LIMITED; 0: not known yet */
	/* its own */
	double tokens; /* that may be there, at `at`: those that were asked for are taken off */
	double sure;   /* that are there, at `at`: those that were answered are taken off */
	nsec_t at;
	nsec_t asked_at;     /* the last time */
	nsec_t drained;      /* when the bucket was known to be empty */
	nsec_t first_answer; /* when what brought the first one was sent */
	uint32_t since;      /* answers after that */
	uint32_t answers;
};

void budget_init(struct icmp_budget *b);

/* A batch of `asked` closed ports was sent at `sent`, and `answered` of them brought an error
 * (those that turned out to be open or stay silent for other reasons are not counted in either):
 * all that is learnt. `now` is when it became known. */
void budget_learn(
	struct icmp_budget *b, nsec_t sent, unsigned asked, unsigned answered, nsec_t now);

/* No error came in all that time. */
void budget_give_up(struct icmp_budget *b);

/* How many closed ports are worth being asked at `now`, a little more than are sure to be answered:
 * between 0 and `most`. */
unsigned budget_room(const struct icmp_budget *b, nsec_t now, unsigned most);
void budget_take(struct icmp_budget *b, nsec_t now, unsigned asked);

/* When there is room for `count` (or for as many as the bucket holds). */
nsec_t budget_due(const struct icmp_budget *b, nsec_t now, unsigned count);

/* How many are answered at `now` beyond doubt, as far as the model goes, and when `count` of them
 * are. */
double budget_sure(const struct icmp_budget *b, nsec_t now);
nsec_t budget_sure_at(const struct icmp_budget *b, nsec_t now, unsigned count);

/* True when it was long ago that the bucket was seen empty: a control port tells whether the model
 * still holds. */
bool budget_is_stale(const struct icmp_budget *b, nsec_t now);

/* How long `ports` closed ports take; 0 where no limit was met. */
nsec_t budget_eta(const struct icmp_budget *b, nsec_t now, uint32_t ports);

#endif
