/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CAPTURE_JOURNAL_H
#define NETPROBE_CAPTURE_JOURNAL_H

#include "netprobe/capture/tracker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The packets of one flow, kept to draw its ladder: the first JOURNAL_FIRST and the last
 * JOURNAL_LAST of them. Grows with what it holds.
 */
struct journal;

enum { JOURNAL_FIRST = 200, JOURNAL_LAST = 56, TCP_OPTIONS_MAX = 40 };

struct journal_entry {
	nsec_t at;
	uint32_t sequence, acknowledgment; /* relative, as flow_packet's; the quoted ones of ICMP */
	uint32_t len;                      /* of payload, by the headers */
	uint32_t window;                   /* scaled, but of a SYN */
	uint32_t interface;
	unsigned roles; /* bits of enum packet_role */
	uint16_t flags; /* bits of enum tcp_flag; 0 of ICMP */
	uint8_t ttl;
	uint8_t side; /* enum side: who sent it; of ICMP who is told */
	bool icmp;
	uint8_t icmp_type, icmp_code;
	struct syn_options options; /* of a SYN or SYN-ACK, else not seen */
	struct addr *from;          /* of ICMP, else NULL */
	bool incoming, outgoing;    /* as the frame's */
	bool elsewhere;             /* ICMP that did not come in the tags and tunnel of the flow */
	uint8_t tcp_length;         /* of the header */
	uint8_t option_len;         /* TCP's options as captured */
	uint8_t option_bytes[TCP_OPTIONS_MAX];
};

/* *j is made with the first packet. `interface` is captured.interface. */
void journal_add(struct journal **j, const struct flow_packet *p, uint32_t interface);
void journal_free(struct journal *j); /* NULL too */

/* In the order they came; NULL: none. Those that were left out came between journal_at(j,
 * JOURNAL_FIRST - 1) and journal_at(j, JOURNAL_FIRST). */
size_t journal_count(const struct journal *j);
const struct journal_entry *journal_at(const struct journal *j, size_t i);
uint64_t journal_left_out(const struct journal *j);

#endif
