/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_PING_H
#define NETPROBE_CMD_PING_H

#include "netprobe/cli/options.h"

extern const struct command command_ping;

#endif
