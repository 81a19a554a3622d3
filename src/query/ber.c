/* SPDX-License-Identifier: MIT */
#include "ber.h"

enum { TAG_LONG = 0x1f, LENGTH_LONG = 0x80, LENGTH_BYTES_MAX = 4 };

static bool fail(struct cursor *c)
{
	c->failed = true;
	c->at = c->end;
	return false;
}

/* 8.1.3; the indefinite form (0x80) is none of SNMP's, LDAP's or Kerberos'. */
static size_t length(struct cursor *c)
{
	size_t value = cursor_u8(c), bytes;

	if (value < LENGTH_LONG)
		return value;
	bytes = value - LENGTH_LONG;
	if (bytes == 0 || bytes > LENGTH_BYTES_MAX) {
		fail(c);
		return 0;
	}
	for (value = 0; bytes > 0; bytes--)
		value = value << 8 | cursor_u8(c);
	return value;
}

bool ber_element(struct cursor *c, uint8_t *tag, struct cursor *content)
{
	*tag = cursor_u8(c);
	if ((*tag & TAG_LONG) == TAG_LONG)
		fail(c);
	return cursor_part(c, length(c), content);
}

bool ber_enter(struct cursor *c, uint8_t tag, struct cursor *content)
{
	uint8_t found;

	if (!ber_element(c, &found, content))
		return false;
	return found == tag || fail(content) || fail(c);
}

bool ber_number(struct cursor *c, uint8_t tag, uint64_t *value)
{
	struct cursor content;
	size_t len;

	*value = 0;
	if (!ber_enter(c, tag, &content))
		return false;
	len = cursor_left(&content);
	if (len == 0 || *content.at & 0x80)
		return fail(c);
	if (len > sizeof *value && (len > sizeof *value + 1 || *content.at != 0))
		return fail(c);
	while (cursor_left(&content) > 0)
		*value = *value << 8 | cursor_u8(&content);
	return true;
}
