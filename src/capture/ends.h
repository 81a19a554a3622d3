/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_ENDS_H
#define CAPTURE_ENDS_H

#include "netprobe/net/addr.h"

#include <string.h>

/* `ip` are the 4 or 16 bytes of a header. */
static inline void end_set(struct addr *out, uint8_t family, const uint8_t *ip, uint16_t port)
{
	*out = (struct addr){.family = family, .port = port};
	if (family == 4)
		memcpy(out->ip, ip, 4);
	else
		memcpy(out->ip, ip, 16);
}

#endif
