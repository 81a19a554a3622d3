/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_TELLER_H
#define CMD_PCAP_TELLER_H

#include "netprobe/capture/tracker.h"
#include "netprobe/output/output.h"

/*
 * Tells flows in a thread of its own, in the order in which they were put: to make text of them
 * takes as long as to track them. From new to free the output is that thread's, which flushes it in
 * time, too; only a few hundred flows wait.
 */
struct pcap_teller;

typedef void pcap_tell(void *user, const struct flow *f, enum flow_over why);

/* Flows are flushed `delay` after the first that was told since, or, where it is 0, when the output
 * is due. What `tell` uses is left alone by everybody else. NULL: there can be no thread. */
struct pcap_teller *pcap_teller_new(struct output *out, nsec_t delay, pcap_tell *tell, void *user);

/* Takes a copy, without `user`; waits while there is no room for it. */
void pcap_teller_put(struct pcap_teller *t, const struct flow *f, enum flow_over why);

/* What was put does not wait for more to come. 0, or -errno of an output that has failed: nothing
 * is told any more. */
int pcap_teller_hand_over(struct pcap_teller *t);

/* Waits until all that was put is told; after that the thread uses nothing but the output. */
void pcap_teller_settle(struct pcap_teller *t);

void pcap_teller_free(struct pcap_teller *t); /* settles; NULL too */

#endif
