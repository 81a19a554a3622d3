/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_SEEN_H
#define PROCFS_SEEN_H

#include "netprobe/procfs/socket_entry.h"

/*
 * The last some thousand sockets that were told, by a hash of 63 bits under a seed that nobody
 * outside knows. Memory does not grow; what is older than the last SEEN_LEAST is forgotten.
 */
enum { SEEN_LEAST = 4096 };

struct seen;

struct seen *seen_new(void);
void seen_free(struct seen *s);
void seen_clear(struct seen *s);
bool seen_before(struct seen *s, const struct socket_entry *e); /* and remembers it */

#endif
