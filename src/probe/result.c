/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/result.h"

#include <errno.h>

const char *port_state_name(enum port_state state)
{
	static const char *const names[PORT_STATES] = {
		[PORT_PENDING] = "pending",
		[PORT_OPEN] = "open",
		[PORT_CLOSED] = "closed",
		[PORT_FILTERED] = "filtered",
		[PORT_UNREACHABLE] = "unreachable",
		[PORT_UNPROVED] = "unproved",
		[PORT_OPEN_FILTERED] = "open|filtered",
	};

	return names[state];
}

const char *port_reason_name(enum port_reason reason)
{
	static const char *const names[PORT_REASONS] = {
		[REASON_NONE] = "none",
		[REASON_SYN_ACK] = "syn-ack",
		[REASON_RST] = "rst",
		[REASON_REPLY] = "reply",
		[REASON_ICMP] = "icmp",
		[REASON_TIMEOUT] = "timeout",
		[REASON_NO_ROUTE] = "no-route",
		[REASON_ARP] = "arp",
		[REASON_LOCAL] = "local",
	};

	return names[reason];
}

enum port_reason reason_of_errno(int err)
{
	switch (err) {
	case EPERM:
		return REASON_LOCAL;
	case ENETUNREACH:  /* no route */
	case EHOSTUNREACH: /* a route of type unreachable */
	case EACCES:       /* prohibit */
	case EINVAL:       /* blackhole */
	case ENETDOWN:
	case ENODEV:
	case EAFNOSUPPORT:
		return REASON_NO_ROUTE;
	default: /* EADDRNOTAVAIL, ENOBUFS, ENOMEM, EAGAIN, ... */
		return REASON_NONE;
	}
}
