/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_SELECT_H
#define CMD_PCAP_SELECT_H

#include "pcap_options.h"

#include "netprobe/capture/flow.h"
#include "netprobe/packet/frame.h"

/* --host, --port, --state, --failed, --slow, --flow: which flows are meant, through every
 * encapsulation, the same live and in files. */
struct pcap_select;

/* What is wrong is said as a usage error, names are looked up unless -n: not before privileges are
 * gone. NULL then. */
struct pcap_select *pcap_select_new(const struct pcap_options *o);
void pcap_select_free(struct pcap_select *s);

/* By what never changes: its ends and its number. */
bool pcap_select_ends(const struct pcap_select *s, const struct flow *f);
/* By how its handshake stands. */
bool pcap_select_fate(const struct pcap_select *s, const struct flow *f);
bool pcap_selects_fate(const struct pcap_select *s); /* some option asks for a fate */
bool pcap_select_flow(const struct pcap_select *s, const struct flow *f); /* both */

/* A packet by itself, by --host and --port alone. ICMP errors go with the packet that they quote.
 */
bool pcap_select_frame(const struct pcap_select *s, const struct frame *frame);

#endif
