/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_OPTIONS_H
#define CMD_PCAP_OPTIONS_H

#include "common_options.h"

#include "netprobe/base/clock.h"
#include "netprobe/cli/options.h"

#include <stdbool.h>

struct pcap_options {
	const char *interface, *read; /* neither: "any" */
	uint64_t snaplen;
	bool promiscuous;
	uint64_t count;  /* packets; 0: no end */
	nsec_t duration; /* 0: no end */
	uint64_t max_flows;

	struct option_list hosts, ports, states;
	bool failed;
	nsec_t slow;   /* 0: not asked for */
	uint64_t flow; /* 0: all */

	bool ladder, packets, summary, follow;
	const char *svg, *write;
	struct common_options common;
};

enum { PCAP_GROUP_COUNT = 4 };

extern const struct option_group pcap_groups[PCAP_GROUP_COUNT];
extern const char *const pcap_examples[];

void pcap_defaults(void *options);

/* Other programs take files as operands: says so where one is. */
void pcap_options_hint(const struct pcap_options *o, const struct arguments *args);

/* What cannot be together is said as a usage error. 0 or another code. */
int pcap_options_check(const struct pcap_options *o);

#endif
