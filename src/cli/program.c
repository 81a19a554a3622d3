/* SPDX-License-Identifier: MIT */
#include "netprobe/cli/options.h"

#include "nearest.h"

#include "netprobe/base/mem.h"

#include <string.h>

const char *const program_shells[] = {"bash", "zsh", "fish", NULL};

static const struct option_def defs[] = {
	{.letter = 'h', .name = "help", .kind = OPTION_HELP, .help = "this text"},
	{
		.name = "version",
		.kind = OPTION_FLAG,
		.help = "the version of netprobe and of the libraries it uses",
		.offset = offsetof(struct program_options, version),
	},
	{
		.name = "completion",
		.kind = OPTION_CHOICE,
		.choices = program_shells,
		.help = "a completion script for that shell",
		.offset = offsetof(struct program_options, completion),
	},
};

static const struct option_group groups[] = {
	{.title = "Options", .defs = defs, .count = ARRAY_SIZE(defs)},
};

static const char *const examples[] = {
	"netprobe scan 192.0.2.10",
	"which of the hundred likeliest ports are open, and why the others are not",
	"netprobe scan --help",
	"every option of a command",
	"source <(netprobe --completion bash)",
	"completion in the bash that runs now",
	NULL,
};

static void defaults(void *options)
{
	struct program_options *o = options;

	*o = (struct program_options){.completion = -1};
}

const struct command program = {
	.name = "netprobe",
	.summary = "is this service up, and if not, why",
	.operands = "COMMAND [OPTIONS] OPERAND...",
	.about = "Says which network services answer, and of those that do not, why and who\n"
		 "said so. Exit status: 0 yes, 1 no, 2 could not tell.",
	.groups = groups,
	.group_count = ARRAY_SIZE(groups),
	.examples = examples,
	.options_size = sizeof(struct program_options),
	.defaults = defaults,
};

const char *program_suggest(const struct command *const *commands, const char *name)
{
	struct nearest near;

	nearest_init(&near, name, strlen(name));
	for (; *commands; commands++)
		nearest_try(&near, (*commands)->name);
	return near.name;
}
