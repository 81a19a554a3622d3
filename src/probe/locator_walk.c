/* SPDX-License-Identifier: MIT */
#include "locator_walk.h"

#include "locator_shot.h"

#include "netprobe/base/mem.h"

#include <netinet/in.h>

enum {
	AHEAD = 4,         /* distances that are tried at once */
	AHEAD_BOUNDED = 8, /* the same where at most the last is the target's */
	SILENT_ROW = 4,    /* of distances: behind as many nothing is looked for any more */
};

unsigned walk_known_hop(const struct walk *w)
{
	for (unsigned i = LOCATOR_HOPS_MAX; i > 0; i--)
		if (w->shots[i].fate == FATE_EXPIRED)
			return i;
	return 0;
}

unsigned walk_arrived_at(const struct walk *w)
{
	for (unsigned i = 1; i <= LOCATOR_HOPS_MAX; i++)
		if (w->shots[i].fate == FATE_ARRIVED)
			return i;
	return 0;
}

bool walk_asks_one_by_one(const struct walk *w)
{
	return w->protocol == IPPROTO_UDP && walk_arrived_at(w);
}

/* That the distance before it does not reach it makes it the nearest. */
unsigned walk_distance(const struct walk *w)
{
	unsigned at = walk_arrived_at(w);
	const struct shot *before = at ? &w->shots[at - 1] : NULL;

	if (at <= 1 || before->fate == FATE_EXPIRED)
		return at;
	return before->fate == FATE_SILENT && before->proved ? at : 0;
}

bool walk_is_proved(const struct walk *w)
{
	for (unsigned i = walk_known_hop(w) + 1; i <= w->farthest; i++)
		if (w->shots[i].fate == FATE_SILENT && !w->shots[i].proved)
			return false;
	return true;
}

unsigned walk_last(const struct walk *w, struct addr *who)
{
	unsigned at = walk_arrived_at(w) ? walk_arrived_at(w) : walk_known_hop(w);

	if (at == 0)
		return 0;
	*who = w->shots[at].from;
	who->port = 0;
	return at;
}

/* Where the way ends, as far as it is known: a distance that is not to be asked, nor any beyond. */
static unsigned end_of_way(const struct walk *w)
{
	unsigned row = 0;

	for (unsigned i = 1; i <= w->farthest; i++) {
		const struct shot *shot = &w->shots[i];

		if (shot->fate == FATE_ARRIVED || shot->fate == FATE_REFUSED)
			return i + 1;
		row = shot->fate == FATE_SILENT ? row + 1 : 0;
		if (row == SILENT_ROW && !w->bounded)
			return i + 1;
	}
	return w->farthest + 1;
}

/* Those nearer than one that answered have nothing to add. */
static unsigned first_that_matters(const struct walk *w)
{
	unsigned known = walk_known_hop(w);

	return known < w->nearest ? w->nearest : known + 1;
}

/* False: nothing is left. */
static bool launch_next(struct walk *w)
{
	unsigned end = walk_arrived_at(w);
	struct shot *next = NULL;

	for (unsigned i = first_that_matters(w); i < end; i++) {
		if (w->shots[i].fate == FATE_UNDER_WAY)
			return true;
		if (w->shots[i].fate == FATE_UNASKED && !next)
			next = &w->shots[i];
	}
	if (!next)
		return false;
	shot_wait(next);
	return true;
}

/* Returns how many are under way. */
static unsigned launch(struct walk *w)
{
	unsigned end = end_of_way(w), most = w->bounded ? AHEAD_BOUNDED : AHEAD, under_way = 0;

	if (walk_asks_one_by_one(w))
		return launch_next(w);
	for (unsigned i = first_that_matters(w); i < end; i++) {
		under_way += w->shots[i].fate == FATE_UNDER_WAY;
		if (w->shots[i].fate == FATE_UNASKED && under_way < most) {
			shot_send(&w->shots[i]);
			under_way++;
		}
	}
	return under_way;
}

bool walk_step(struct walk *w)
{
	if (!w->measures && w->answer.reason)
		return true;
	if (w->listens && w->shots[0].fate == FATE_UNASKED)
		shot_send(&w->shots[0]);
	while (launch(w) == 0) {
		if (w->measures || w->nearest == 1 || walk_known_hop(w) || walk_arrived_at(w))
			return w->shots[0].fate != FATE_UNDER_WAY;
		w->nearest = w->nearest > AHEAD ? w->nearest - AHEAD : 1;
	}
	return false;
}

bool walk_is_tried(const struct walk *w)
{
	unsigned first = first_that_matters(w), end = end_of_way(w);

	for (unsigned i = first; i < end && i < first + SILENT_ROW; i++)
		if (w->shots[i].fate == FATE_UNASKED ||
			(w->shots[i].fate == FATE_UNDER_WAY && w->shots[i].tries < 2))
			return false;
	return true;
}

struct walk *walk_new(struct walk_common *common, const struct addr *to, int protocol)
{
	struct walk *w = mem_alloc(1, sizeof *w);

	w->common = common;
	w->to = *to;
	w->protocol = protocol;
	w->nearest = 1;
	w->farthest = LOCATOR_HOPS_MAX;
	for (unsigned i = 0; i <= LOCATOR_HOPS_MAX; i++)
		shot_init(&w->shots[i], w);
	return w;
}

void walk_end(struct walk *w)
{
	for (unsigned i = 0; i <= LOCATOR_HOPS_MAX; i++)
		if (w->shots[i].fate == FATE_UNDER_WAY)
			shot_end(&w->shots[i], FATE_UNASKED);
}
