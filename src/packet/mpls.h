/* SPDX-License-Identifier: MIT */
#ifndef PACKET_MPLS_H
#define PACKET_MPLS_H

#include "netprobe/base/cursor.h"

#include <stdint.h>

/* Goes over a label stack (RFC 3032) and gives the number of its labels, 255 for more. The cursor
 * failed: its bottom is not there. */
uint8_t mpls_parse(struct cursor *c);

#endif
