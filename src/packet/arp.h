/* SPDX-License-Identifier: MIT */
#ifndef PACKET_ARP_H
#define PACKET_ARP_H

#include "netprobe/base/cursor.h"
#include "netprobe/packet/frame.h"

/* RFC 826, of IPv4 over Ethernet. False, and *out untouched, for other addresses or, with the
 * cursor failed, what is cut short. */
bool arp_parse(struct cursor *c, struct arp_packet *out);

#endif
