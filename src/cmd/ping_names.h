/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_NAMES_H
#define CMD_PING_NAMES_H

#include "netprobe/event/loop.h"
#include "netprobe/net/addr.h"

/*
 * Names of addresses (PTR), looked up beside the run: nobody waits for them, and what is not known
 * yet is shown as its address. Holds a bounded number.
 */
struct ping_names;

/* NULL with errno set where no thread can be had. */
struct ping_names *ping_names_new(struct loop *loop);
void ping_names_free(struct ping_names *n);

/* The name, NULL when there is none, or none yet: then it is asked for. Valid until the next call.
 */
const char *ping_names_get(struct ping_names *n, const struct addr *a);

#endif
