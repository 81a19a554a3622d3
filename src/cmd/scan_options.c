/* SPDX-License-Identifier: MIT */
#include "scan_options.h"

#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/scan.h"

#include <string.h>

#define MSEC ((uint64_t)NSEC_PER_MSEC)
#define SEC  ((uint64_t)NSEC_PER_SEC)

enum { RATE_MAX = 10000000, PARALLEL_MAX = 1000000, RETRIES_MAX = 100 };

const char *const scan_show_states[] = {
	"open", "closed", "filtered", "unreachable", "unproved", "open|filtered", "all", NULL};

static const struct option_def port_defs[] = {
	PORT_DEFS(offsetof(struct scan_options, ports), "default top:100"),
	{
		.name = "udp",
		.kind = OPTION_FLAG,
		.help = "UDP ports instead of TCP ports",
		.offset = offsetof(struct scan_options, udp),
	},
	{
		.name = "shard",
		.kind = OPTION_TEXT,
		.value = "I/N",
		.help = "only part I of N, by --seed (default 0) the same for all of them; auto/N, "
			"auto: "
			"the part that this job is",
		.offset = offsetof(struct scan_options, shard),
	},
	{
		.name = "resume",
		.kind = OPTION_TEXT,
		.value = "FILE",
		.is_file = true,
		.help = "go on with the interrupted run whose JSON FILE has, with its targets, "
			"options "
			"and seed; its records are added to FILE",
		.offset = offsetof(struct scan_options, resume),
	},
	{
		.name = "expect",
		.kind = OPTION_TEXT,
		.value = "FILE",
		.is_file = true,
		.help = "show only what differs from FILE: lines ADDRESS PORTS STATES, or the JSON "
			"of "
			"an earlier run; without TARGET its ports are scanned",
		.offset = offsetof(struct scan_options, expect),
	},
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
		.help = "at least TIME between two probes to one target",
		.offset = offsetof(struct scan_options, delay),
	},
	{
		.name = "icmp-wait",
		.kind = OPTION_DURATION,
		.value = "TIME",
		.max = 3600 * SEC,
		.help = "how long to ask again, slowly, for ICMP answers that a rate limit "
			"withheld; 0: not at all (default 10s an address, 60s with --udp)",
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
		.name = "require-data",
		.kind = OPTION_FLAG,
		.help = "an open port counts only if it sends data, or holds the connection where "
			"random ports do not",
		.offset = offsetof(struct scan_options, require_data),
	},
	{
		.name = "where",
		.kind = OPTION_FLAG,
		.help = "for ports that stay silent: the last hop on the way that answers",
		.offset = offsetof(struct scan_options, where),
	},
	{
		.name = "show",
		.kind = OPTION_JOINED,
		.value = "STATES",
		.choices = scan_show_states,
		.help = "states to list, joined by commas: open, closed, filtered, open|filtered, "
			"unreachable, unproved or all (default: what stands out; JSON: all)",
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
	"netprobe scan --resume result.json",
	"go on with that run, which was interrupted",
	"netprobe scan --udp -p top:50 --icmp-wait 2m 192.0.2.10",
	"the fifty likeliest UDP ports, with time for hosts that send few ICMP errors",
	"netprobe scan --where -p 22,443 192.0.2.10",
	"of ports that stay silent, the last hop on the way that answers",
	"netprobe scan --require-data -p 1-1024 192.0.2.10",
	"where something accepts every connection, the ports that are more than that",
	"netprobe scan --expect before.json",
	"what differs from an earlier run, which had -j -o before.json",
	"netprobe scan --shard 1/7 -j -o part1.json 192.0.2.0/24",
	"the first of seven parts of one scan, each on a machine of its own",
	NULL,
};

void scan_defaults(void *options)
{
	struct scan_options *o = options;

	*o = (struct scan_options){
		.ports = port_options_default("top:100"),
		.retries = SCAN_RETRIES_UNSET,
		.icmp_wait = SCAN_ICMP_WAIT_UNSET,
		.common.format = SCAN_FORMAT_UNSET,
	};
}

/* --- what was given
 * ------------------------------------------------------------------------------ */

static size_t size_of(enum option_kind kind)
{
	switch (kind) {
	case OPTION_FLAG:
		return sizeof(bool);
	case OPTION_COUNT:
		return sizeof(unsigned);
	case OPTION_SET:
	case OPTION_CHOICE:
		return sizeof(int);
	case OPTION_TEXT:
		return sizeof(const char *);
	case OPTION_LIST:
		return sizeof(struct option_list);
	case OPTION_JOINED:
		return sizeof(struct strbuf);
	case OPTION_UINT:
	case OPTION_REAL:
	case OPTION_DURATION:
		return sizeof(uint64_t);
	case OPTION_HELP:
		break;
	}
	return 0;
}

static bool is_given(const struct scan_options *o, const struct option_at *at)
{
	size_t offset = at->group->base + at->def->offset;
	struct scan_options unset;

	scan_defaults(&unset);
	unset.ports.seed = unset.ports.drawn = o->ports.drawn;
	return memcmp((const char *)o + offset, (const char *)&unset + offset,
		       size_of(at->def->kind)) != 0;
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

int scan_options_check(const struct scan_options *o)
{
	const char *of_tcp = o->banner ? "banner" : o->require_data ? "require-data" : NULL;

	if (o->udp && of_tcp)
		return usage_error(&command_scan,
			"--%s is for TCP: what UDP services reply is shown anyway", of_tcp);
	return 0;
}

bool scan_options_gave(const struct scan_options *o, const char *name)
{
	for (struct option_at at = {0}; options_each(&command_scan, &at);)
		if (strcmp(at.def->name, name) == 0)
			return is_given(o, &at);
	return false;
}

const char *scan_options_beside(const struct scan_options *o, const char *const *allowed)
{
	for (struct option_at at = {0}; options_each(&command_scan, &at);)
		if (is_given(o, &at) && !is_among(at.def->name, allowed))
			return at.def->name;
	return NULL;
}

void scan_options_take(
	struct scan_options *to, const struct scan_options *from, const char *const *names)
{
	for (struct option_at at = {0}; options_each(&command_scan, &at);) {
		size_t offset = at.group->base + at.def->offset;

		if (is_among(at.def->name, names) && is_given(from, &at))
			memcpy((char *)to + offset, (const char *)from + offset,
				size_of(at.def->kind));
	}
}
