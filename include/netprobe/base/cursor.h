/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_CURSOR_H
#define NETPROBE_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads outside bytes in network order, never beyond their end. The first read that asks for more
 * than is left fails the cursor for good: it and every later one give 0 or NULL, so that a parser
 * reads a whole header and asks cursor_ok() once.
 */
struct cursor {
	const uint8_t *at, *end;
	bool failed;
};

void cursor_init(struct cursor *c, const void *bytes, size_t len);
bool cursor_ok(const struct cursor *c);
size_t cursor_left(const struct cursor *c);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
const uint8_t *cursor_bytes(struct cursor *c, size_t len); /* borrowed from the input */
void cursor_skip(struct cursor *c, size_t len);

#endif
