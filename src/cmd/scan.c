/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/scan.h"

#include "scan_options.h"

#include "netprobe/base/log.h"
#include "netprobe/cmd/commands.h"

/* A place for the scan itself: the command below stays. */
static int run(void *options, const struct arguments *args)
{
	(void)options;
	if (args->operand_count == 0)
		return usage_error(&command_scan, "no TARGET given");
	log_error("not yet");
	return EXIT_UNKNOWN;
}

const struct command command_scan = {
	.name = "scan",
	.summary = "which TCP ports are open, closed or filtered, why, and who said so",
	.operands = "TARGET...",
	.about = "Says which TCP ports are open, closed, filtered or unreachable, why, and who\n"
		 "said so, by connecting to them; needs no privilege. A TARGET is a name, an\n"
		 "address, HOST:PORT, [V6]:PORT, a URL, CIDR, 10.0.0.1-50, - or @FILE for a list.\n"
		 "Exit status: 0 something is open, 1 nothing is open, 2 could not tell.",
	.groups = scan_groups,
	.group_count = SCAN_GROUP_COUNT,
	.examples = scan_examples,
	.options_size = sizeof(struct scan_options),
	.defaults = scan_defaults,
	.run = run,
};
