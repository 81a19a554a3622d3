/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_SOURCE_H
#define NETPROBE_PROCFS_SOURCE_H

#include "netprobe/procfs/socket_entry.h"

/*
 * Where the sockets of one network namespace are read: sock_diag(7) for what the kernel tells
 * there, /proc/net for the rest. Everything is opened in the namespace of the caller and stays
 * with it, wherever the caller goes afterwards.
 *
 * No socket comes twice, though others come and go while they are read: the kernel goes through its
 * tables slot by slot, and can only show again what stands in the slot where the last reading
 * stopped, so the sockets of the last readings are remembered, and no more than that.
 */
struct source;

struct source_query {
	unsigned protos; /* bits of enum socket_proto */
	unsigned states; /* SOCKET_BIT()s */
	int family;      /* 4, 6, or 0 for both; unix sockets come with 0 only */
	bool facts;      /* TCP's, where they can be had */
};

/* `proc` is the root of a procfs to read everything from; NULL: "/proc", after sock_diag. A `pid`
 * other than 0: of the namespace that this process is in, from PROC/PID/net alone, which needs no
 * privilege. NULL with errno set where nothing can be read. */
struct source *source_new(const char *proc, uint32_t pid);
void source_free(struct source *s);

void source_start(struct source *s, const struct source_query *query);

/*
 * Reads some of the sockets, a buffer of the kernel's, and hands them over; they last for the call
 * only. 1: there is more, 0: that was all, a code: the table could not be read; what was seen so
 * far stands, and the next call goes on with the next table.
 */
int source_read(
	struct source *s, void (*take)(void *user, const struct socket_entry *e), void *user);

/* The table that the last call was about: "tcp6". */
const char *source_table(const struct source *s);

/* What of the query could not be told, since the start. */
struct source_status {
	unsigned missing;   /* protocols that neither knows here, bits; of no importance where the
			       kernel was built without them */
	uint64_t malformed; /* lines and messages that were passed over, ... */
	unsigned damaged;   /* ... and of which proc_net_tables they were, bits */
	uint64_t again;     /* sockets that were shown twice, and told once */
	bool netlink;       /* sock_diag answered for some of it */
};

void source_status(const struct source *s, struct source_status *out);

#endif
