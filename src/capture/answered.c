/* SPDX-License-Identifier: MIT */
#include "answered.h"

#include "handshake_numbers.h"

#include "netprobe/base/mem.h"

#include <string.h>

static void remember(struct syn_times *t, nsec_t at, uint32_t tsval)
{
	if (t->count == SYNS_KEPT)
		memmove(t->syns, t->syns + 1, --t->count * sizeof *t->syns);
	t->syns[t->count].at = at;
	t->syns[t->count++].tsval = tsval;
}

void answered_add_syn(struct handshake *h, nsec_t at, uint32_t tsval)
{
	if (!h->times) {
		h->times = mem_alloc(1, sizeof *h->times);
		remember(h->times, h->first_syn, h->tsval);
	}
	remember(h->times, at, tsval);
}

/* Of those with `echo` as their timestamp, or of all when it is 0. */
static nsec_t last_before(const struct syn_times *t, nsec_t at, uint32_t echo, unsigned *candidates)
{
	nsec_t found = NOT_SEEN;

	*candidates = 0;
	for (unsigned i = 0; i < t->count; i++)
		if (t->syns[i].at <= at && (!echo || t->syns[i].tsval == echo)) {
			found = t->syns[i].at;
			++*candidates;
		}
	return found;
}

void answered_choose_syn(struct handshake *h, nsec_t at, uint32_t echo)
{
	unsigned candidates;
	nsec_t found;

	h->answered_syn = h->last_syn;
	h->ambiguous_syn = false;
	if (!h->times)
		return;
	found = echo ? last_before(h->times, at, echo, &candidates) : NOT_SEEN;
	if (found == NOT_SEEN)
		found = last_before(h->times, at, 0, &candidates);
	if (found != NOT_SEEN)
		h->answered_syn = found;
	h->ambiguous_syn = candidates != 1;
}

void answered_choose_synack(struct handshake *h, uint32_t acknowledgment, uint32_t echo)
{
	bool first = echo && echo == h->synack_tsval, last = echo && echo == h->retried_tsval;

	if (h->first_isn != h->isn[SERVER] && h->synack_retries == 1) {
		first = acknowledges_first(h, acknowledgment);
		last = !first;
	}
	if (acknowledges_first(h, acknowledgment))
		h->isn[SERVER] = h->first_isn;
	h->acked_after = first && !last ? 0 : h->last_synack - h->synack;
	h->ambiguous_synack = first == last;
}
