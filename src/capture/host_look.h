/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HOST_LOOK_H
#define CAPTURE_HOST_LOOK_H

#include "netprobe/capture/flow.h"
#include "netprobe/packet/ip.h"

/* A RST that somebody between sent in the server's name shows itself by its TTL, or by an IP id
 * that is out of the order of the server's own, right behind one of these: a host may count one row
 * for all that it sends. */

void host_look_note(struct handshake *h, const struct ip_header *ip, nsec_t at); /* its others */
/* A RST: ROLE_FOREIGN or 0. */
unsigned host_look_judge(struct handshake *h, const struct ip_header *ip, nsec_t at);

#endif
