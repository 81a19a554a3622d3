/* SPDX-License-Identifier: MIT */
#include "handshake_refusal.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/icmp.h"

#include "answered.h"
#include "ends.h"
#include "handshake.h"
#include "handshake_numbers.h"
#include "host_look.h"

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

void handshake_reset(
	struct handshake *h, enum side from, const struct frame *frame, nsec_t at, unsigned *roles)
{
	if (from == SERVER)
		*roles |= host_look_judge(h, &frame->ip, at);
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
