/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_OPTIONS_H
#define CMD_SCAN_OPTIONS_H

#include "common_options.h"
#include "port_options.h"

#include "netprobe/base/clock.h"
#include "netprobe/cli/options.h"

#define SCAN_RETRIES_UNSET UINT64_MAX /* until two passes agree */

struct scan_options {
	struct port_options ports;

	uint64_t rate;     /* probes a second, 0: no limit of its own */
	uint64_t parallel; /* probes in flight, 0: as many as this machine and the path bear */
	nsec_t timeout;    /* 0: from the round-trip time */
	uint64_t retries;
	nsec_t delay;
	nsec_t icmp_wait;

	bool banner;
	const char *show; /* text as given, NULL for what the format shows by itself */
	struct common_options common;
};

enum { SCAN_GROUP_COUNT = 5 };

extern const struct option_group scan_groups[SCAN_GROUP_COUNT];
extern const char *const scan_show_states[]; /* the words of --show; NULL-ended */
extern const char *const scan_examples[];

void scan_defaults(void *options);

#endif
