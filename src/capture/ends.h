/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_ENDS_H
#define CAPTURE_ENDS_H

#include "netprobe/net/addr.h"

#include <string.h>

/* `ip` are the 4 or 16 bytes of a header. Written in one piece: who reads more of it than was
 * written last waits for the store. */
static inline void end_set(struct addr *out, uint8_t family, const uint8_t *ip, uint16_t port)
{
	uint32_t words[4] = {0};

	out->family = family;
	out->port = port;
	out->scope = 0;
	if (family == 4)
		memcpy(words, ip, 4);
	else
		memcpy(words, ip, 16);
	memcpy(out->ip, words, sizeof words);
}

#endif
