/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include "answered.h"
#include "handshake_begin.h"
#include "handshake_both.h"
#include "handshake_numbers.h"
#include "handshake_refusal.h"
#include "host_look.h"
#include "stream.h"
#include "syn_options.h"

void handshake_init(struct handshake *h)
{
	h->first_syn = h->last_syn = h->answered_syn = NOT_SEEN;
	h->synack = h->last_synack = NOT_SEEN;
	h->ack = h->answer = NOT_SEEN;
}

static void count_retry(uint16_t *retries)
{
	if (*retries < UINT16_MAX)
		++*retries;
}

/* ---- SYN */

static void take_retry(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	answered_add_syn(h, at, o.tsval, ip_id(&frame->ip));
	h->last_syn = at;
	count_retry(&h->syn_retries);
}

/* The answer was captured before. */
static bool late_syn(struct handshake *h, const struct frame *frame, nsec_t at)
{
	uint32_t answered = h->isn[CLIENT];

	if (!within(frame->tcp.sequence, answered, frame->payload_len))
		return false;
	handshake_take_syn(h, frame, at);
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

/* The last ACK may not have been captured. */
static bool is_finished(const struct flow *f)
{
	return f->handshake.state == HANDSHAKE_REFUSED || stream_closed(f) ||
	       (f->streams[CLIENT].has_fin && f->streams[SERVER].has_fin);
}

static bool syn(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	if (h->state == HANDSHAKE_MIDSTREAM)
		return handshake_syn_joins(f, from, frame, at);
	if (is_finished(f))
		return false;
	return *from == CLIENT ? client_syn(h, frame, at, roles)
			       : both_server_syn(h, frame, at, roles);
}

/* ---- SYN-ACK */

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
	both_client_synack(h, frame, at, roles);
	return true;
}

static void retry_synack(struct handshake *h, const struct frame *frame, nsec_t at)
{
	struct tcp_options o;

	syn_options_parse(frame, &o);
	learn_isn(h, SERVER, frame->tcp.sequence);
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
	handshake_take_synack(h, frame, at);
	if (h->state == HANDSHAKE_UNANSWERED || h->state == HANDSHAKE_REJECTED)
		h->state = HANDSHAKE_HALF_OPEN;
	else if (h->state == HANDSHAKE_REFUSED)
		judge_refusal(h, frame);
	else if (both_sided(h))
		both_server_synack(h, roles);
}

static bool server_synack(struct flow *f, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;
	bool known = h->knows_isn[SERVER] && frame->tcp.sequence == h->isn[SERVER];
	bool open = h->state != HANDSHAKE_COMPLETE && !both_sided(h);

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
		return handshake_synack_joins(f, from, frame, at);
	return *from == CLIENT ? client_synack(f, frame, at, roles)
			       : server_synack(f, frame, at, roles);
}

/* ---- segments without SYN or RST */

static void choose_acked(struct flow *f, const struct frame *frame)
{
	struct handshake *h = &f->handshake;
	struct tcp_options o;

	if (h->synack_retries == 0)
		return;
	syn_options_parse(frame, &o);
	answered_choose_synack(h, frame->tcp.acknowledgment, o.tsecr);
	stream_follows(&f->streams[SERVER], h->isn[SERVER]);
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

static void client_ack(struct flow *f, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;
	bool fits = follows_syn(h, CLIENT, frame) && acknowledges_server(h, frame);

	switch (h->state) {
	case HANDSHAKE_UNANSWERED:
	case HANDSHAKE_REJECTED:
		ack_without_synack(h, frame, at, roles);
		break;
	case HANDSHAKE_HALF_OPEN:
	case HANDSHAKE_REFUSED:
		if (fits) {
			choose_acked(f, frame);
			complete(h, at, roles);
		} else {
			*roles |= ROLE_STRAY;
		}
		break;
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		both_client_ack(h, fits, at, roles);
		break;
	default:
		break;
	}
}

/* So a server goes on that has the client's ACK: it acknowledges more than the SYN had, or sends;
 * with fast open it may do that at once (RFC 7413, 4.2). */
static bool goes_on(const struct handshake *h, const struct frame *frame)
{
	bool fast_open = h->syn_data > 0 || h->options[CLIENT].tfo;
	uint32_t expected = h->isn[CLIENT] + 1 + h->syn_data;

	return tcp_distance(expected, frame->tcp.acknowledgment) > 0 ||
	       (!fast_open && (frame->payload_len > 0 || has(frame, TCP_FIN)));
}

/* The ACK may only be late in the capture; and what else the client sends completes, too. */
static void goes_on_alone(struct flow *f, nsec_t at)
{
	struct handshake *h = &f->handshake;

	if (h->first_syn == NOT_SEEN && f->streams[CLIENT].packets == 0) {
		h->state = HANDSHAKE_MIDSTREAM;
		h->decided = true;
		return;
	}
	h->client_unseen = true;
	if (at - h->last_synack > handshake_patience(h))
		h->decided = true;
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
		if (goes_on(h, frame))
			goes_on_alone(f, at);
		break;
	case HANDSHAKE_SIMULTANEOUS:
	case HANDSHAKE_SPLIT:
		both_server_ack(h, frame, at, roles);
		break;
	default:
		break;
	}
}

/* ---- */

static bool classify(
	struct flow *f, enum side *from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	struct handshake *h = &f->handshake;

	if (!h->begun)
		handshake_begin(f, from, frame, at, roles);
	else if (has(frame, TCP_RST))
		handshake_reset(h, *from, frame, at, roles);
	else if (has(frame, TCP_SYN))
		return has(frame, TCP_ACK) ? synack(f, from, frame, at, roles)
					   : syn(f, from, frame, at, roles);
	else if (!has(frame, TCP_ACK))
		return true;
	else if (*from == CLIENT)
		client_ack(f, frame, at, roles);
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
		host_look_note(&f->handshake, &frame->ip, at);
	return true;
}
