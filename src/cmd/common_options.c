/* SPDX-License-Identifier: MIT */
#include "common_options.h"

#include "netprobe/base/log.h"
#include "netprobe/output/output.h"

static const char *const formats[] = {[OUTPUT_TABLE] = "table", [OUTPUT_JSON] = "json", NULL};
static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};

const struct option_def common_address_defs[COMMON_ADDRESS_COUNT] = {
	{
		.name = "exclude",
		.kind = OPTION_LIST,
		.value = "TARGET",
		.help = "address, CIDR, range, name or @FILE to leave out; repeatable",
		.offset = offsetof(struct common_options, exclude),
	},
	{
		.name = "all-addresses",
		.kind = OPTION_FLAG,
		.help = "every address of a name, not only the first",
		.offset = offsetof(struct common_options, all_addresses),
	},
	{
		.letter = '4',
		.name = "ipv4",
		.kind = OPTION_SET,
		.min = 4,
		.exclusive = true,
		.help = "only IPv4: names give their IPv4 addresses",
		.offset = offsetof(struct common_options, family),
	},
	{
		.letter = '6',
		.name = "ipv6",
		.kind = OPTION_SET,
		.min = 6,
		.exclusive = true,
		.help = "only IPv6: names give their IPv6 addresses",
		.offset = offsetof(struct common_options, family),
	},
	{
		.letter = 'n',
		.name = "numeric",
		.kind = OPTION_FLAG,
		.help = "never look names up: a name as target is an error",
		.offset = offsetof(struct common_options, numeric),
	},
};

const struct option_def common_output_defs[COMMON_OUTPUT_COUNT] = {
	{
		.name = "format",
		.kind = OPTION_CHOICE,
		.choices = formats,
		.help = "a table for eyes, or JSON for programs, one object a line (default table)",
		.offset = offsetof(struct common_options, format),
	},
	{
		.letter = 'j',
		.name = "json",
		.kind = OPTION_SET,
		.min = OUTPUT_JSON,
		.help = "the same as --format json",
		.offset = offsetof(struct common_options, format),
	},
	{
		.letter = 'o',
		.name = "output",
		.kind = OPTION_TEXT,
		.value = "FILE",
		.is_file = true,
		.help = "write the results to this file; -: to standard output",
		.offset = offsetof(struct common_options, output),
	},
	{
		.name = "color",
		.kind = OPTION_CHOICE,
		.choices = colors,
		.help = "colour in tables; auto: on a terminal, unless NO_COLOR is set (default "
			"auto)",
		.offset = offsetof(struct common_options, color),
	},
	{
		.letter = 'v',
		.name = "verbose",
		.kind = OPTION_COUNT,
		.help = "say more on standard error; twice: still more",
		.offset = offsetof(struct common_options, verbose),
	},
	{
		.letter = 'q',
		.name = "quiet",
		.kind = OPTION_FLAG,
		.help = "no warnings and no progress on standard error, only errors",
		.offset = offsetof(struct common_options, quiet),
	},
	{.letter = 'h', .name = "help", .kind = OPTION_HELP, .help = "this text"},
};

void common_log(const struct common_options *o, const char *prefix)
{
	enum log_level last = LOG_WARN;

	if (o->quiet)
		last = LOG_ERROR;
	else if (o->verbose > 0)
		last = o->verbose > 1 ? LOG_DEBUG : LOG_INFO;
	log_setup(prefix, last);
}
