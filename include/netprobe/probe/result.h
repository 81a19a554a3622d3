/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROBE_RESULT_H
#define NETPROBE_PROBE_RESULT_H

#include "netprobe/base/clock.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stdint.h>

/* What is said of a port, and on what ground; the names are those of the `port` record. */
enum port_state {
	PORT_PENDING, /* not decided yet */
	PORT_OPEN,
	PORT_CLOSED,
	PORT_FILTERED,
	PORT_UNREACHABLE,
	PORT_UNPROVED,
	PORT_OPEN_FILTERED, /* UDP: silent, as far as could be proved: cell.confidence */
	PORT_STATES,
};

enum port_reason {
	REASON_NONE,
	REASON_SYN_ACK,
	REASON_RST,
	REASON_REPLY,
	REASON_ICMP,
	REASON_TIMEOUT,
	REASON_NO_ROUTE,
	REASON_ARP,
	REASON_LOCAL,
	PORT_REASONS,
};

const char *port_state_name(enum port_state state);
const char *port_reason_name(enum port_reason reason);

/* What it means that send(2) or connect(2) was refused at once with `err`, without a packet from
 * anywhere: REASON_LOCAL (a rule of our own firewall), REASON_NO_ROUTE, or REASON_NONE: this
 * machine is short of something, or the call was wrong. */
enum port_reason reason_of_errno(int err);

/* What one probe brought. */
struct answer {
	enum port_state state;
	enum port_reason reason;
	uint8_t icmp_type,
		icmp_code; /* with REASON_ICMP, and REASON_LOCAL where our own firewall rejects */
	int err;           /* errno of this machine where that is the ground, else 0 */
	bool resent;       /* the kernel had to send its SYN again: a loss */
	struct addr from;  /* who said so; family 0: nobody */
	nsec_t wire, arrived; /* kernel's stamps of probe and answer, wall clock; 0: none */
	nsec_t rtt; /* by the kernel's measure; 0 where only the program's clock is there */
};

#endif
