/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/flow.h"

static nsec_t span(nsec_t from, nsec_t to)
{
	return from == NOT_SEEN || to == NOT_SEEN || to < from ? NOT_SEEN : to - from;
}

nsec_t handshake_syn_synack(const struct handshake *h)
{
	return span(h->answered_syn, h->synack);
}

nsec_t handshake_synack_ack(const struct handshake *h)
{
	return span(h->synack == NOT_SEEN ? NOT_SEEN : h->synack + h->acked_after, h->ack);
}

nsec_t handshake_rtt(const struct handshake *h)
{
	nsec_t server = handshake_syn_synack(h), client = handshake_synack_ack(h);

	return server == NOT_SEEN || client == NOT_SEEN ? NOT_SEEN : server + client;
}

/* A SYN that was captured too late says nothing of when the program began to wait. */
nsec_t handshake_connect(const struct handshake *h)
{
	if (h->synack != NOT_SEEN && h->first_syn > h->synack)
		return NOT_SEEN;
	/* both have sent their ACKs: the later is the one that was waited for */
	if (h->state == HANDSHAKE_SIMULTANEOUS && h->ack != NOT_SEEN && h->synack > h->ack)
		return span(h->first_syn, h->synack);
	return span(h->first_syn, h->ack);
}
