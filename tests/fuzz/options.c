/* SPDX-License-Identifier: MIT */
/* Command lines: the input's lines are the arguments of each command in turn. */
#include "netprobe/cli/options.h"
#include "../../src/cmd/ping_options.h"
#include "../../src/cmd/sockets_options.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/ping.h"
#include "netprobe/cmd/sockets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every kind whose value may be left out, as no command has them. */
struct optional {
	uint64_t number;
	nsec_t time;
	double real;
	int choice;
	const char *text;
	struct option_list list;
};

static const char *const colors[] = {"red", "green", NULL};

static const struct option_def optional_defs[] = {
	{.letter = 'n',
		.name = "number",
		.kind = OPTION_UINT,
		.fallback = "3",
		.min = 1,
		.max = 10,
		.offset = offsetof(struct optional, number)},
	{.letter = 'w',
		.name = "watch",
		.kind = OPTION_DURATION,
		.fallback = "1s",
		.min = 1,
		.max = 60000000000,
		.offset = offsetof(struct optional, time)},
	{.letter = 'r',
		.name = "real",
		.kind = OPTION_REAL,
		.fallback = "0.5",
		.max = 2,
		.offset = offsetof(struct optional, real)},
	{.letter = 'c',
		.name = "color",
		.kind = OPTION_CHOICE,
		.choices = colors,
		.fallback = "green",
		.offset = offsetof(struct optional, choice)},
	{.letter = 't',
		.name = "text",
		.kind = OPTION_TEXT,
		.fallback = "a",
		.offset = offsetof(struct optional, text)},
	{.letter = 'l',
		.name = "list",
		.kind = OPTION_LIST,
		.fallback = "b",
		.offset = offsetof(struct optional, list)},
};

static const struct option_group optional_groups[] = {
	{.defs = optional_defs, .count = ARRAY_SIZE(optional_defs)},
};

static const struct command optional_command = {
	.name = "optional",
	.groups = optional_groups,
	.group_count = ARRAY_SIZE(optional_groups),
	.options_size = sizeof(struct optional),
};

static void require(bool truth)
{
	if (!truth)
		abort();
}

static int split(char *text, char **argv)
{
	int argc = 0;

	while (argc < ARGUMENTS_MAX && text) {
		char *end = strchr(text, '\n');

		if (end)
			*end++ = '\0';
		argv[argc++] = text;
		text = end;
	}
	return argc;
}

/* Every one of `words` stands in `before`, in the same order. */
static void check_order(char *const *words, int count, char *const *before, int total)
{
	int at = 0;

	for (int i = 0; i < count; i++) {
		while (at < total && before[at] != words[i])
			at++;
		require(at++ < total);
	}
}

/* Operands are arguments in their order; text values lie inside the arguments; what was parsed
 * keeps its bounds. */
static void check_values(
	const struct command *cmd, const char *options, const char *text, size_t size)
{
	for (struct option_at at = {0}; options_each(cmd, &at);) {
		const void *slot = options + at.group->base + at.def->offset;
		uint64_t number;

		if (at.def->kind == OPTION_LIST) {
			const struct option_list *list = slot;

			for (size_t i = 0; i < list->count; i++)
				require(list->values[i] == at.def->fallback ||
					(list->values[i] >= text &&
						list->values[i] <= text + size));
		}
		/* all zero before: a value that was never given stays so */
		if (at.def->kind != OPTION_UINT && at.def->kind != OPTION_DURATION)
			continue;
		memcpy(&number, slot, sizeof number);
		require(number == 0 || (number >= at.def->min && number <= at.def->max));
	}
}

/* What ping makes of its texts keeps its bounds, or is refused in one line. */
static void check_ping(const struct ping_options *o)
{
	struct ping_request request;
	struct strbuf why = {0};
	int err = ping_options_check(o, &request, &why);

	require((err != 0) == (why.len > 0));
	require(err || request.pattern_len <= PING_PATTERN_MAX);
	require(err || (request.tos >= -1 && request.tos <= UINT8_MAX));
	require(err || (request.port != 0) == (request.mode != PING_ECHO));
	strbuf_release(&why);
}

/* The keys of --sort are as many as there are commas and one, or the one that is none is named. */
static void check_sockets(const struct sockets_options *o)
{
	struct sort_keys keys;
	struct strbuf bad = {0};
	size_t words = 1;
	int err;

	if (!o->sort.text)
		return;
	for (const char *at = o->sort.text; *at; at++)
		words += *at == ',';
	err = sort_keys_parse(o->sort.text, &keys, &bad);
	require(keys.count <= SORT_KEYS);
	require(err || (keys.count == words && bad.len == 0));
	require(!err || words > SORT_KEYS || bad.len == 0 || strstr(o->sort.text, bad.text));
	for (size_t i = 0; i < keys.count; i++)
		require(sort_needs(&keys, keys.keys[i].key));
	strbuf_release(&bad);
}

static void try_command(const struct command *cmd, const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	char *argv[ARGUMENTS_MAX], *before[ARGUMENTS_MAX];
	char *options = mem_alloc(1, cmd->options_size);
	size_t len = strlen(text);
	int argc = split(text, argv), operands = -1;
	struct strbuf why = {0};
	enum options_result result;

	memcpy(before, argv, sizeof before);
	result = options_parse(cmd, argc, argv, options, &operands, &why);
	require((result == OPTIONS_ERROR) == (why.len > 0));
	require(!why.text || !strchr(why.text, '\n'));
	require(operands >= 0 && operands <= argc);
	check_order(argv, operands, before, argc);
	check_values(cmd, options, text, len);
	if (cmd == &command_ping && result == OPTIONS_OK)
		check_ping((const void *)options);
	if (cmd == &command_sockets && result == OPTIONS_OK)
		check_sockets((const void *)options);
	options_release(cmd, options);
	free(options);
	strbuf_release(&why);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; commands[i]; i++)
		try_command(commands[i], data, size);
	try_command(&optional_command, data, size);
	return 0;
}
