/* SPDX-License-Identifier: MIT */
#ifndef PACKET_COOKED_H
#define PACKET_COOKED_H

#include "netprobe/base/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* What Linux writes in the place of a link header where interfaces differ ("any"). */
struct cooked {
	uint16_t type; /* as Ethernet's; 0: of something that is no Ethernet type */
	bool outgoing, incoming;
	bool to_others;     /* came in, and is addressed to another machine */
	uint32_t interface; /* index; 0: version 1 does not know */
};

/* `version` is 1 or 2. False, and *out blank, for what is cut short. */
bool cooked_parse(struct cursor *c, int version, struct cooked *out);

#endif
