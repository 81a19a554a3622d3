/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_PLAN_H
#define CMD_PING_PLAN_H

#include "ping_options.h"
#include "ping_report.h"

#include "netprobe/net/feed.h"
#include "netprobe/net/target.h"
#include "netprobe/probe/pinger.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What options and targets of a ping come to: one address or many, how often and how fast they are
 * asked, and which of them can be. Whatever is wrong is said here. Zeroed but for the options.
 */
struct ping_plan {
	const struct ping_options *options;
	struct ping_request request;
	struct addr source; /* --interface ADDRESS; family 0: none */
	enum ping_layout layout;
	uint64_t count; /* of probes to each; 0: until interrupted */
	uint64_t admitted;
};

/* Before anything is opened: fills in `request` and `source`. 0 or another code, said as a usage
 * error. */
int ping_plan_check(struct ping_plan *p, const struct arguments *args);

/* Of arguments that were checked, and the targets that were made of them: fills in `layout` and
 * `count`. As above. */
int ping_plan_layout(
	struct ping_plan *p, const struct arguments *args, const struct targets *targets);

/* Whether the address can be asked: it is given its port then, and counted. Else the reason is
 * said. */
bool ping_plan_takes(struct ping_plan *p, struct feed_item *item);

/* How the pinger is to ask; `prompt` where the results are not for reading only. */
struct pinger_options ping_plan_pinger(const struct ping_plan *p, bool prompt);

#endif
