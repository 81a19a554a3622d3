/* SPDX-License-Identifier: MIT */
#ifndef PACKET_BE_H
#define PACKET_BE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Network order, of bytes that the cursor has given already: a header is checked once, not field by
 * field. */
static inline uint16_t be16_at(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof value);
	return be16toh(value);
}

static inline uint32_t be32_at(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return be32toh(value);
}

#endif
