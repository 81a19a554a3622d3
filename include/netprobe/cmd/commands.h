/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_COMMANDS_H
#define NETPROBE_CMD_COMMANDS_H

#include "netprobe/cli/options.h"

enum exit_status { EXIT_YES, EXIT_NO, EXIT_UNKNOWN };

/* Every command, in the order of the program's help; NULL-ended. */
extern const struct command *const commands[];

const struct command *command_find(const char *name); /* NULL where there is none */

/* One line through log_error() and a hint at the help of `cmd`, or of the program when NULL.
 * Returns EXIT_UNKNOWN. */
int usage_error(const struct command *cmd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The hint alone, where more than a line had to be said. Returns EXIT_UNKNOWN. */
int usage_hint(const struct command *cmd);

#endif
