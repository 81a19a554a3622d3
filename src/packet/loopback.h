/* SPDX-License-Identifier: MIT */
#ifndef PACKET_LOOPBACK_H
#define PACKET_LOOPBACK_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* The address family in front of a BSD's loopback packet: 4 or 6; 0 for another, or with the cursor
 * failed. `network_order` is that of LINK_LOOP; else it may stand either way round. */
uint8_t loopback_parse(struct cursor *c, bool network_order);

#endif
