/* SPDX-License-Identifier: MIT */
#include "handshake.h"

/* RFC 6298 (2.1, 2.5) and TCP_RTO_MAX of Linux */
#define FIRST_GAP NSEC_PER_SEC
#define LAST_GAP  (120 * NSEC_PER_SEC)

/* Linux 6.5 doubles the gap only after tcp_syn_linear_timeouts = 4 and one more. */
enum { LINEAR_GAPS = 5, SYNACK_DOUBLINGS = 6 };

/* A timer of the kernel fires late by up to 1/8 of its span. */
static bool is_longer(nsec_t gap, nsec_t before)
{
	return gap > before + before / 2;
}

/* After one gap of a second nobody can say; the older way is the later guess. */
static nsec_t gap_after(const struct handshake *h)
{
	const struct syn_times *t = h->times;
	nsec_t gap, before, next;

	if (!t)
		return FIRST_GAP;
	gap = t->syns[t->count - 1].at - t->syns[t->count - 2].at;
	before = t->count > 2 ? t->syns[t->count - 2].at - t->syns[t->count - 3].at : 0;
	if (gap <= 0 || before < 0)
		return NOT_SEEN;
	next = h->syn_retries < LINEAR_GAPS && before && !is_longer(gap, before) ? gap : 2 * gap;
	return next < LAST_GAP ? next : LAST_GAP;
}

nsec_t handshake_next_syn(const struct handshake *h)
{
	nsec_t gap;

	if (h->state != HANDSHAKE_UNANSWERED || h->last_syn == NOT_SEEN)
		return NOT_SEEN;
	gap = gap_after(h);
	return gap == NOT_SEEN ? NOT_SEEN : h->last_syn + gap;
}

/* SYN-ACKs always double. */
static nsec_t synack_gap(const struct handshake *h)
{
	unsigned n = h->synack_retries < SYNACK_DOUBLINGS ? h->synack_retries : SYNACK_DOUBLINGS;

	return FIRST_GAP << n;
}

nsec_t handshake_patience(const struct handshake *h)
{
	nsec_t gap = h->first_syn == NOT_SEEN ? FIRST_GAP : gap_after(h);

	if (gap == NOT_SEEN)
		gap = FIRST_GAP;
	if (h->synack != NOT_SEEN && synack_gap(h) > gap)
		gap = synack_gap(h);
	return gap + (gap / 2 > NSEC_PER_SEC ? gap / 2 : NSEC_PER_SEC);
}
