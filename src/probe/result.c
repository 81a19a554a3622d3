/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/result.h"

const char *port_state_name(enum port_state state)
{
	static const char *const names[PORT_STATES] = {
		[PORT_PENDING] = "pending",
		[PORT_OPEN] = "open",
		[PORT_CLOSED] = "closed",
		[PORT_FILTERED] = "filtered",
		[PORT_UNREACHABLE] = "unreachable",
		[PORT_UNPROVED] = "unproved",
	};

	return names[state];
}

const char *port_reason_name(enum port_reason reason)
{
	static const char *const names[PORT_REASONS] = {
		[REASON_NONE] = "none",
		[REASON_SYN_ACK] = "syn-ack",
		[REASON_RST] = "rst",
		[REASON_ICMP] = "icmp",
		[REASON_TIMEOUT] = "timeout",
		[REASON_NO_ROUTE] = "no-route",
		[REASON_ARP] = "arp",
		[REASON_LOCAL] = "local",
	};

	return names[reason];
}
