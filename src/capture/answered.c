/* SPDX-License-Identifier: MIT */
#include "answered.h"

#include "handshake_numbers.h"

#include "netprobe/base/mem.h"

#include <string.h>

/* By what an answer tells which SYN it is to; 0: not by that. */
struct clue {
	uint32_t echo;
	uint16_t id;
};

static void remember(struct syn_times *t, nsec_t at, uint32_t tsval, uint16_t id)
{
	if (t->count == SYNS_KEPT)
		memmove(t->syns, t->syns + 1, --t->count * sizeof *t->syns);
	t->syns[t->count].at = at;
	t->syns[t->count].tsval = tsval;
	t->syns[t->count++].id = id;
}

void answered_add_syn(struct handshake *h, nsec_t at, uint32_t tsval, uint16_t id)
{
	if (!h->times) {
		h->times = mem_alloc(1, sizeof *h->times);
		remember(h->times, h->first_syn, h->tsval, h->syn_id);
	}
	remember(h->times, at, tsval, id);
}

/* Of those that the clue fits. */
static nsec_t last_before(
	const struct syn_times *t, nsec_t at, struct clue clue, unsigned *candidates)
{
	nsec_t found = NOT_SEEN;

	*candidates = 0;
	for (unsigned i = 0; i < t->count; i++)
		if (t->syns[i].at <= at && (!clue.echo || t->syns[i].tsval == clue.echo) &&
			(!clue.id || t->syns[i].id == clue.id)) {
			found = t->syns[i].at;
			++*candidates;
		}
	return found;
}

static void choose_syn(struct handshake *h, nsec_t at, struct clue clue)
{
	unsigned candidates;
	nsec_t found;

	h->answered_syn = h->last_syn;
	h->ambiguous_syn = false;
	if (!h->times)
		return;
	found = last_before(h->times, at, clue, &candidates);
	if (found == NOT_SEEN)
		found = last_before(h->times, at, (struct clue){0}, &candidates);
	if (found != NOT_SEEN)
		h->answered_syn = found;
	h->ambiguous_syn = candidates != 1;
}

void answered_choose_syn(struct handshake *h, nsec_t at, uint32_t echo)
{
	choose_syn(h, at, (struct clue){.echo = echo});
}

void answered_choose_quoted(struct handshake *h, nsec_t at, uint16_t id)
{
	choose_syn(h, at, (struct clue){.id = id});
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
