/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_PACKET_WORDS_H
#define CMD_PCAP_PACKET_WORDS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/capture/capture.h"
#include "netprobe/capture/tracker.h"

/* What single packets are and mean, in words; the same in lines, records, ladders and pictures. Who
 * takes a strbuf appends. */

/* "[S.]", as tcpdump(1) has them; and "SYN, ACK". */
void flags_brackets(struct strbuf *out, uint16_t flags);
void flags_words(struct strbuf *out, uint16_t flags);

size_t flag_names_of(uint16_t flags, const char *names[], size_t room); /* how many it stored */

/* The names of roles for records: "syn-retry", ... Stores at most `room`; returns how many. */
size_t role_names(unsigned roles, const char *names[], size_t room);

/* "retransmission, gap before" */
void roles_words(struct strbuf *out, unsigned roles);

/* Of ROLE_SIGHTING: "again: eth1, TTL 63". */
void sighting_words(
	struct strbuf *out, const struct capture *capture, uint32_t interface, uint8_t ttl);

/* Why the packet is in a ladder: "connection refused", "SYN not answered, tried again after 1.0 s",
 * "handshake complete", "zero window: the receiver is full". Nothing where it goes without saying.
 */
struct packet_told {
	unsigned roles;
	enum side from;
	uint16_t flags;
	nsec_t at;
	nsec_t gap; /* since the same side's packet before; 0: not known */
};
void packet_meaning(struct strbuf *out, const struct flow *f, const struct packet_told *p);

#endif
