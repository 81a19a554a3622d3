/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_FOLLOW_H
#define CMD_PCAP_FOLLOW_H

#include "pcap_totals.h"

/* --follow: one line below the rows, drawn anew in its place: counts, and what is still being tried
 * with the time of its next try. On a terminal only. */
struct pcap_follow;

struct pcap_follow *pcap_follow_new(struct output *out);
void pcap_follow_free(struct pcap_follow *f);

void pcap_follow_packet(struct pcap_follow *f, const struct flow *flow); /* after it was taken */
void pcap_follow_over(struct pcap_follow *f, const struct flow *flow);
void pcap_follow_show(struct pcap_follow *f, const struct pcap_totals *t, nsec_t wall);

#endif
