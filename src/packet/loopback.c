/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <byteswap.h>

/* Everybody has AF_INET from 4.2BSD; AF_INET6 each chose alone. */
enum {
	FAMILY_IPV4 = 2,
	FAMILY_IPV6_LINUX = 10,
	FAMILY_IPV6_NETBSD = 24, /* OpenBSD, too */
	FAMILY_IPV6_FREEBSD = 28,
	FAMILY_IPV6_DARWIN = 30
};

uint8_t loopback_parse(struct cursor *c, bool network_order)
{
	uint32_t family = cursor_u32(c);

	/* families are small, so the other way round they are large */
	if (!network_order && family > UINT16_MAX)
		family = bswap_32(family);
	switch (family) {
	case FAMILY_IPV4:
		return 4;
	case FAMILY_IPV6_LINUX:
	case FAMILY_IPV6_NETBSD:
	case FAMILY_IPV6_FREEBSD:
	case FAMILY_IPV6_DARWIN:
		return 6;
	default:
		return 0;
	}
}
