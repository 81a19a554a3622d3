/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_RUN_H
#define CMD_PCAP_RUN_H

#include "pcap_follow.h"
#include "pcap_options.h"
#include "pcap_owner.h"
#include "pcap_select.h"
#include "pcap_totals.h"
#include "pcap_view.h"
#include "session.h"

#include "netprobe/output/whole_file.h"

enum { PCAP_VIEWS_MAX = 2 }; /* a picture beside something else */

/* One run: what pcap.c opens and ends, and pcap_run.c is called with while it lasts. */
struct pcap {
	struct session session;
	const struct pcap_options *options;
	struct capture *capture;
	struct capture_writer *writer;
	struct whole_file *svg; /* until its view has it */
	struct pcap_select *select;
	struct pcap_owner *owner;
	struct pcap_context context;
	struct tracker *tracker;
	struct pcap_view *views[PCAP_VIEWS_MAX];
	size_t view_count;
	struct pcap_follow *follow;
	struct pcap_totals totals;
	struct watch packets_wait, answers_wait;
	struct timer tick, end;
	uint64_t taken;
	uint32_t interface; /* of the packet that is being taken */
	bool of_flow;       /* it is of the one that is asked for */
	bool over;
	nsec_t latest; /* packets after it came when it was over; 0: none can have */
	bool failed;   /* said */
};

bool pcap_is_live(const struct pcap *p);
bool pcap_shows_owners(const struct pcap *p); /* packets and sums have none */

void pcap_stop(void *user);

/* Of the tracker: who is told; `packet` only where somebody wants packets. */
void pcap_on_packet(void *user, const struct flow_packet *packet);
void pcap_on_decided(void *user, struct flow *f);
void pcap_on_over(void *user, struct flow *f, enum flow_over why);

/* Of a pcapng: it is about to name another interface. */
void pcap_another_interface(void *user);

/* Packets come from now on; the loop calls. */
void pcap_watch(struct pcap *p, nsec_t now);

/* Live, after the end: what came before it, and was still on its way from the kernel. */
void pcap_read_late(struct pcap *p);

void pcap_update_totals(struct pcap *p);

#endif
