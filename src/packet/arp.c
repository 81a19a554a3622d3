/* SPDX-License-Identifier: MIT */
#include "arp.h"

#include "be.h"

enum { FIXED = 8, ADDRESSES = 20, OVER_ETHERNET = 1, OF_IPV4 = 0x0800, SIZES = 0x0604 };

bool arp_parse(struct cursor *c, struct arp_packet *out)
{
	const uint8_t *at = cursor_bytes(c, FIXED), *addresses;

	if (!at || be16_at(at) != OVER_ETHERNET || be16_at(at + 2) != OF_IPV4 ||
		be16_at(at + 4) != SIZES)
		return false;
	addresses = cursor_bytes(c, ADDRESSES);
	if (!addresses)
		return false;
	out->operation = be16_at(at + 6);
	memcpy(out->sender_mac, addresses, 6);
	memcpy(out->sender_ip, addresses + 6, 4);
	memcpy(out->target_ip, addresses + 16, 4);
	return true;
}
