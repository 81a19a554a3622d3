/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_TALLY_H
#define NETPROBE_PROCFS_TALLY_H

#include "netprobe/procfs/socket_entry.h"

/* Counts sockets by a name and, within it, by state. */
struct tally;

struct tally_row {
	const char *name;
	uint64_t total;
	uint64_t states[SOCKET_STATES];
};

struct tally *tally_new(void);
void tally_free(struct tally *t);
void tally_add(struct tally *t, const char *name, enum socket_state state);

/* By total, largest first, then by name; valid until the next addition. */
const struct tally_row *tally_rows(struct tally *t, size_t *count);

#endif
