/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_SUMMARY_H
#define CMD_SOCKETS_SUMMARY_H

#include "sockets_owner.h"

#include "netprobe/output/output.h"
#include "netprobe/procfs/socket_list.h"

/* --summary: counts the sockets that are `shown` by state, process, peer and listening port, and
 * writes the largest of each. */
void summary_put(const struct socket_list *list,
	bool (*shown)(void *user, const struct socket_entry *e), void *user,
	struct ownership *ownership, const struct sockets_options *options, struct output *out);

#endif
