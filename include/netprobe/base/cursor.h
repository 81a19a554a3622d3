/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_CURSOR_H
#define NETPROBE_BASE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Reads outside bytes in network order, never beyond their end. The first read that asks for more
 * than is left fails the cursor for good: it and every later one give 0 or NULL, so that a parser
 * reads a whole header and asks cursor_ok() once. Inline, since a capture reads millions of
 * headers.
 */
struct cursor {
	const uint8_t *at, *end;
	bool failed;
};

static inline void cursor_init(struct cursor *c, const void *bytes, size_t len)
{
	/* NULL with length 0 is an input, too; NULL + 0 is undefined in C */
	c->at = bytes;
	c->end = len ? c->at + len : c->at;
	c->failed = false;
}

static inline bool cursor_ok(const struct cursor *c)
{
	return !c->failed;
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Borrowed from the input. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t len)
{
	const uint8_t *bytes = c->at;

	if (c->failed || len > cursor_left(c)) {
		c->failed = true;
		c->at = c->end;
		return NULL;
	}
	if (len)
		c->at += len;
	return bytes;
}

/* The next `len` bytes, to be read by themselves. False where there are fewer: both have failed. */
static inline bool cursor_part(struct cursor *c, size_t len, struct cursor *out)
{
	const uint8_t *bytes = cursor_bytes(c, len);

	cursor_init(out, bytes, bytes ? len : 0);
	out->failed = c->failed;
	return cursor_ok(c);
}

static inline void cursor_skip(struct cursor *c, size_t len)
{
	cursor_bytes(c, len);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *bytes = cursor_bytes(c, 1);

	return bytes ? *bytes : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *bytes = cursor_bytes(c, sizeof(uint16_t));
	uint16_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return be16toh(value);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *bytes = cursor_bytes(c, sizeof(uint32_t));
	uint32_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return be32toh(value);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *bytes = cursor_bytes(c, sizeof(uint64_t));
	uint64_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof value);
	return be64toh(value);
}

#endif
