/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_OWNER_H
#define CMD_PCAP_OWNER_H

#include "netprobe/capture/flow.h"
#include "netprobe/procfs/owners.h"

/*
 * The processes that own the local ends of live flows, from the socket tables. Who reads packets
 * holds no privilege, so a process of its own is asked, which was begun while there was some, keeps
 * what reading others' descriptors takes, and sees nothing but addresses and ports.
 */
struct pcap_owner;

/* Before privileges are dropped. NULL with errno where none can be had. */
struct pcap_owner *pcap_owner_new(void);
void pcap_owner_free(struct pcap_owner *w); /* ends the process, waits for it */

/* To wait for with LOOP_IN: answers have come. */
int pcap_owner_fd(const struct pcap_owner *w);

/* Asks for a flow; once more, too, when its sockets may have come to somebody: what is known stays
 * where the later answer knows nothing. False: too many wait for an answer already. */
bool pcap_owner_ask(struct pcap_owner *w, const struct flow *f);

/* Its fate is known: asks once more where the socket may only now have an owner. */
void pcap_owner_decided(struct pcap_owner *w, const struct flow *f);

/* Takes the answers that have come, without waiting. 0 or -errno: the process is gone. */
int pcap_owner_read(struct pcap_owner *w);

/* It need not be waited for: it has come, or will not. */
bool pcap_owner_answered(const struct pcap_owner *w, const struct flow *f);

/* The first few that hold the end `*local`, *count of them; NULL where nothing is known. Kept for
 * the last few thousand flows that were asked for. */
const struct owner *pcap_owner_of(
	const struct pcap_owner *w, const struct flow *f, enum side *local, size_t *count);

#endif
