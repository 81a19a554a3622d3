/* SPDX-License-Identifier: MIT */
#include "protocols.h"

#include <stdlib.h>

static int by_port(const void *key, const void *element)
{
	const struct query_port *row = element;
	uint16_t port = *(const uint16_t *)key;

	return (port > row->port) - (port < row->port);
}

size_t query_list(uint16_t port, const struct query *out[static QUERIES_PER_PORT])
{
	const struct query_port *row =
		bsearch(&port, query_ports, query_port_count, sizeof *row, by_port);
	size_t count = 0;

	while (row && count < QUERIES_PER_PORT && row->queries[count]) {
		out[count] = row->queries[count];
		count++;
	}
	return count;
}

/* What a reader noted before it found that the bytes are no answer is thrown away. */
bool query_reads(const struct query *q, const struct query_token *token, const uint8_t *bytes,
	size_t len, struct facts *out)
{
	facts_init(out, q->defs, q->def_count);
	if (q->read(token, bytes, len, out))
		return true;
	facts_release(out);
	return false;
}

const struct query *query_read(const struct query *asked, const struct query_token *token,
	const uint8_t *bytes, size_t len, struct facts *out)
{
	if (asked && query_reads(asked, token, bytes, len, out))
		return asked;
	for (const struct query *const *q = query_protocols; *q; q++)
		if (*q != asked && query_reads(*q, token, bytes, len, out))
			return *q;
	facts_init(out, NULL, 0);
	return NULL;
}
