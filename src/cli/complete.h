/* SPDX-License-Identifier: MIT */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "netprobe/cli/options.h"

/* One file a shell; each appends a whole script. `commands` is NULL-ended. */
void complete_bash(const struct command *const *commands, struct strbuf *out);
void complete_zsh(const struct command *const *commands, struct strbuf *out);
void complete_fish(const struct command *const *commands, struct strbuf *out);

#endif
