/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_CMD_PCAP_H
#define NETPROBE_CMD_PCAP_H

#include "netprobe/cli/options.h"

extern const struct command command_pcap;

#endif
