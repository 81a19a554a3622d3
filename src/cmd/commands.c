/* SPDX-License-Identifier: MIT */
#include "netprobe/cmd/commands.h"

#include "netprobe/base/log.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/cmd/banner.h"
#include "netprobe/cmd/pcap.h"
#include "netprobe/cmd/ping.h"
#include "netprobe/cmd/scan.h"
#include "netprobe/cmd/sockets.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command *const commands[] = {
	&command_scan,
	&command_ping,
	&command_banner,
	&command_sockets,
	&command_pcap,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int usage_hint(const struct command *cmd)
{
	dprintf(STDERR_FILENO, "try 'netprobe%s%s --help'\n", cmd ? " " : "", cmd ? cmd->name : "");
	return EXIT_UNKNOWN;
}

int usage_error(const struct command *cmd, const char *format, ...)
{
	struct strbuf line = {0};
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&line, format, args);
	va_end(args);
	log_error("%s", line.text);
	strbuf_release(&line);
	return usage_hint(cmd);
}
