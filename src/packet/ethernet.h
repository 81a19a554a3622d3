/* SPDX-License-Identifier: MIT */
#ifndef PACKET_ETHERNET_H
#define PACKET_ETHERNET_H

#include "netprobe/base/cursor.h"

#include <stdint.h>

/* IEEE 802 numbers of what follows. */
enum ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_BRIDGED = 0x6558, /* an Ethernet frame, in GRE and GENEVE */
	ETHERTYPE_VLAN = 0x8100,    /* 802.1Q */
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,   /* session */
	ETHERTYPE_QINQ = 0x88a8,    /* 802.1ad */
	ETHERTYPE_OLD_QINQ = 0x9100 /* what it was before there was a standard */
};

enum { VLANS_KEPT = 2 };

/* Tags in front of what a frame carries, the outer first; more than VLANS_KEPT are counted. */
struct vlan_tags {
	uint8_t count;
	uint16_t ids[VLANS_KEPT];
};

/* Goes over the addresses, gives the type. 0, and the cursor failed, for what is cut short. */
uint16_t ethernet_parse(struct cursor *c);

/* Goes over the tags that stand behind a type, adds them to `tags`, and gives the type behind them;
 * 0, and the cursor failed, where a tag is cut. */
uint16_t vlan_parse(struct cursor *c, uint16_t type, struct vlan_tags *tags);

#endif
