/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/ping.h"

#include "ping_options.h"

#include "netprobe/cmd/commands.h"

static int ping_run(void *options, const struct arguments *args)
{
	const struct ping_options *o = options;
	struct ping_request request;
	struct strbuf why = {0};

	common_log(&o->common, "netprobe ping");
	if (ping_options_check(o, &request, &why) != 0)
		usage_error(&command_ping, "%s", why.text);
	else if (args->operand_count == 0)
		usage_error(&command_ping, "no target given");
	else
		usage_error(&command_ping, "not built yet");
	strbuf_release(&why);
	return EXIT_UNKNOWN;
}

const struct command command_ping = {
	.name = "ping",
	.summary = "is the host there, and how far: ICMP echo, TCP or UDP, measured in the kernel",
	.operands = "TARGET...",
	.about = "Asks with ICMP echo, TCP or UDP, and says who answers, after how long by the\n"
		 "kernel's own stamps, and who refused. One name or address: a line a reply,\n"
		 "until interrupted. More of them: a row each, after three probes. -q leaves the\n"
		 "summary, -v adds what the waits were. A TARGET is a name, an address, CIDR,\n"
		 "10.0.0.1-50, - or @FILE for a list; with --tcp or --udp also HOST:PORT.\n"
		 "Exit status: 0 every address answered, 1 some did not, 2 could not tell.",
	.groups = ping_groups,
	.group_count = PING_GROUP_COUNT,
	.examples = ping_examples,
	.options_size = sizeof(struct ping_options),
	.defaults = ping_defaults,
	.run = ping_run,
};
