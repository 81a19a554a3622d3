/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/checksum.h"

#include <endian.h>
#include <string.h>

/* One's complement: what is carried out at the top comes in at the bottom. */
static uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static uint16_t fold(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	return (uint16_t)sum;
}

/* In the machine's own byte order, which the sum does not depend on (RFC 1071, 2 B). */
uint16_t checksum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t sum = 0, word;

	for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
		memcpy(&word, at, sizeof word);
		sum = add(sum, word);
	}
	word = 0;
	if (len)
		memcpy(&word, at, len);
	return be16toh((uint16_t)~fold(add(sum, word)));
}
