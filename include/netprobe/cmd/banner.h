/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_BANNER_H
#define NETPROBE_CMD_BANNER_H

#include "netprobe/cli/options.h"

extern const struct command command_banner;

#endif
