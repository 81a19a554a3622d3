/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_TOTALS_H
#define CMD_PCAP_TOTALS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/capture/capture.h"
#include "netprobe/capture/tracker.h"
#include "netprobe/capture/vantage.h"
#include "netprobe/output/output.h"

/* What there was in all, of the flows that were selected. Zeroed: nothing yet. */
struct pcap_totals {
	uint64_t packets; /* that were captured */
	uint64_t flows;
	uint64_t states[HANDSHAKE_STATES];
	uint64_t partial;    /* flows with options that the snap length cut */
	uint64_t unfit;      /* packets that the file of --write cannot hold */
	uint64_t unreadable; /* packets of which too little was captured to say what they are */
	struct vantage vantage;
	struct tracker_status tracker;
	struct capture_status capture;
	bool filtered;  /* by an expression */
	bool live, cut; /* cut: the file ends within a packet, or it could not be read on */
};

void pcap_totals_frame(
	struct pcap_totals *t, const struct frame *frame, const struct captured *captured);
void pcap_totals_add(struct pcap_totals *t, const struct flow *f); /* it is told of */
/* One that was added in this state is added again in another one. */
void pcap_totals_take_back(struct pcap_totals *t, enum handshake_state state);

/* "12 attempts: 9 complete, 2 refused, 1 unanswered, 340 packets", appended. */
void pcap_totals_text(struct strbuf *out, const struct pcap_totals *t);

/* The `summary` record, or the last line of a table. */
void pcap_totals_put(const struct pcap_totals *t, struct output *out);

/* What cannot be known of what was captured, a line each on stderr. */
void pcap_totals_warn(const struct pcap_totals *t);

#endif
