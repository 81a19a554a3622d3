/* SPDX-License-Identifier: MIT */
/* Command lines: the input's lines are the arguments of `netprobe scan`. */
#include "netprobe/cli/options.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
static void check_values(const char *options, const char *text, size_t size)
{
	for (struct option_at at = {0}; options_each(&command_scan, &at);) {
		const void *slot = options + at.group->base + at.def->offset;
		uint64_t number;

		if (at.def->kind == OPTION_LIST) {
			const struct option_list *list = slot;

			for (size_t i = 0; i < list->count; i++)
				require(list->values[i] >= text && list->values[i] <= text + size);
		}
		/* all zero before: a value that was never given stays so */
		if (at.def->kind != OPTION_UINT && at.def->kind != OPTION_DURATION)
			continue;
		memcpy(&number, slot, sizeof number);
		require(number == 0 || (number >= at.def->min && number <= at.def->max));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	char *argv[ARGUMENTS_MAX], *before[ARGUMENTS_MAX];
	char *options = mem_alloc(1, command_scan.options_size);
	size_t len = strlen(text);
	int argc = split(text, argv), operands = -1;
	struct strbuf why = {0};
	enum options_result result;

	memcpy(before, argv, sizeof before);
	result = options_parse(&command_scan, argc, argv, options, &operands, &why);
	require((result == OPTIONS_ERROR) == (why.len > 0));
	require(!why.text || !strchr(why.text, '\n'));
	require(operands >= 0 && operands <= argc);
	check_order(argv, operands, before, argc);
	check_values(options, text, len);
	options_release(&command_scan, options);
	free(options);
	strbuf_release(&why);
	free(text);
	return 0;
}
