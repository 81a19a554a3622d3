/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include "answered.h"
#include "ends.h"
#include "history.h"
#include "host_look.h"
#include "stream.h"

#include <string.h>

enum {
	TCP_HEADER = 20,
	REACH = 1 << 24, /* so far beyond its first number the first packet that was seen may be */
};

void handshake_init(struct handshake *h)
{
	h->first_syn = h->last_syn = h->answered_syn = NOT_SEEN;
	h->synack = h->last_synack = NOT_SEEN;
	h->ack = h->answer = NOT_SEEN;
}

/* ---- numbers */

static bool within(uint32_t from, uint32_t number, uint32_t span)
{
	return number - from <= span;
}

static bool has(const struct frame *frame, unsigned flag)
{
	return frame->tcp.flags & flag;
}

/* With what it carried (RFC 7413) or without. */
static bool acknowledges_syn(const struct handshake *h, const struct frame *frame)
{
	return has(frame, TCP_ACK) &&
	       within(h->isn[CLIENT] + 1, frame->tcp.acknowledgment, h->syn_data);
}

/* Its place is behind the SYN of who sent it, which may have been acknowledged with its data. */
static bool follows_syn(const struct handshake *h, enum side from, const struct frame *frame)
{
	return h->knows_isn[from] && within(h->isn[from] + 1, frame->tcp.sequence, REACH);
}

static bool acknowledges_server(const struct handshake *h, const struct frame *frame)
{
	return has(frame, TCP_ACK) && h->knows_isn[SERVER] &&
	       within(h->isn[SERVER] + 1, frame->tcp.acknowledgment, REACH);
}

static void learn_isn(struct handshake *h, enum side side, uint32_t isn)
{
	h->isn[side] = isn;
	h->knows_isn[side] = true;
}

static void count_retry(uint16_t *retries)
{
	if (*retries < UINT16_MAX)
		++*retries;
}

/* ---- options */

static void parse_options(const struct frame *frame, struct tcp_options *out)
{
	tcp_options_parse(frame->tcp.options, frame->tcp.options_len, out);
}

static void fill(struct syn_options *out, const struct frame *frame, const struct tcp_options *o)
{
	bool whole = frame->tcp.options_len + TCP_HEADER >= frame->tcp.length;
	unsigned ecn = frame->tcp.flags & (TCP_ECE | TCP_CWR);

	*out = (struct syn_options){
		.seen = true,
		.has_mss = o->has_mss,
		.has_wscale = o->has_wscale,
		.sack = o->sack_permitted,
		.timestamps = o->has_timestamps,
		.ecn = ecn == (has(frame, TCP_ACK) ? TCP_ECE : TCP_ECE | TCP_CWR),
		.tfo = o->has_tfo,
		.mptcp = o->has_mptcp,
		.malformed = o->malformed && whole,
		.wscale = o->wscale,
		.mss = o->mss,
	};
}

void syn_options_take(struct syn_options *out, const struct frame *frame)
{
	struct tcp_options o;

	parse_options(frame, &o);
	fill(out, frame, &o);
}

/* Of the first SYN or SYN-ACK of a side. */
static void introduce(
	struct handshake *h, enum side from, const struct frame *frame, const struct tcp_options *o)
{
	learn_isn(h, from, frame->tcp.sequence);
	h->ttl[from] = frame->ip.ttl;
	fill(&h->options[from], frame, o);
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

/* ---- SYN */

static void take_retry(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	parse_options(frame, &o);
	answered_add_syn(h, at, o.tsval, ip_id(&frame->ip));
	h->last_syn = at;
	count_retry(&h->syn_retries);
}

/* A FIN counts like a byte (RFC 9293, 3.4). */
static uint16_t syn_length(const struct frame *frame)
{
	uint32_t length = frame->payload_len + (has(frame, TCP_FIN) ? 1 : 0);

	return length < UINT16_MAX ? (uint16_t)length : UINT16_MAX;
}

static void take_first_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	parse_options(frame, &o);
	introduce(h, CLIENT, frame, &o);
	h->tsval = o.tsval;
	h->syn_id = ip_id(&frame->ip);
	h->first_syn = h->last_syn = at;
	h->syn_data = syn_length(frame);
}

/* The answer was captured before. */
static bool late_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	uint32_t answered = h->isn[CLIENT];

	if (!within(frame->tcp.sequence, answered, frame->payload_len))
		return false;
	take_first_syn(h, frame, at);
	h->answered_syn = at;
	h->synack_first = h->synack != NOT_SEEN;
	return true;
}

