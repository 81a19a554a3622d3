/* SPDX-License-Identifier: MIT */
#include "engine_private.h"

#include "netprobe/net/route.h"

/*
 * Routers limit their ICMP errors (Linux to one a second for each destination of these, after six:
 * icmp_ratelimit, icmp(7)). One that says that there is no way to an address may have been kept
 * from it about others, and these look as if somebody dropped what was sent there. So once a router
 * has said that in this run, no address from which nothing comes is known to be filtered. The run
 * does not know it sooner: an address that was done, and told of, before stays as it was told.
 * Those that are asked at about the same time are decided after the router had its time, see
 * engine_late.c.
 */

static bool is_same_way(const struct router *r, const struct host *h)
{
	return r->next_hop.family && r->interface == h->interface &&
	       addr_same(&r->next_hop, &h->next_hop);
}

void engine_no_way(struct engine *e, struct host *h, const struct addr *router)
{
	struct router *free = &e->routers[e->router_count];

	for (struct router *r = e->routers; r < free; r++)
		if (addr_same(&r->addr, router) && (is_same_way(r, h) || h->next_hop.family == 0))
			return;
	if (e->router_count == ENGINE_ROUTERS_MAX) {
		e->more_routers = true;
		return;
	}
	*free = (struct router){
		.addr = *router, .next_hop = h->next_hop, .interface = h->interface};
	free->addr.port = 0;
	e->router_count++;
}

static bool is_silent(const struct host *h)
{
	if (h->answered || h->icmp_answers || h->neighbour_dead || !h->beyond)
		return false;
	for (uint32_t i = 0; i < h->count; i++)
		if (h->cells[i].state == PORT_OPEN || h->cells[i].state == PORT_CLOSED)
			return false;
	return true;
}

void engine_suspect_limit(const struct engine *e, struct host *h)
{
	const struct router *near = NULL;
	bool suspect = e->more_routers, several = e->more_routers;

	if ((e->router_count == 0 && !suspect) || !is_silent(h))
		return;
	for (const struct router *r = e->routers; r < e->routers + e->router_count; r++) {
		if (r->addr.family != h->addr.family)
			continue;
		suspect = true;
		if (!is_same_way(r, h))
			continue;
		several |= near && !addr_same(&near->addr, &r->addr);
		near = r;
	}
	if (suspect)
		host_suspect_limit(h, near && !several ? &near->addr : NULL);
}
