/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_WINDOW_H
#define NETPROBE_PROBE_WINDOW_H

#include "netprobe/base/permute.h"
#include "netprobe/probe/host.h"

#include <stdbool.h>

/*
 * The order in which ports are asked for the first time. Addresses come in windows: as many as keep
 * the table of ports small, however many there are in all; within a window every pair of address
 * and port has its place in one permutation, which the seed and the window's number fix.
 */
enum {
	WINDOW_HOSTS = 4096,
	WINDOW_CELLS = 262144, /* 4 MB of cells at the most, unless one address alone has more */
};

struct window {
	struct host *hosts[WINDOW_HOSTS];
	uint32_t first[WINDOW_HOSTS]; /* number of the host's first pair */
	uint32_t host_count;
	uint32_t pairs, next; /* all; asked for so far */
	bool sequential;
	struct permute order;
};

void window_reset(struct window *w);
bool window_is_full(const struct window *w);
void window_add(struct window *w, struct host *h); /* not when full */

/* After the last window_add(): fixes the order. */
void window_start(struct window *w, bool sequential, uint64_t seed);

/* The next pair; false when all were handed out. The window holds no host beyond its last pair. */
bool window_next(struct window *w, struct host **host, uint32_t *cell);

#endif
