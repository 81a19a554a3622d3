/* SPDX-License-Identifier: MIT */
#ifndef PACKET_UDP_H
#define PACKET_UDP_H

#include "netprobe/base/cursor.h"
#include "netprobe/packet/frame.h"

/* RFC 768. False, and *out untouched, for what is cut short. */
bool udp_parse(struct cursor *c, struct udp_header *out);

#endif
