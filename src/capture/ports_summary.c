/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/ports_summary.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

enum { PAGES = 256, PAGE = 256 };

#define CONNECT_MOST (1000 * NSEC_PER_SEC) /* of rtt_stats.h */

struct ports_summary {
	struct port_summary **pages[PAGES]; /* by the upper, then by the lower half of the port */
	const struct port_summary **rows;   /* as they were last sorted */
	size_t count, timed;
};

struct ports_summary *ports_summary_new(void)
{
	return mem_alloc(1, sizeof(struct ports_summary));
}

static void page_free(struct port_summary **page)
{
	for (unsigned i = 0; page && i < PAGE; i++) {
		if (page[i])
			rtt_stats_release(&page[i]->connect);
		free(page[i]);
	}
	free(page);
}

void ports_summary_free(struct ports_summary *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < PAGES; i++)
		page_free(s->pages[i]);
	free(s->rows);
	free(s);
}

static struct port_summary *row_of(struct ports_summary *s, uint16_t port)
{
	struct port_summary ***page = &s->pages[port / PAGE], **row;

	if (!*page)
		*page = mem_alloc(PAGE, sizeof **page);
	row = &(*page)[port % PAGE];
	if (!*row) {
		*row = mem_alloc(1, sizeof **row);
		(*row)->port = port;
		s->count++;
	}
	return *row;
}

static void add_time(struct ports_summary *s, struct port_summary *row, nsec_t connect)
{
	struct rtt_stats *times = &row->connect;

	if (times->count == RTT_STATS_EXACT && !times->buckets && s->timed++ >= PORTS_TIMED)
		return;
	rtt_stats_add(times, connect < CONNECT_MOST ? connect : CONNECT_MOST);
}

void ports_summary_add(struct ports_summary *s, const struct flow *f)
{
	const struct handshake *h = &f->handshake;
	struct port_summary *row = row_of(s, f->ends[SERVER].port);
	nsec_t connect = h->state == HANDSHAKE_COMPLETE ? handshake_connect(h) : NOT_SEEN;

	row->states[h->state]++;
	if (h->state != HANDSHAKE_MIDSTREAM)
		row->attempts++;
	if (connect != NOT_SEEN)
		add_time(s, row, connect);
}

static int by_attempts(const void *left, const void *right)
{
	const struct port_summary *a = *(const struct port_summary *const *)left;
	const struct port_summary *b = *(const struct port_summary *const *)right;

	if (a->attempts != b->attempts)
		return a->attempts < b->attempts ? 1 : -1;
	return a->port < b->port ? -1 : 1;
}

const struct port_summary *const *ports_summary_rows(struct ports_summary *s, size_t *count)
{
	size_t n = 0;

	free(s->rows);
	s->rows = mem_alloc(s->count, sizeof *s->rows);
	for (unsigned i = 0; i < PAGES * PAGE; i++) {
		struct port_summary **page = s->pages[i / PAGE];

		if (page && page[i % PAGE])
			s->rows[n++] = page[i % PAGE];
	}
	qsort(s->rows, n, sizeof *s->rows, by_attempts);
	*count = n;
	return s->rows;
}
