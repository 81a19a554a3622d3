/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/vantage.h"

enum { VOTES_LEAST = 5 };

/* What a stack takes to answer, and a switch to forward: more than that is a way to go. */
#define NEAR    NSEC_PER_MSEC
#define NOWHERE (100 * NSEC_PER_USEC)

enum { TIMES_NEARER = 4 };

static enum vantage_place vote_of(nsec_t server, nsec_t client)
{
	if (server < NOWHERE && client < NOWHERE)
		return VANTAGE_UNKNOWN;
	if (client < NEAR && server / TIMES_NEARER >= client)
		return VANTAGE_CLIENT;
	if (server < NEAR && client / TIMES_NEARER >= server)
		return VANTAGE_SERVER;
	return VANTAGE_BETWEEN;
}

void vantage_add(struct vantage *v, const struct flow *f)
{
	const struct handshake *h = &f->handshake;
	nsec_t server = handshake_syn_synack(h), client = handshake_synack_ack(h);

	/* where packets were lost the times are those of timers, not of ways */
	if (h->state != HANDSHAKE_COMPLETE || h->ambiguous_syn || h->synack_retries > 0)
		return;
	if (h->synack_first || server == NOT_SEEN || client == NOT_SEEN)
		return;
	v->votes[vote_of(server, client)]++;
}

enum vantage_place vantage_place(const struct vantage *v)
{
	uint64_t all = 0;

	for (unsigned place = 0; place < VANTAGE_PLACES; place++)
		all += v->votes[place];
	if (all < VOTES_LEAST)
		return VANTAGE_UNKNOWN;
	for (unsigned place = VANTAGE_CLIENT; place < VANTAGE_PLACES; place++)
		if (v->votes[place] >= all - all / 5)
			return (enum vantage_place)place;
	return VANTAGE_UNKNOWN;
}

const char *vantage_place_name(enum vantage_place place)
{
	static const char *const names[VANTAGE_PLACES] = {NULL, "client", "server", "between"};

	return names[place];
}
