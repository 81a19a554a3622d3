/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_WATCH_H
#define CMD_SOCKETS_WATCH_H

#include "sockets_write.h"

#include "netprobe/output/output.h"
#include "netprobe/procfs/socket_list.h"

/* --watch: what differs from the look before, and on a terminal how many there are in each state,
 * as it went. */
struct watching;

struct watching *watching_new(struct output *out, struct socket_writer *writer);
void watching_free(struct watching *w);

/* Before a look: who held what has lost its file is to be known still. */
void watching_want(const struct watching *w, struct ownership *ownership);

/* A look is done. The first one is only counted, in JSON it is listed. The list is kept, and the
 * one before is left in its place, empty. Returns how many sockets were told. */
uint64_t watching_look(struct watching *w, struct socket_list *list);

#endif
