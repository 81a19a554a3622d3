/* SPDX-License-Identifier: MIT */
#include "be.h"
#include "ethernet.h"
#include "tunnel.h"

enum { VXLAN_HEADER = 8, HAS_VNI = 0x08 };

bool vxlan_parse(struct cursor *c, struct tunnel_header *out)
{
	const uint8_t *at = cursor_bytes(c, VXLAN_HEADER);

	if (!at || !(at[0] & HAS_VNI))
		return false;
	out->id = be32_at(at + 4) >> 8;
	out->type = ETHERTYPE_BRIDGED;
	return true;
}
