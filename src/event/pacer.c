/* SPDX-License-Identifier: MIT */
#include "netprobe/event/pacer.h"

#define PACER_SLACK (10 * NSEC_PER_MSEC)

void pacer_init(struct pacer *p, double per_second)
{
	pacer_init_interval(p, per_second > 0 ? (nsec_t)((double)NSEC_PER_SEC / per_second) : 0);
}

void pacer_init_interval(struct pacer *p, nsec_t interval)
{
	*p = (struct pacer){.interval = interval};
}

bool pacer_take(struct pacer *p, nsec_t now)
{
	nsec_t earliest = now - (p->interval < PACER_SLACK ? PACER_SLACK : 0);

	if (p->interval == 0)
		return true;
	if (p->due > now)
		return false;
	if (p->due < earliest)
		p->due = earliest;
	p->due += p->interval;
	return true;
}

nsec_t pacer_reserve(struct pacer *p, nsec_t now)
{
	nsec_t when = p->due > now ? p->due : now;

	pacer_take(p, when);
	return when;
}

nsec_t pacer_due(const struct pacer *p)
{
	return p->due;
}
