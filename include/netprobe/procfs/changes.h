/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_CHANGES_H
#define NETPROBE_PROCFS_CHANGES_H

#include "netprobe/procfs/socket_list.h"

/* What differs between two looks at the sockets. */
enum change_kind { CHANGE_OPENED, CHANGE_CLOSED, CHANGE_STATE };

struct changes_events {
	/* `was` is the state before (CHANGE_STATE), else 0; `e` is the newest that is known. */
	void (*change)(void *user, enum change_kind kind, const struct socket_entry *e,
		enum socket_state was);
	/* Of each that is in both lists, changed or not, before any change: the indices. NULL: it
	 * is not asked for. */
	void (*stays)(void *user, size_t before, size_t after);
	void *user;
};

/*
 * Reports closed sockets first, then changed ones, then opened ones, each in the order of their
 * list. A connection stays the same through its states, though it loses its file on the way
 * (FIN_WAIT2, TIME_WAIT, SYN_RECV have none): cookie, inode or addresses tell. Another socket with
 * the same addresses (another cookie or inode, neither 0) is closed and opened.
 */
void changes_find(const struct socket_list *before, const struct socket_list *after,
	const struct changes_events *events);

#endif
