/* SPDX-License-Identifier: MIT */
#include "dns_message.h"

enum { LABEL_MAX = 63, POINTER = 0xc0 };

/* IANA's names; the numbers are those of the header, without EDNS. */
static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
	"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", "RCODE12",
	"RCODE13", "RCODE14", "RCODE15"};

const char *dns_rcode(uint16_t flags)
{
	return rcodes[flags & DNS_RCODE];
}

bool dns_header(struct cursor *c, struct dns_header *h)
{
	h->id = cursor_u16(c);
	h->flags = cursor_u16(c);
	h->questions = cursor_u16(c);
	h->answers = cursor_u16(c);
	h->authorities = cursor_u16(c);
	h->additionals = cursor_u16(c);
	return cursor_ok(c);
}

/* A pointer always is a name's end (4.1.4), and is not followed here. */
bool dns_skip_name(struct cursor *c)
{
	for (size_t total = 0; total < DNS_NAME_MAX;) {
		uint8_t len = cursor_u8(c);

		cursor_skip(c, len >= POINTER ? 1 : len);
		if (!cursor_ok(c) || (len > LABEL_MAX && len < POINTER))
			return false;
		if (len == 0 || len >= POINTER)
			return true;
		total += 1U + len;
	}
	return false;
}

bool dns_record(struct cursor *c, struct dns_record *r)
{
	if (!dns_skip_name(c))
		return false;
	r->type = cursor_u16(c);
	r->class = cursor_u16(c);
	cursor_skip(c, 4); /* time to live */
	return cursor_part(c, cursor_u16(c), &r->data);
}

/* To where a pointer leads: before the part of the name that it stands in, or there would be loops.
 * The new part may read up to the end of what the old one could. */
static bool follow(struct cursor *c, uint8_t high, const uint8_t *message, const uint8_t **part)
{
	size_t offset = (size_t)(high & ~POINTER) << 8 | cursor_u8(c);

	if (!cursor_ok(c) || offset >= (size_t)(*part - message))
		return false;
	*part = message + offset;
	cursor_init(c, *part, (size_t)(c->end - *part));
	return true;
}

static bool add_label(struct cursor *c, uint8_t len, char *out, size_t *used)
{
	const uint8_t *label = cursor_bytes(c, len);

	if (!label || len > LABEL_MAX || *used + len + 1U > DNS_NAME_MAX)
		return false;
	if (*used > 0)
		out[(*used)++] = '.';
	memcpy(out + *used, label, len);
	*used += len;
	return true;
}

size_t dns_name(
	const struct cursor *name, const uint8_t *message, char out[static DNS_NAME_MAX + 1])
{
	const uint8_t *part = name->at;
	struct cursor c = *name;
	size_t used = 0;
	uint8_t len;

	for (;;) {
		bool fine;

		len = cursor_u8(&c);
		if (len == 0)
			break;
		fine = len >= POINTER ? follow(&c, len, message, &part)
				      : add_label(&c, len, out, &used);
		if (!fine)
			return 0;
	}
	out[used] = '\0';
	return cursor_ok(&c) ? used : 0;
}