static bool client_syn(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (h->first_syn == NOT_SEEN)
		return late_syn(h, frame, at);
	if (frame->tcp.sequence != h->isn[CLIENT])
		return false;
	take_retry(h, frame, at);
	*roles |= ROLE_SYN_RETRY;
	return true;
}

static bool is_both_sided(const struct handshake *h)
{
	return h->state == HANDSHAKE_SIMULTANEOUS || h->state == HANDSHAKE_SPLIT;
}

static void settle_both_sided(struct handshake *h, enum side from, unsigned *roles)
{
	if (h->decided || h->synack == NOT_SEEN || h->ack == NOT_SEEN)
		return;
	h->decided = true;
	if (from == CLIENT)
		*roles |= ROLE_COMPLETES;
}

static void take_server_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	parse_options(frame, &o);
	introduce(h, SERVER, frame, &o);
	if (!h->server_acked) {
		h->state = HANDSHAKE_SIMULTANEOUS;
		return;
	}
	h->state = HANDSHAKE_SPLIT;
	h->synack = h->last_synack = at;
	answered_choose_syn(h, at, 0);
}

static bool server_syn(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (h->first_syn == NOT_SEEN)
		return false;
	if (!h->knows_isn[SERVER]) {
		take_server_syn(h, frame, at);
		return true;
	}
	if (frame->tcp.sequence != h->isn[SERVER] || h->state == HANDSHAKE_COMPLETE)
		return false;
	if (is_both_sided(h))
		*roles |= ROLE_SYN_RETRY;
	else
		h->state = HANDSHAKE_SIMULTANEOUS;
	return true;
}

/* ---- a beginning that was captured late: its numbers are those that midstream packets led to
 * expect */

static bool joins(const struct handshake *h, enum side from, const struct frame *frame)
{
	return h->first_syn == NOT_SEEN && h->synack == NOT_SEEN &&
	       frame->tcp.sequence == h->isn[from];
}

static bool syn_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at)
{
	struct handshake *h = &f->handshake;

	if (!joins(h, *from, frame))
		return false;
	if (*from == SERVER)
		turn(f, from);
	take_first_syn(h, frame, at);
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

static void take_synack(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	parse_options(frame, &o);
	introduce(h, SERVER, frame, &o);
	h->synack_tsval = h->retried_tsval = o.tsval;
	h->synack = h->last_synack = at;
	answered_choose_syn(h, at, o.tsecr);
}

static bool synack_joins(struct flow *f, enum side *from, const struct frame *frame, nsec_t at)
{
	struct handshake *h = &f->handshake;

	if (!joins(h, *from, frame))
		return false;
	if (*from == CLIENT)
		turn(f, from);
	learn_isn(h, CLIENT, frame->tcp.acknowledgment - 1);
	take_synack(h, frame, at);
	h->state = HANDSHAKE_HALF_OPEN;
	if (f->streams[CLIENT].packets == 0)
		return true;
	h->state = HANDSHAKE_COMPLETE;
	h->ack = f->start;
	return true;
}

/* ---- SYN and SYN-ACK of a flow that is known */

static bool is_finished(const struct flow *f)
{
	return f->handshake.state == HANDSHAKE_REFUSED || stream_closed(f);
}

static bool syn(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	if (h->state == HANDSHAKE_MIDSTREAM)
		return syn_joins(f, from, frame, at);
	if (is_finished(f))
		return false;
	return *from == CLIENT ? client_syn(h, frame, at, roles) : server_syn(h, frame, at, roles);
}

/* Of who called: it has seen a SYN of the other side. */
static bool client_synack(struct flow *f, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	if (h->state == HANDSHAKE_COMPLETE || frame->tcp.sequence != h->isn[CLIENT] ||
		(h->knows_isn[SERVER] && frame->tcp.acknowledgment != h->isn[SERVER] + 1)) {
		if (is_finished(f))
			return false;
		*roles |= ROLE_STRAY;
		return true;
	}
	if (!is_both_sided(h))
		h->state = HANDSHAKE_SIMULTANEOUS;
	if (h->ack != NOT_SEEN)
		*roles |= ROLE_SYNACK_RETRY;
	else
		h->ack = at;
	learn_isn(h, SERVER, frame->tcp.acknowledgment - 1);
	settle_both_sided(h, CLIENT, roles);
	return true;
}

static void retry_synack(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	parse_options(frame, &o);
	learn_isn(h, SERVER, frame->tcp.sequence); /* a SYN cookie may be another */
	h->retried_tsval = o.tsval;
	h->last_synack = at;
	count_retry(&h->synack_retries);
}

/* The host's own answer behind a RST that was not its own. */
static void judge_refusal(struct handshake *h, const struct frame *frame)
{
	if (h->rst_seen && h->rst_ttl != frame->ip.ttl)
		h->rst_foreign = true;
}

static void first_synack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	take_synack(h, frame, at);
	if (h->state == HANDSHAKE_UNANSWERED || h->state == HANDSHAKE_REJECTED)
		h->state = HANDSHAKE_HALF_OPEN;
	else if (h->state == HANDSHAKE_REFUSED)
		judge_refusal(h, frame);
	else if (is_both_sided(h))
		settle_both_sided(h, SERVER, roles);
}

