/* SPDX-License-Identifier: MIT */
#include "netprobe/base/cursor.h"

#include <endian.h>
#include <string.h>

void cursor_init(struct cursor *c, const void *bytes, size_t len)
{
	/* NULL with length 0 is an input, too; NULL + 0 is undefined in C */
	c->at = bytes;
	c->end = len ? c->at + len : c->at;
	c->failed = false;
}

bool cursor_ok(const struct cursor *c)
{
	return !c->failed;
}

size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

const uint8_t *cursor_bytes(struct cursor *c, size_t len)
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

void cursor_skip(struct cursor *c, size_t len)
{
	cursor_bytes(c, len);
}

/* Into *out, of `len` bytes, which stay as they are where the input is too short. */
static void take(struct cursor *c, void *out, size_t len)
{
	const uint8_t *bytes = cursor_bytes(c, len);

	if (bytes)
		memcpy(out, bytes, len);
}

uint8_t cursor_u8(struct cursor *c)
{
	uint8_t value = 0;

	take(c, &value, sizeof value);
	return value;
}

uint16_t cursor_u16(struct cursor *c)
{
	uint16_t value = 0;

	take(c, &value, sizeof value);
	return be16toh(value);
}

uint32_t cursor_u32(struct cursor *c)
{
	uint32_t value = 0;

	take(c, &value, sizeof value);
	return be32toh(value);
}

uint64_t cursor_u64(struct cursor *c)
{
	uint64_t value = 0;

	take(c, &value, sizeof value);
	return be64toh(value);
}
