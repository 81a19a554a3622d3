/* SPDX-License-Identifier: MIT */
/*
 * facts [udp]
 * Prints what records and manuals are held against. The objects of the `banner` record, a line for
 * each fact: protocol, name. With `udp` what UDP services are asked: "fact PROTOCOL NAME" for each
 * fact of the `reply` of a `port` record, "port PROTOCOL PORT" for each port that is asked, "silent
 * PORT" for each that is known to say nothing to strangers.
 */
#include "netprobe/banner/machine.h"
#include "netprobe/query/query.h"

#include <stdio.h>
#include <string.h>

static void print_banner(void)
{
	for (int id = PROTOCOL_HTTP; id < PROTOCOL_TLS; id++) {
		const struct protocol *p = protocol_of((enum protocol_id)id);

		for (size_t i = 0; i < p->fact_count; i++)
			printf("%s %s\n", p->name, p->facts[i].name);
	}
}

static void print_port(uint16_t port)
{
	const struct query *queries[QUERIES_PER_PORT];
	size_t count = query_list(port, queries);

	for (size_t i = 0; i < count; i++)
		printf("port %s %u\n", queries[i]->protocol, port);
	if (query_silence(port))
		printf("silent %u\n", port);
}

static void print_udp(void)
{
	for (const struct query *const *q = query_protocols; *q; q++)
		for (size_t i = 0; i < (*q)->def_count; i++)
			printf("fact %s %s\n", (*q)->protocol, (*q)->defs[i].name);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		print_port((uint16_t)port);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "udp") == 0)
		print_udp();
	else
		print_banner();
	return 0;
}
