/* SPDX-License-Identifier: MIT */
#include "cooked.h"

#include "be.h"

enum { HEADER_1 = 16, HEADER_2 = 20 };

/* <linux/if_packet.h>, packet(7) */
enum { TO_OTHERS = 3, FROM_US = 4 };

/* <linux/if_arp.h>: its protocol field holds a netlink family */
enum { HARDWARE_NETLINK = 824 };

static void place(struct cooked *out, unsigned packet_type, unsigned hardware, uint16_t type)
{
	out->outgoing = packet_type == FROM_US;
	out->incoming = packet_type <= TO_OTHERS;
	out->to_others = packet_type == TO_OTHERS;
	out->type = hardware == HARDWARE_NETLINK ? 0 : type;
}

bool cooked_parse(struct cursor *c, int version, struct cooked *out)
{
	const uint8_t *at = cursor_bytes(c, version == 1 ? HEADER_1 : HEADER_2);

	*out = (struct cooked){0};
	if (!at)
		return false;
	if (version == 1) {
		place(out, be16_at(at), be16_at(at + 2), be16_at(at + 14));
		return true;
	}
	place(out, at[10], be16_at(at + 8), be16_at(at));
	out->interface = be32_at(at + 4);
	return true;
}
