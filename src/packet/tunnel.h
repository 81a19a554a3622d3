/* SPDX-License-Identifier: MIT */
#ifndef PACKET_TUNNEL_H
#define PACKET_TUNNEL_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* VXLAN's is IANA's, and what Linux takes where it is told none. */
enum { PORT_VXLAN = 4789, PORT_VXLAN_LINUX = 8472, PORT_GENEVE = 6081 };

/* What stands between a packet and the one that it carries. */
struct tunnel_header {
	uint32_t id;   /* VNI, or GRE's key; 0 without one */
	uint16_t type; /* as Ethernet's; ETHERTYPE_BRIDGED is a whole frame */
};

/* Each: true, and the cursor at what is carried. False: not this, or, with the cursor failed, cut
 * short. *out is set only where it is true. */
bool gre_parse(struct cursor *c, struct tunnel_header *out);    /* RFC 2784, 2890; version 0 */
bool vxlan_parse(struct cursor *c, struct tunnel_header *out);  /* RFC 7348 */
bool geneve_parse(struct cursor *c, struct tunnel_header *out); /* RFC 8926 */

#endif
