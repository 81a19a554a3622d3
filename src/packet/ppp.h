/* SPDX-License-Identifier: MIT */
#ifndef PACKET_PPP_H
#define PACKET_PPP_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

enum ppp_protocol { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };

/* The protocol field (RFC 1661), of one byte where it is compressed, behind the address and control
 * bytes of HDLC framing (RFC 1662) where they stand. 0, and the cursor failed, for what is cut. */
uint16_t ppp_parse(struct cursor *c);

struct pppoe {
	bool session;    /* else discovery: nothing that is PPP follows */
	uint16_t length; /* of what follows */
};

/* RFC 2516, 4. False, and *out blank, for another version and for what is cut short. */
bool pppoe_parse(struct cursor *c, struct pppoe *out);

#endif
