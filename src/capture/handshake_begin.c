/* SPDX-License-Identifier: MIT */
#include "handshake_begin.h"

#include "answered.h"
#include "handshake_numbers.h"
#include "history.h"
#include "host_look.h"
#include "syn_options.h"

#include <string.h>

void handshake_introduce(
	struct handshake *h, enum side from, const struct frame *frame, const struct tcp_options *o)
{
	learn_isn(h, from, frame->tcp.sequence);
	if (from == SERVER)
		h->first_isn = frame->tcp.sequence;
	h->ttl[from] = frame->ip.ttl;
	syn_options_fill(&h->options[from], frame, o);
}

/* A FIN counts like a byte (RFC 9293, 3.4). */
static uint16_t syn_length(const struct frame *frame)
{
	uint32_t length = frame->payload_len + (has(frame, TCP_FIN) ? 1 : 0);

	return length < UINT16_MAX ? (uint16_t)length : UINT16_MAX;
}

void handshake_take_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	handshake_introduce(h, CLIENT, frame, &o);
	h->tsval = o.tsval;
	h->syn_id = ip_id(&frame->ip);
	h->first_syn = h->last_syn = at;
	h->syn_data = syn_length(frame);
}

void handshake_take_synack(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	handshake_introduce(h, SERVER, frame, &o);
	h->synack_tsval = h->retried_tsval = o.tsval;
	h->synack = h->last_synack = at;
	answered_choose_syn(h, at, o.tsecr);
}

/* ---- roles */

static void swap(void *a, void *b, size_t size)
{
	uint8_t between[sizeof(struct stream)];

	memcpy(between, a, size);
	memcpy(a, b, size);
	memcpy(b, between, size);
}

#define SWAP(pair) swap(&(pair)[CLIENT], &(pair)[SERVER], sizeof(pair)[CLIENT])

static void turn(struct flow *f, enum side *from)
{
	struct handshake *h = &f->handshake;

	SWAP(f->ends);
	SWAP(f->streams);
	if (f->sighting)
		SWAP(f->sighting->later);
	SWAP(h->isn);
	SWAP(h->knows_isn);
	SWAP(h->ttl);
	SWAP(h->options);
	f->ended_by = other_side(f->ended_by);
	h->ids_in_order = h->last_ttl = 0;
	h->last_id = 0;
	history_flip(f);
	*from = other_side(*from);
}

/* ---- a beginning that was captured late */

static bool joins(const struct handshake *h, enum side from, const struct frame *frame)
{
	return h->first_syn == NOT_SEEN && h->synack == NOT_SEEN &&
	       frame->tcp.sequence == h->isn[from];
}

bool handshake_syn_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at)
{
	struct handshake *h = &f->handshake;

	if (!joins(h, *from, frame))
		return false;
	if (*from == SERVER)
		turn(f, from);
	handshake_take_syn(h, frame, at);
	if (f->streams[CLIENT].packets > 0) {
		h->state = HANDSHAKE_COMPLETE;
		learn_isn(h, SERVER, h->isn[SERVER]);
		h->ack = f->start;
	} else if (h->answer != NOT_SEEN) {
		h->state = HANDSHAKE_REFUSED;
		h->answered_syn = at;
	} else {
		h->state = HANDSHAKE_UNANSWERED;
		h->server_acked = true;
	}
	return true;
}

bool handshake_synack_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at)
{
	struct handshake *h = &f->handshake;

	if (!joins(h, *from, frame))
		return false;
	if (*from == CLIENT)
		turn(f, from);
	learn_isn(h, CLIENT, frame->tcp.acknowledgment - 1);
	handshake_take_synack(h, frame, at);
	h->state = HANDSHAKE_HALF_OPEN;
	if (f->streams[CLIENT].packets == 0)
		return true;
	h->state = HANDSHAKE_COMPLETE;
	h->ack = f->start;
	return true;
}

/* ---- the first packet */

/* Its numbers tell what a SYN or SYN-ACK would have had that is only captured later. */
static void begin_midstream(struct flow *f, enum side *from, const struct frame *frame)
{
	struct handshake *h = &f->handshake;

	h->state = HANDSHAKE_MIDSTREAM;
	h->decided = true;
	if (frame->tcp.source_port < frame->tcp.destination_port)
		turn(f, from);
	h->isn[*from] = frame->tcp.sequence - 1;
	h->isn[other_side(*from)] = frame->tcp.acknowledgment - 1;
}

void handshake_begin(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	h->begun = true;
	if (has(frame, TCP_RST) || !has(frame, TCP_SYN)) {
		begin_midstream(f, from, frame);
		if (has(frame, TCP_RST)) {
			h->answer = at; /* of a SYN that may still come */
			if (*from == SERVER)
				*roles |= host_look_judge(h, &frame->ip, at);
		}
	} else if (!has(frame, TCP_ACK)) {
		handshake_take_syn(h, frame, at);
	} else {
		turn(f, from);
		learn_isn(h, CLIENT, frame->tcp.acknowledgment - 1);
		handshake_take_synack(h, frame, at);
		h->state = HANDSHAKE_HALF_OPEN;
	}
}
