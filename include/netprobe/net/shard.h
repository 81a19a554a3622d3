/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_SHARD_H
#define NETPROBE_NET_SHARD_H

#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"

/*
 * A part of a scan: every pair of address and port belongs to exactly one of `count` shards, by a
 * hash of the pair and the seed, whatever else is asked and in which order names are resolved.
 */
struct shard {
	uint32_t index, count; /* index < count; count 0 or 1: everything */
	uint64_t seed;
};

/*
 * "I/N" with I from 1 to N; "auto/N" and "auto": the index, and without N the count, of the job
 * that this is. Asked in this order: SLURM_ARRAY_TASK_ID (with _MIN, and _STEP and _COUNT where
 * they are set; N is _COUNT then), JOB_COMPLETION_INDEX (Kubernetes, from 0; no count),
 * PARALLEL_SEQ (GNU parallel, from 1; no count). 0; ERR_SYNTAX, ERR_RANGE, ERR_EMPTY (no such
 * variable is set, or nobody says how many parts there are), with what is wrong appended to `why`,
 * which is empty before. The seed is the caller's.
 */
int shard_parse(const char *text, struct shard *out, struct strbuf *why);

/* `a` with its port. The zone does not count: an interface has another index on the next machine.
 */
bool shard_has(const struct shard *s, const struct addr *a, int proto);

#endif
