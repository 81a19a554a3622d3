/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_WHERE_H
#define CMD_SCAN_WHERE_H

#include "scan_hold.h"

#include "netprobe/event/loop.h"
#include "netprobe/probe/locator.h"

/* --where: how far packets to silent ports get. Of each address the first WHERE_PORTS such ports
 * are followed, since routers limit the errors that this takes. */
struct scan_where;

enum { WHERE_PORTS = 8 };

/* `protocol`: IPPROTO_TCP or IPPROTO_UDP; `controls`: ports that may be asked to learn how far an
 * address is (borrowed; NULL: none); `written` is called after something was told. */
struct scan_where *scan_where_new(struct loop *loop, struct scan_hold *hold, int protocol,
	const struct ports *controls, const struct locator_options *options,
	void (*written)(void *user), void *user);
void scan_where_free(struct scan_where *w); /* before the hold */

/* It is silent. */
bool scan_where_follows(const struct cell *c);

/* A port was decided. True: it is told of when it has been followed. */
bool scan_where_decided(struct scan_where *w, struct host *h, uint32_t cell);

/* All ports of the address are decided: those that wait are followed now. */
void scan_where_done(struct scan_where *w, struct host *h);

size_t scan_where_waiting(const struct scan_where *w);
void scan_where_stop(struct scan_where *w);

#endif
