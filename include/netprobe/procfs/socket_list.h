/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_SOCKET_LIST_H
#define NETPROBE_PROCFS_SOCKET_LIST_H

#include "netprobe/procfs/socket_entry.h"

struct socket_list_block;

/* Sockets kept: for sorting, comparing, counting. Zeroed it is empty; the list owns the names and
 * facts of its entries. */
struct socket_list {
	struct socket_entry *entries;
	size_t count, room;
	struct socket_list_block *blocks;
};

/* Copies the entry and what it points to. Entries move when others are added. */
void socket_list_add(struct socket_list *list, const struct socket_entry *e);
void socket_list_clear(struct socket_list *list); /* keeps the room for entries */
void socket_list_release(struct socket_list *list);

#endif
