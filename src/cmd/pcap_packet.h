/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_PACKET_H
#define CMD_PCAP_PACKET_H

#include "pcap_view.h"

#include "netprobe/capture/journal.h"

/* A packet that is to be shown by itself: a line for eyes, or a record for programs. */
struct packet_seen {
	struct flow_packet told; /* `flow` NULL: it is of none; then the numbers are those sent */
	struct captured captured;
};

void packet_of_no_flow(
	struct packet_seen *out, const struct frame *frame, const struct captured *captured);

/* One that waited in a journal, as far as that kept it. *frame is made for it; both borrow of the
 * flow and the entry. */
void packet_of_journal(struct packet_seen *out, struct frame *frame, struct flow *f,
	const struct journal_entry *e);

/* "udp", "icmp6", "arp"; NULL where there is no name for it; and "UDP", "ESP" for eyes. */
const char *packet_protocol_name(const struct frame *frame);
const char *packet_protocol_words(uint8_t family, uint8_t protocol);

/* "echo request", "Destination Host Unreachable" */
const char *packet_icmp_words(uint8_t family, uint8_t type, uint8_t code);

/* The name of the interface that it came through, or `prefix` and its number; nothing where it is
 * not known at all. */
void packet_interface(struct strbuf *out, const struct capture *capture,
	const struct packet_seen *p, const char *prefix);

#endif
