/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_FLOW_TABLE_H
#define CAPTURE_FLOW_TABLE_H

#include "netprobe/capture/flow.h"

/*
 * Flows by their ends and place, in whichever direction, with a keyed hash, since who sends packets
 * may want them to collide; and in the order in which they were last used. Flows have stable
 * addresses.
 */
struct flow_table;

struct flow_key {
	struct addr ends[2]; /* as the packet had them: source, destination */
	struct flow_place place;
};

/* A flow and what is kept beside it: zeroed when it is added. The first three are what every packet
 * looks at. */
struct tracked {
	struct flow flow;
	nsec_t used, moved; /* on the tracker's clock */
	uint8_t due_line;   /* 0: in none */
	uint8_t why;        /* enum flow_over */
	/* of the table */
	uint32_t hash, number;
	struct tracked *older, *younger; /* by use */
	/* of the tracker */
	struct tracked *born_before, *born_after; /* of those that are not over */
	struct tracked *due_before, *due_after;   /* in their line of due.h */
	nsec_t due;
};

enum { CACHE_LINE = 64 };

struct flow_table *flow_table_new(void);
void flow_table_free(struct flow_table *t);

/* NULL when there is none; *turned: the key's source is the flow's SERVER. */
struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key, bool *turned);
/* Zeroed but for its ends, the source as CLIENT, and place. There may be none with this key. */
struct flow *flow_table_add(struct flow_table *t, const struct flow_key *key);
void flow_table_use(struct flow_table *t, struct flow *f); /* it is the youngest now */
struct flow *flow_table_oldest(struct flow_table *t);      /* NULL when empty */
/* Found no more, but there until flow_table_free_flow(): while it waits to be told. */
void flow_table_detach(struct flow_table *t, struct flow *f);
void flow_table_free_flow(struct flow_table *t, struct flow *f); /* detached before */
size_t flow_table_count(const struct flow_table *t);             /* not detached */

static inline struct tracked *flow_tracked(struct flow *f)
{
	return (struct tracked *)(void *)f; /* it stands first */
}

/* Flows that nobody has touched for seconds have left the caches: the one whose turn comes next can
 * be on its way while packets are read. NULL: nothing. */
static inline void flow_fetch(const struct tracked *f)
{
	const char *at = (const char *)f;

	for (size_t i = 0; f && i < sizeof *f; i += CACHE_LINE)
		__builtin_prefetch(at + i, 1);
}

#endif
