/* SPDX-License-Identifier: MIT */
#include "ethernet.h"

#include "be.h"

enum { ETHERNET_HEADER = 14, TAG = 4, VLAN_ID = 0x0fff };

uint16_t ethernet_parse(struct cursor *c)
{
	const uint8_t *at = cursor_bytes(c, ETHERNET_HEADER);

	return at ? be16_at(at + 12) : 0;
}

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_OLD_QINQ;
}

static void add(struct vlan_tags *tags, uint16_t id)
{
	if (tags->count < VLANS_KEPT)
		tags->ids[tags->count] = id;
	if (tags->count < UINT8_MAX)
		tags->count++;
}

uint16_t vlan_parse(struct cursor *c, uint16_t type, struct vlan_tags *tags)
{
	while (is_tag(type)) {
		const uint8_t *at = cursor_bytes(c, TAG);

		if (!at)
			return 0;
		add(tags, be16_at(at) & VLAN_ID);
		type = be16_at(at + 2);
	}
	return type;
}
