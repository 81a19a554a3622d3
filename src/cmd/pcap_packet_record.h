/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_PACKET_RECORD_H
#define CMD_PCAP_PACKET_RECORD_H

#include "pcap_packet.h"

/* What a packet is to programs: a `packet` record. `scratch` is used for it. */
void packet_record_put(
	const struct pcap_context *c, struct strbuf *scratch, const struct packet_seen *p);

#endif
