/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_SOCKETS_H
#define NETPROBE_CMD_SOCKETS_H

#include "netprobe/cli/options.h"

extern const struct command command_sockets;

#endif
