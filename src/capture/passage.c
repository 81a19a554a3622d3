/* SPDX-License-Identifier: MIT */
#include "passage.h"

#define QUEUED (20 * NSEC_PER_MSEC)

/* PASSINGS: none that counts. */
static enum passing kind_of(const struct flow_packet *p)
{
	unsigned flags = p->frame->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST);

	if (p->from == CLIENT && flags == TCP_SYN)
		return PASSING_SYN;
	if (p->from == SERVER && flags == (TCP_SYN | TCP_ACK))
		return PASSING_SYNACK;
	return p->from == CLIENT && flags == TCP_ACK ? PASSING_ACK : PASSINGS;
}

static void forget(struct arrivals *a, enum passing kind, const struct flow *f)
{
	struct arrival *known = &a->last[kind][f->passages[kind].arrival];

	if (known->flow == f)
		known->flow = NULL;
}

static void note_arrival(struct arrivals *a, enum passing kind, const struct flow_packet *p)
{
	uint32_t sequence = p->frame->tcp.sequence;

	forget(a, kind, p->flow);
	p->flow->passages[kind].arrival = sequence % ARRIVALS;
	a->last[kind][sequence % ARRIVALS] = (struct arrival){p->flow, p->at, sequence};
}

/* What came in as another flow leaves, or goes on to the next device of this machine. */
static void note_elsewhere(struct arrivals *a, enum passing kind, const struct flow_packet *p)
{
	uint32_t sequence = p->frame->tcp.sequence;
	struct arrival *known = &a->last[kind][sequence % ARRIVALS];

	if (known->flow && known->flow != p->flow && known->sequence == sequence &&
		p->at >= known->at && p->at - known->at <= QUEUED)
		known->flow->passages[kind].elsewhere = 1;
}

/* A port that mirrors, or a bridge, is shown what others are sent. */
void passage_note(struct arrivals *a, const struct flow_packet *p)
{
	const struct frame *frame = p->frame;
	bool comes = frame->incoming && !frame->to_others;
	enum passing kind = kind_of(p);
	struct passage *passage;

	if (kind == PASSINGS)
		return;
	if (kind == PASSING_SYN) {
		p->flow->seen_in |= comes;
		p->flow->seen_out |= frame->outgoing;
	}
	passage = &p->flow->passages[kind];
	if (kind <= PASSING_SYNACK)
		note_elsewhere(a, kind, p);
	if (comes && !(p->roles & ROLE_SIGHTING)) {
		if (passage->in < UINT8_MAX)
			passage->in++;
		if (kind <= PASSING_SYNACK)
			note_arrival(a, kind, p);
	}
	/* one may leave through several devices */
	if (frame->outgoing && passage->out < passage->in)
		passage->out++;
}

void passage_forget(struct arrivals *a, const struct flow *f)
{
	for (enum passing kind = PASSING_SYN; kind <= PASSING_SYNACK; kind++)
		forget(a, kind, f);
}