static bool server_synack(struct flow *f, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;
	bool known = h->knows_isn[SERVER] && frame->tcp.sequence == h->isn[SERVER];
	bool open = h->state != HANDSHAKE_COMPLETE && !is_both_sided(h);

	if (!acknowledges_syn(h, frame) || (h->knows_isn[SERVER] && !known && !open)) {
		if (is_finished(f))
			return false;
		*roles |= ROLE_STRAY;
	} else if (h->synack == NOT_SEEN) {
		first_synack(h, frame, at, roles);
	} else {
		retry_synack(h, frame, at);
		*roles |= ROLE_SYNACK_RETRY;
	}
	return true;
}

static bool synack(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (f->handshake.state == HANDSHAKE_MIDSTREAM)
		return synack_joins(f, from, frame, at);
	return *from == CLIENT ? client_synack(f, frame, at, roles)
			       : server_synack(f, frame, at, roles);
}

/* ---- RST */

static void refuse(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (!acknowledges_syn(h, frame)) {
		*roles |= ROLE_STRAY;
		return;
	}
	if (h->state == HANDSHAKE_REJECTED)
		return;
	h->state = HANDSHAKE_REFUSED;
	h->answer = at;
	answered_choose_syn(h, at, 0);
	h->decided = true;
	*roles |= ROLE_REFUSES;
}

/* Of an attempt that is not complete, from the side that called, or after the SYN-ACK. */
static void break_off(
	struct handshake *h, enum side from, const struct frame *frame, unsigned *roles)
{
	bool own = within(h->isn[from], frame->tcp.sequence, from == CLIENT ? h->syn_data + 1U : 1);

	if ((h->knows_isn[from] && own) || (from == SERVER && acknowledges_syn(h, frame)))
		h->decided = true;
	else
		*roles |= ROLE_STRAY;
}

static void reset(
	struct handshake *h, enum side from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (from == SERVER)
		*roles |= host_look_judge(h, &frame->ip);
	switch (h->state) {
	case HANDSHAKE_UNANSWERED:
	case HANDSHAKE_REJECTED:
		if (from == SERVER)
			refuse(h, frame, at, roles);
		else
			break_off(h, from, frame, roles);
		break;
	case HANDSHAKE_HALF_OPEN:
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		break_off(h, from, frame, roles);
		break;
	default:
		break;
	}
}

/* ---- segments without SYN or RST */

static void choose_acked(struct handshake *h, const struct frame *frame)
{
	struct tcp_options o;

	if (h->synack_retries == 0)
		return;
	parse_options(frame, &o);
	answered_choose_synack(h, o.tsecr);
}

static void complete(struct handshake *h, nsec_t at, unsigned *roles)
{
	h->state = HANDSHAKE_COMPLETE;
	h->ack = at;
	h->decided = true;
	*roles |= ROLE_COMPLETES;
}

/* The SYN-ACK was not captured; that there was one is plain. */
static void ack_without_synack(
	struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (!follows_syn(h, CLIENT, frame)) {
		*roles |= ROLE_STRAY;
		return;
	}
	learn_isn(h, SERVER, frame->tcp.acknowledgment - 1);
	complete(h, at, roles);
}

