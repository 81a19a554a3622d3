/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_PCAPNG_BYTES_H
#define CAPTURE_PCAPNG_BYTES_H

#include "byte_source.h"

#include "netprobe/base/err.h"

#include <byteswap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A block that holds a packet or describes an interface takes at most this. */
enum { PCAPNG_BLOCK_MAX = 1 << 20 };

/* The part of a file that is looked at, and the order of the bytes in its numbers. Small until a
 * block needs more. */
struct pcapng_bytes {
	struct byte_source from;
	uint64_t base;   /* of buf[0] in the file */
	size_t at, fill; /* buf[at..fill) is unread */
	size_t room;
	uint8_t *buf; /* of `room` bytes */
	bool swapped; /* against this machine's order */
};

void pcapng_bytes_init(struct pcapng_bytes *b, struct byte_source from);
void pcapng_bytes_release(struct pcapng_bytes *b);

/* What pcapng_need() does where they are not there yet. */
int pcapng_refill(struct pcapng_bytes *b, size_t size);

/* 1: so many bytes, PCAPNG_BLOCK_MAX at most, stand at buf[at]; 0: there is none left at all; else
 * the error: the source's, or ERR_CUT. */
static inline int pcapng_need(struct pcapng_bytes *b, size_t size)
{
	return b->fill - b->at >= size ? 1 : pcapng_refill(b, size);
}

/* The same inside of a block, where there must be more: 0 or the error. */
static inline int pcapng_need_more(struct pcapng_bytes *b, size_t size)
{
	int got = pcapng_need(b, size);

	if (got == 0)
		return ERR_CUT;
	return got < 0 ? got : 0;
}

static inline uint16_t pcapng_u16(const struct pcapng_bytes *b, const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof value);
	return b->swapped ? bswap_16(value) : value;
}

static inline uint32_t pcapng_u32(const struct pcapng_bytes *b, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return b->swapped ? bswap_32(value) : value;
}

static inline uint64_t pcapng_u64(const struct pcapng_bytes *b, const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof value);
	return b->swapped ? bswap_64(value) : value;
}

#endif
