/* SPDX-License-Identifier: MIT */
#ifndef PACKET_ICMP_PACKET_H
#define PACKET_ICMP_PACKET_H

#include "netprobe/base/cursor.h"
#include "netprobe/packet/frame.h"

/* A message of ICMP (`family` 4) or ICMPv6 (6) with what it quotes. False, and *out untouched, for
 * less than its 8 bytes. */
bool icmp_packet_parse(struct cursor *c, int family, struct icmp_packet *out);

/* Whether it is an error, which has to quote a packet. */
bool icmp_packet_quotes(int family, uint8_t type);

#endif
