/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_PROC_NET_H
#define NETPROBE_PROCFS_PROC_NET_H

#include "netprobe/procfs/socket_entry.h"

/*
 * The lines of /proc/net/{tcp,tcp6,udp,udp6,udplite,udplite6,raw,raw6,icmp,icmp6,unix} (proc(5)),
 * and nothing about files. Columns behind the known ones are passed over.
 */
struct proc_net_table {
	const char *file; /* "tcp6" */
	uint8_t proto, family;
};

enum { PROC_NET_TABLES = 11 };
extern const struct proc_net_table proc_net_tables[PROC_NET_TABLES];

/*
 * One line without its newline, of the table. 1: a socket in *out, whose path points into `line`;
 * 0: a heading or an empty line; ERR_SYNTAX: cut off or not of this form. Every byte may be
 * anything.
 *
 * The kernel writes each NUL of an abstract unix name as '@'. The leading one is put back, in
 * `line`; the others cannot be told from an '@', nor a relative path that begins with one from an
 * abstract name. A path with a newline in it makes two lines, of which the second may look like
 * anything.
 */
int proc_net_parse(
	const struct proc_net_table *table, char *line, size_t len, struct socket_entry *out);

#endif
