/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_WORDS_H
#define CMD_PCAP_WORDS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/capture/capture.h"
#include "netprobe/capture/tracker.h"

/* What flows and packets mean, in words; the same in tables, ladders and pictures. All append. */

/* What is worth to be said of a flow beside its state: "RST, TTL 63", "port-unreachable from
 * 10.0.0.1", "asked 3 times over 7.0 s", "MSS 1460 -> 1380", "eth0 in -> eth1 out"; nothing for
 * what went as it should. */
void flow_note(struct strbuf *out, const struct flow *f, const struct capture *capture);

/* Live: that it was shown as something else before. */
void flow_note_retold(struct strbuf *out, const struct flow *f);

/* "refused after 0.041 ms", "complete in 0.310 ms", "unanswered: asked 3 times over 3.0 s". */
void flow_fate(struct strbuf *out, const struct flow *f);

/* "eth1"; "interface 3" where its name is not known; `capture` may be NULL. */
void interface_words(struct strbuf *out, const struct capture *capture, uint32_t interface);

/* "vlan 10 vxlan 42 ", nothing for what is in none. */
void place_words(struct strbuf *out, const struct flow_place *place);

/* "VLAN 10, in vxlan 42", for the notes of tables; nothing for what is in none. */
void place_note(struct strbuf *out, const struct flow_place *place);

/* "MSS 1460, window scale 7, SACK, timestamps" */
void syn_options_words(struct strbuf *out, const struct syn_options *o);

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