static void client_ack(struct handshake *h, const struct frame *frame, nsec_t at, unsigned *roles)
{
	bool fits = follows_syn(h, CLIENT, frame) && acknowledges_server(h, frame);

	switch (h->state) {
	case HANDSHAKE_UNANSWERED:
	case HANDSHAKE_REJECTED:
		ack_without_synack(h, frame, at, roles);
		break;
	case HANDSHAKE_HALF_OPEN:
	case HANDSHAKE_REFUSED:
		if (fits) {
			choose_acked(h, frame);
			complete(h, at, roles);
		} else {
			*roles |= ROLE_STRAY;
		}
		break;
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		if (fits && h->ack == NOT_SEEN)
			h->ack = at;
		settle_both_sided(h, CLIENT, roles);
		break;
	default:
		break;
	}
}

/* Of a connection only one direction of which was captured. */
static bool goes_on_alone(const struct flow *f, const struct frame *frame)
{
	return f->handshake.first_syn == NOT_SEEN && f->streams[CLIENT].packets == 0 &&
	       (frame->payload_len > 0 || has(frame, TCP_FIN));
}

static void server_ack(struct flow *f, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	switch (h->state) {
	case HANDSHAKE_UNANSWERED:
	case HANDSHAKE_REJECTED:
		if (acknowledges_syn(h, frame) && frame->payload_len == 0)
			h->server_acked = true;
		else if (!within(h->isn[CLIENT] + 1, frame->tcp.acknowledgment, REACH))
			*roles |= ROLE_STRAY;
		break;
	case HANDSHAKE_HALF_OPEN:
		if (goes_on_alone(f, frame)) {
			h->state = HANDSHAKE_MIDSTREAM;
			h->decided = true;
		}
		break;
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		if (h->synack == NOT_SEEN && acknowledges_syn(h, frame)) {
			h->synack = h->last_synack = at;
			answered_choose_syn(h, at, 0);
		}
		settle_both_sided(h, SERVER, roles);
		break;
	default:
		break;
	}
}

/* ---- the first segment */

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

static void begin(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	h->begun = true;
	if (has(frame, TCP_RST) || !has(frame, TCP_SYN)) {
		begin_midstream(f, from, frame);
		if (has(frame, TCP_RST)) {
			h->answer = at; /* of a SYN that may still come */
			if (*from == SERVER)
				*roles |= host_look_judge(h, &frame->ip);
		}
	} else if (!has(frame, TCP_ACK)) {
		take_first_syn(h, frame, at);
	} else {
		turn(f, from);
		learn_isn(h, CLIENT, frame->tcp.acknowledgment - 1);
		take_synack(h, frame, at);
		h->state = HANDSHAKE_HALF_OPEN;
	}
}

/* ---- ICMP errors */

static bool quotes_syn(const struct handshake *h, enum side quoted, const struct icmp_quote *quote)
{
	return quoted == CLIENT && h->state == HANDSHAKE_UNANSWERED &&
	       (!quote->has_sequence || quote->sequence == h->isn[CLIENT]);
}

unsigned handshake_icmp(struct flow *f, enum side quoted, const struct frame *frame, nsec_t at)
{
	struct handshake *h = &f->handshake;
	const struct icmp_packet *icmp = &frame->icmp;

	if (icmp_meaning(frame->ip.family, icmp->type, icmp->code) == ICMP_MEANS_NOTHING ||
		!quotes_syn(h, quoted, &icmp->quote))
		return 0;
	h->state = HANDSHAKE_REJECTED;
	h->answer = at;
	answered_choose_quoted(h, at, ip_id(&icmp->quote.ip));
	h->decided = true;
	h->rejection = mem_alloc(1, sizeof *h->rejection);
	end_set(&h->rejection->from, frame->ip.family, frame->ip.source, 0);
	h->rejection->type = icmp->type;
	h->rejection->code = icmp->code;
	return ROLE_REJECTS;
}

/* ---- */

static bool classify(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	if (!h->begun)
		begin(f, from, frame, at, roles);
	else if (has(frame, TCP_RST))
		reset(h, *from, frame, at, roles);
	else if (has(frame, TCP_SYN))
		return has(frame, TCP_ACK) ? synack(f, from, frame, at, roles)
					   : syn(f, from, frame, at, roles);
	else if (!has(frame, TCP_ACK))
		return true;
	else if (*from == CLIENT)
		client_ack(h, frame, at, roles);
	else
		server_ack(f, frame, at, roles);
	return true;
}

bool handshake_segment(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (!classify(f, from, frame, at, roles))
		return false;
	if (*from == SERVER && !has(frame, TCP_RST))
		host_look_note(&f->handshake, &frame->ip);
	return true;
}
