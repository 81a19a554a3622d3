/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_SCAN_H
#define NETPROBE_CMD_SCAN_H

#include "netprobe/cli/options.h"

extern const struct command command_scan;

#endif
