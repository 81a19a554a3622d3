/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_DIAG_H
#define PROCFS_DIAG_H

#include "netprobe/procfs/source.h"

#include <linux/netlink.h>

/*
 * The messages of sock_diag(7) (linux/inet_diag.h, linux/unix_diag.h, struct tcp_info): bytes only,
 * no sockets.
 */

enum { DIAG_REQUEST_MAX = 128 };

/* One protocol and family of the query as a request to dump it, into memory aligned for a struct
 * nlmsghdr. Its length; 0 where sock_diag has no such thing. */
size_t diag_request(char out[static DIAG_REQUEST_MAX], enum socket_proto proto, int family,
	const struct source_query *query);

/*
 * One message of the answer, aligned, `nlmsg_len` bytes of which can be read. 1: a socket in *out,
 * with what it points to in the message or in *facts; 0: its state was not asked for; ERR_SYNTAX:
 * too short, or not of this form. Attributes that are not known are passed over.
 */
int diag_parse(const struct nlmsghdr *message, enum socket_proto proto,
	const struct source_query *query, struct socket_entry *out, struct tcp_facts *facts);

#endif
