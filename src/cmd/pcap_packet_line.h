/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_PACKET_LINE_H
#define CMD_PCAP_PACKET_LINE_H

#include "pcap_packet.h"

/* Lines as tcpdump(1) has them, with the flow's number and what the packet was to it. A writer
 * keeps what one can use of the one before. */
struct packet_lines;

struct packet_lines *packet_lines_new(const struct capture *capture); /* NULL: no names */
void packet_lines_free(struct packet_lines *w);

/* "16:04:46.123456 eth0 #3 10.9.0.1:40312 > 10.9.0.2:80: Flags [S], seq 0, win 64240, options [mss
 * 1460], length 0 (SYN retry)", UTC; borrowed until the next. */
const struct strbuf *packet_line(struct packet_lines *w, const struct packet_seen *p);

#endif
