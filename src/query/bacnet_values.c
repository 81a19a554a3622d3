/* SPDX-License-Identifier: MIT */
#include "bacnet_values.h"

enum { OBJECT_DEVICE = 8, INSTANCE = 0x3fffff, TYPE_SHIFT = 22 };
enum { STRING = 7, LONG = 5, IN_TWO_BYTES = 254, UTF_8 = 0 };

static const struct {
	uint8_t property;
	size_t index;
} texts[] = {{PROPERTY_NAME, BACNET_NAME}, {PROPERTY_VENDOR, BACNET_VENDOR},
	{PROPERTY_MODEL, BACNET_MODEL}, {PROPERTY_FIRMWARE, BACNET_FIRMWARE}};

/* The length behind a tag (clause 20.2.1.3); strings of more than 64 KiB are in no datagram. */
static size_t length(struct cursor *c, uint8_t tag)
{
	size_t len = tag & 7;

	if (len < LONG)
		return len;
	len = cursor_u8(c);
	if (len == IN_TWO_BYTES)
		len = cursor_u16(c);
	return len;
}

/* A string begins with the number of its character set; only UTF-8 is told. */
static bool string(struct cursor *c, uint8_t property, struct facts *f)
{
	uint8_t tag = cursor_u8(c);
	size_t len = length(c, tag);
	const uint8_t *bytes = cursor_bytes(c, len);

	if (!bytes || tag >> 4 != STRING || tag & 8 || len == 0)
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].property == property && bytes[0] == UTF_8)
			facts_text(f, texts[i].index, bytes + 1, len - 1);
	return cursor_u8(c) == TAG_CLOSE_VALUE;
}

/* Class and code, each an enumeration of its own length. */
static bool refusal(struct cursor *c)
{
	for (unsigned i = 0; i < 2; i++)
		cursor_skip(c, length(c, cursor_u8(c)));
	return cursor_u8(c) == TAG_CLOSE_ERROR;
}

static bool property(struct cursor *c, struct facts *f)
{
	uint8_t number = cursor_u8(c), tag = cursor_u8(c);

	if (tag == TAG_OPEN_ERROR)
		return refusal(c);
	return tag == TAG_OPEN_VALUE && string(c, number, f);
}

bool bacnet_values(struct cursor *c, struct facts *out)
{
	uint8_t tag = cursor_u8(c);
	uint32_t object = cursor_u32(c);

	if (tag != TAG_OBJECT || object >> TYPE_SHIFT != OBJECT_DEVICE ||
		cursor_u8(c) != TAG_OPEN_1)
		return false;
	facts_number(out, BACNET_DEVICE, object & INSTANCE);
	while ((tag = cursor_u8(c)) == TAG_PROPERTY)
		if (!property(c, out) || !cursor_ok(c))
			return false;
	return cursor_ok(c) && tag == TAG_CLOSE_1 && cursor_left(c) == 0;
}
