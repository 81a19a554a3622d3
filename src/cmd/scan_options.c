/* SPDX-License-Identifier: MIT */
#include "scan_options.h"

#include "netprobe/base/mem.h"

#define MSEC ((uint64_t)NSEC_PER_MSEC)
#define SEC  ((uint64_t)NSEC_PER_SEC)

enum { RATE_MAX = 10000000, PARALLEL_MAX = 1000000, RETRIES_MAX = 100 };

const char *const scan_show_states[] = {
	"open", "closed", "filtered", "unreachable", "unproved", "all", NULL};

static const struct option_def port_defs[] = {
	PORT_DEFS(offsetof(struct scan_options, ports), "default top:100"),
};

static const struct option_def pace_defs[] = {
	{
		.name = "rate",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = RATE_MAX,
		.help = "at most N probes a second in all",
		.offset = offsetof(struct scan_options, rate),
	},
	{
		.name = "parallel",
		.kind = OPTION_UINT,
		.value = "N",
		.min = 1,
		.max = PARALLEL_MAX,
		.help = "at most N probes in flight",
		.offset = offsetof(struct scan_options, parallel),
	},
	{
		.letter = 'w',
		.name = "timeout",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.min = 10 * MSEC,
		.max = 60 * SEC,
		.help = "longest wait for one probe (default: from the round-trip time)",
		.offset = offsetof(struct scan_options, timeout),
	},
	{
		.name = "retries",
		.kind = OPTION_UINT,
		.value = "N",
		.max = RETRIES_MAX,
		.help = "how often a silent port is asked again at the most (default: until two "
			"passes agree)",
		.offset = offsetof(struct scan_options, retries),
	},
	{
		.name = "delay",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.max = 60 * SEC,
		.help = "at least TIME between two probes to one address",
		.offset = offsetof(struct scan_options, delay),
	},
	{
		.name = "icmp-wait",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.max = 3600 * SEC,
		.help = "how long to ask again, slowly, for ICMP answers that a rate limit "
			"withheld; 0: not at all (default 10s an address)",
		.offset = offsetof(struct scan_options, icmp_wait),
	},
	ORDER_DEFS(offsetof(struct scan_options, ports), "probes", "addresses and ports"),
};

static const struct option_def output_defs[] = {
	{
		.name = "banner",
		.kind = OPTION_FLAG,
		.help = "ask open ports what speaks there, while the scan runs (netprobe banner)",
		.offset = offsetof(struct scan_options, banner),
	},
	{
		.name = "show",
		.kind = OPTION_TEXT,
		.value = "STATES",
		.choices = scan_show_states,
		.help = "states to list, joined by commas: open, closed, filtered, unreachable, "
			"unproved or all (default: what stands out; JSON: all)",
		.offset = offsetof(struct scan_options, show),
	},
};

const struct option_group scan_groups[SCAN_GROUP_COUNT] = {
	{.title = "Targets and ports", .defs = port_defs, .count = ARRAY_SIZE(port_defs)},
	COMMON_ADDRESS_GROUP(NULL, offsetof(struct scan_options, common)),
	{.title = "Order and pace", .defs = pace_defs, .count = ARRAY_SIZE(pace_defs)},
	{.title = "Output", .defs = output_defs, .count = ARRAY_SIZE(output_defs)},
	COMMON_OUTPUT_GROUP(offsetof(struct scan_options, common)),
};

const char *const scan_examples[] = {
	"netprobe scan 192.0.2.10",
	"the hundred likeliest ports of one address",
	"netprobe scan -p 22,80,8000-8100 --exclude 10.0.0.1 10.0.0.0/24",
	"these ports of a network, without its router",
	"netprobe scan -p - --rate 2000 -j -o result.json db.example.net",
	"every port, at most 2000 probes a second, for a program to read",
	NULL,
};

void scan_defaults(void *options)
{
	struct scan_options *o = options;

	*o = (struct scan_options){
		.ports = port_options_default("top:100"),
		.retries = SCAN_RETRIES_UNSET,
		.icmp_wait = 10 * NSEC_PER_SEC,
	};
}
