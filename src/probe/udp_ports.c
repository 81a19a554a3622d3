/* SPDX-License-Identifier: MIT */
#include "udp_ports.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/services.h"
#include "netprobe/query/query.h"

#include <netinet/in.h>
#include <stdlib.h>

enum { FEW = 256 }; /* services_top.c lists fewer than these, and goes on in ascending order */

static int by_port(const void *a, const void *b)
{
	const struct udp_port *x = a, *y = b;

	return x->port - y->port;
}

static void ask_queries(struct udp_port *p)
{
	const struct query *queries[QUERIES_PER_PORT];

	p->questions = (uint8_t)query_list(p->port, queries);
	for (size_t i = 0; i < p->questions; i++)
		p->other_port |= queries[i]->other_port;
}

static void put_likeliest_first(struct udp_ports *p)
{
	bool *placed = mem_alloc(p->count + 1, sizeof *placed);
	uint32_t at = 0;

	for (uint32_t rank = 0; rank < FEW && at < p->count; rank++) {
		const struct udp_port *port = udp_ports_find(p, service_top(rank, IPPROTO_UDP));

		if (!port || placed[port->cell])
			continue;
		placed[port->cell] = true;
		p->order[at++] = port->cell;
	}
	/* then those that something is known of, then by number */
	for (int known = 1; known >= 0; known--)
		for (uint32_t i = 0; i < p->count; i++) {
			const struct udp_port *port = &p->sorted[i];

			if (placed[port->cell] || (known && port->questions == 0))
				continue;
			placed[port->cell] = true;
			p->order[at++] = port->cell;
		}
	free(placed);
}

struct udp_ports *udp_ports_new(const struct ports *ports, bool sequential)
{
	struct udp_ports *p = mem_alloc(1, sizeof *p);

	p->refs = 1;
	p->count = ports_count(ports);
	p->order = mem_alloc(p->count + 1, sizeof *p->order);
	p->sorted = mem_alloc(p->count + 1, sizeof *p->sorted);
	p->asks = mem_alloc(p->count + 1, sizeof *p->asks);
	p->others = mem_alloc(p->count + 1, sizeof *p->others);
	for (uint32_t i = 0; i < p->count; i++) {
		p->order[i] = i;
		p->sorted[i] = (struct udp_port){.port = ports_at(ports, i), .cell = i};
		ask_queries(&p->sorted[i]);
		p->asks[i] = (uint8_t)(p->sorted[i].questions + 1);
		if (p->sorted[i].other_port)
			p->others[p->other_count++] = i;
	}
	if (p->count)
		qsort(p->sorted, p->count, sizeof *p->sorted, by_port);
	if (!sequential)
		put_likeliest_first(p);
	return p;
}

struct udp_ports *udp_ports_share(struct udp_ports *p)
{
	p->refs++;
	return p;
}

void udp_ports_free(struct udp_ports *p)
{
	if (!p || --p->refs > 0)
		return;
	free(p->order);
	free(p->sorted);
	free(p->asks);
	free(p->others);
	free(p);
}

const struct udp_port *udp_ports_find(const struct udp_ports *p, uint16_t port)
{
	struct udp_port key = {.port = port};

	return p->count ? bsearch(&key, p->sorted, p->count, sizeof *p->sorted, by_port) : NULL;
}
