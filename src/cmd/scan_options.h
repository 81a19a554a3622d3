/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_OPTIONS_H
#define CMD_SCAN_OPTIONS_H

#include "common_options.h"
#include "port_options.h"

#include "netprobe/base/clock.h"
#include "netprobe/cli/options.h"

#define SCAN_ICMP_WAIT_UNSET (-1)       /* 10 s, 60 s for UDP */
#define SCAN_FORMAT_UNSET    (-1)       /* a table, or what goes on */
#define SCAN_RETRIES_UNSET   UINT64_MAX /* until two passes agree */

struct scan_options {
	struct port_options ports;

	uint64_t rate;     /* probes a second, 0: no limit of its own */
	uint64_t parallel; /* probes in flight, 0: as many as this machine and the path bear */
	nsec_t timeout;    /* 0: from the round-trip time */
	uint64_t retries;
	nsec_t delay;
	nsec_t icmp_wait;

	bool udp;
	bool banner, require_data, where;
	const char *expect, *resume, *shard; /* as given; NULL: not asked for */
	struct strbuf show; /* as given, none for what the format shows by itself */
	struct common_options common;
};

enum { SCAN_GROUP_COUNT = 5 };

extern const struct option_group scan_groups[SCAN_GROUP_COUNT];
extern const char *const scan_show_states[]; /* the words of --show; NULL-ended */
extern const char *const scan_examples[];

void scan_defaults(void *options);

/* What cannot be together is said as a usage error. 0 or another code. */
int scan_options_check(const struct scan_options *o);

/* The options that the user gave, as far as they differ from the defaults: what it is given over,
 * and what tells that one was. `name` is the long one. */
bool scan_options_gave(const struct scan_options *o, const char *name);
/* The first that is given and not among `allowed` (NULL-ended); NULL: none. */
const char *scan_options_beside(const struct scan_options *o, const char *const *allowed);
/* Those of `names` (NULL-ended) that are given in `from` go over to `to`. */
void scan_options_take(
	struct scan_options *to, const struct scan_options *from, const char *const *names);

#endif
