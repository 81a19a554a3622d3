/* SPDX-License-Identifier: MIT */
#include "handshake_both.h"

#include "answered.h"
#include "handshake_begin.h"
#include "handshake_numbers.h"
#include "syn_options.h"

bool both_sided(const struct handshake *h)
{
	return h->state == HANDSHAKE_SIMULTANEOUS || h->state == HANDSHAKE_SPLIT;
}

static void settle(struct handshake *h, enum side from, unsigned *roles)
{
	if (h->decided || h->synack == NOT_SEEN || h->ack == NOT_SEEN)
		return;
	h->decided = true;
	if (from == CLIENT)
		*roles |= ROLE_COMPLETES;
}

/* ---- SYN */

static void take_server_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	handshake_introduce(h, SERVER, frame, &o);
	if (!h->server_acked) {
		h->state = HANDSHAKE_SIMULTANEOUS;
		return;
	}
	h->state = HANDSHAKE_SPLIT;
	h->synack = h->last_synack = at;
	answered_choose_syn(h, at, 0);
}

bool both_server_syn(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (h->first_syn == NOT_SEEN)
		return false;
	if (!h->knows_isn[SERVER]) {
		take_server_syn(h, frame, at);
		return true;
	}
	if (frame->tcp.sequence != h->isn[SERVER] || h->state == HANDSHAKE_COMPLETE)
		return false;
	if (both_sided(h))
		*roles |= ROLE_SYN_RETRY;
	else
		h->state = HANDSHAKE_SIMULTANEOUS;
	return true;
}

/* ---- SYN-ACK and ACK */

void both_client_synack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (!both_sided(h))
		h->state = HANDSHAKE_SIMULTANEOUS;
	if (h->ack != NOT_SEEN)
		*roles |= ROLE_SYNACK_RETRY;
	else
		h->ack = at;
	learn_isn(h, SERVER, frame->tcp.acknowledgment - 1);
	settle(h, CLIENT, roles);
}

void both_server_synack(struct handshake *h, unsigned *roles)
{
	settle(h, SERVER, roles);
}

void both_client_ack(struct handshake *h, bool fits, nsec_t at, unsigned *roles)
{
	if (fits && h->ack == NOT_SEEN)
		h->ack = at;
	settle(h, CLIENT, roles);
}

void both_server_ack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (h->synack == NOT_SEEN && acknowledges_syn(h, frame)) {
		h->synack = h->last_synack = at;
		answered_choose_syn(h, at, 0);
	}
	settle(h, SERVER, roles);
}
