/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/echo.h"

#include "netprobe/base/cursor.h"
#include "netprobe/packet/checksum.h"

#include <endian.h>
#include <string.h>

enum { V4_REPLY = 0, V4_REQUEST = 8, V6_REQUEST = 128, V6_REPLY = 129 };

static void put_u16(uint8_t *at, uint16_t value)
{
	value = htobe16(value);
	memcpy(at, &value, sizeof value);
}

void echo_encode(int family, uint16_t id, uint16_t sequence, uint8_t *packet, size_t len)
{
	packet[0] = family == 4 ? V4_REQUEST : V6_REQUEST;
	packet[1] = 0;
	put_u16(packet + 2, 0);
	put_u16(packet + 4, id);
	put_u16(packet + 6, sequence);
	if (family == 4)
		put_u16(packet + 2, checksum(packet, len));
}

static enum echo_kind kind_of(int family, uint8_t type)
{
	if (type == (family == 4 ? V4_REQUEST : V6_REQUEST))
		return ECHO_REQUEST;
	if (type == (family == 4 ? V4_REPLY : V6_REPLY))
		return ECHO_REPLY;
	return ECHO_NONE;
}

void echo_parse(int family, const void *bytes, size_t len, struct echo *out)
{
	struct cursor c;
	enum echo_kind kind;

	*out = (struct echo){0};
	cursor_init(&c, bytes, len);
	kind = kind_of(family, cursor_u8(&c));
	cursor_skip(&c, 3); /* the code, which the kernel does not look at either; the checksum */
	out->id = cursor_u16(&c);
	out->sequence = cursor_u16(&c);
	out->size = cursor_left(&c);
	out->data = cursor_bytes(&c, out->size);
	out->kind = kind;
	if (kind == ECHO_NONE || !cursor_ok(&c))
		*out = (struct echo){0};
}

bool echo_checksum_ok(const void *bytes, size_t len)
{
	return checksum(bytes, len) == 0;
}
