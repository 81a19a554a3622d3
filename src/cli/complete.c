/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <string.h>

int program_completion(const struct command *const *commands, const char *shell, struct strbuf *out)
{
	static void (*const generators[])(const struct command *const *, struct strbuf *) = {
		complete_bash, complete_zsh, complete_fish};

	for (size_t i = 0; i < ARRAY_SIZE(generators) && program_shells[i]; i++) {
		if (strcmp(program_shells[i], shell) == 0) {
			generators[i](commands, out);
			return 0;
		}
	}
	return ERR_SYNTAX;
}
