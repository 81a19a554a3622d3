/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_VIEW_H
#define CMD_PCAP_VIEW_H

#include "pcap_journals.h"
#include "pcap_options.h"
#include "pcap_select.h"

#include "netprobe/capture/capture.h"
#include "netprobe/capture/tracker.h"
#include "netprobe/output/output.h"

/*
 * A way to look at what comes along: told of packets and flows, it writes what is to be seen.
 * Several may look at the same time (a table and a picture). What they are told of is not selected
 * yet.
 */
struct pcap_view {
	/* any packet that was captured, before `packet` and `decided` of the same; NULL: not
	 * interested */
	void (*frame)(
		struct pcap_view *v, const struct frame *frame, const struct captured *captured);
	void (*packet)(struct pcap_view *v, const struct flow_packet *p);
	/* after all that was told of the frame; NULL: not interested */
	void (*taken)(struct pcap_view *v);
	void (*decided)(struct pcap_view *v, struct flow *f);
	void (*over)(struct pcap_view *v, struct flow *f, enum flow_over why);
	/* before some of a file is read; live: some time has passed, or who owns what has become
	 * known; NULL: of no interest */
	void (*turn)(struct pcap_view *v, nsec_t now);
	/* the capture is about to know the name of another interface; NULL: of no interest */
	void (*another_interface)(struct pcap_view *v);
	/* after the last flow was told over */
	void (*end)(struct pcap_view *v);
	void (*free)(struct pcap_view *v);
	uint64_t shown; /* flows, or packets where it shows these */
	int error;      /* -errno: what it writes cannot be written */
};

/* What all of them use; borrowed. */
struct pcap_context {
	struct output *out;
	struct session *session; /* which has the output; NULL: it is not to be lent */
	const struct pcap_options *options;
	const struct pcap_select *select;
	const struct capture *capture;
	struct pcap_owner *owner; /* of live flows; NULL: not looked for */
	struct pcap_journals
		*journals; /* what flows did; NULL where pcap_journals_wanted() says no */
	bool live;
};

struct pcap_view *pcap_table_view(const struct pcap_context *c); /* rows, or records of flows */
struct pcap_view *pcap_packets_view(const struct pcap_context *c);
struct pcap_view *pcap_ladder_view(const struct pcap_context *c);
struct pcap_view *pcap_summary_view(const struct pcap_context *c);

struct whole_file;

/* --svg: owns the file. */
struct pcap_view *pcap_svg_view(const struct pcap_context *c, struct whole_file *file);

#endif
