/* SPDX-License-Identifier: MIT */
/*
 * facts
 * Prints the objects of the `banner` record, a line for each fact: protocol, name.
 */
#include "netprobe/banner/machine.h"

#include <stdio.h>

int main(void)
{
	for (int id = PROTOCOL_HTTP; id < PROTOCOL_TLS; id++) {
		const struct protocol *p = protocol_of((enum protocol_id)id);

		for (size_t i = 0; i < p->fact_count; i++)
			printf("%s %s\n", p->name, p->facts[i].name);
	}
	return 0;
}
