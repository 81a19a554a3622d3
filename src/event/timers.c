/* SPDX-License-Identifier: MIT */
#include "netprobe/event/timers.h"

#include "netprobe/base/mem.h"

enum { TIMERS_FIRST = 64 };

void timers_release(struct timers *t)
{
	free(t->heap);
	*t = (struct timers){0};
}

static void put(struct timers *t, size_t at, struct timer *timer)
{
	t->heap[at] = timer;
	timer->place = at + 1;
}

static void rise(struct timers *t, size_t at, struct timer *timer)
{
	while (at > 0 && t->heap[(at - 1) / 2]->when > timer->when) {
		put(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(t, at, timer);
}

static void sink(struct timers *t, size_t at, struct timer *timer)
{
	for (size_t child; (child = 2 * at + 1) < t->count; at = child) {
		if (child + 1 < t->count && t->heap[child + 1]->when < t->heap[child]->when)
			child++;
		if (t->heap[child]->when >= timer->when)
			break;
		put(t, at, t->heap[child]);
	}
	put(t, at, timer);
}

void timers_set(struct timers *t, struct timer *timer, nsec_t when)
{
	timers_cancel(t, timer);
	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : TIMERS_FIRST;
		t->heap = mem_resize(t->heap, t->room, sizeof *t->heap);
	}
	timer->when = when;
	rise(t, t->count++, timer);
}

void timers_cancel(struct timers *t, struct timer *timer)
{
	size_t at = timer->place - 1;
	struct timer *last;

	if (timer->place == 0)
		return;
	timer->place = 0;
	last = t->heap[--t->count];
	if (last == timer)
		return;
	/* the last one fills the gap and may belong above or below it */
	if (at > 0 && t->heap[(at - 1) / 2]->when > last->when)
		rise(t, at, last);
	else
		sink(t, at, last);
}

nsec_t timers_next(const struct timers *t)
{
	return t->count ? t->heap[0]->when : NSEC_NEVER;
}

void timers_expire(struct timers *t, nsec_t now)
{
	while (t->count && t->heap[0]->when <= now) {
		struct timer *timer = t->heap[0];

		timers_cancel(t, timer);
		timer->expired(timer, now);
	}
}
