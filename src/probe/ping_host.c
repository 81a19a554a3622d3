/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/ping_host.h"

uint64_t ping_pending(const struct ping_counts *c)
{
	return c->sent - c->received - c->lost - c->dropped_here;
}

double ping_loss(const struct ping_counts *c)
{
	uint64_t known = c->received + c->lost;

	return known ? 100.0 * (double)c->lost / (double)known : 0;
}

nsec_t ping_outage(const struct ping_host *h, nsec_t now)
{
	nsec_t open = h->silent_since ? now - h->silent_since : 0;

	return open > h->longest_outage ? open : h->longest_outage;
}

void ping_add(struct ping_counts *sum, const struct ping_counts *c)
{
	sum->sent += c->sent;
	sum->received += c->received;
	sum->lost += c->lost;
	sum->dropped_here += c->dropped_here;
	sum->duplicates += c->duplicates;
	sum->late += c->late;
	sum->errors += c->errors;
	sum->corrupted += c->corrupted;
}
