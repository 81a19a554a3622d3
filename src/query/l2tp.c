/* SPDX-License-Identifier: MIT */
/* L2TP: SCCRQ (RFC 2661, sections 3.1 and 6.1), which begins a tunnel; the answer is not
 * acknowledged, so that the other side drops it. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { CONTROL = 0xc802, CONTROL_MASK = 0xc80f, HEADER = 12 };
enum { SCCRQ = 1, SCCRP = 2, STOP_CCN = 4 };
enum { MANDATORY = 0x8000, HIDDEN = 0x4000, LENGTH = 0x3ff };
/* section 4.4 */
enum {
	MESSAGE_TYPE = 0,
	PROTOCOL_VERSION = 2,
	FRAMING = 3,
	FIRMWARE_REVISION = 6,
	HOST_NAME = 7,
	VENDOR_NAME = 8,
	ASSIGNED_TUNNEL = 9,
	WINDOW = 10
};

enum { ANSWER, HOST, VENDOR, FIRMWARE };

static const struct fact_def defs[] = {
	[ANSWER] = {"answer", FACT_TEXT},
	[HOST] = {"host", FACT_TEXT},
	[VENDOR] = {"vendor", FACT_TEXT},
	[FIRMWARE] = {"firmware", FACT_NUMBER},
};

/* 0 is no tunnel. */
static uint16_t tunnel(const struct query_token *token)
{
	return (uint16_t)token_number(token, 0, 2) | 1;
}

static void avp(struct writer *w, uint16_t type, uint64_t value, unsigned size)
{
	writer_number(w, MANDATORY | (6 + size), 2);
	writer_number(w, 0, 2); /* IETF's */
	writer_number(w, type, 2);
	writer_number(w, value, size);
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, CONTROL, 2);
	writer_number(&w, 0, HEADER - 2); /* length; no tunnel, no session, the first message */
	avp(&w, MESSAGE_TYPE, SCCRQ, 2);
	avp(&w, PROTOCOL_VERSION, 0x0100, 2);
	avp(&w, FRAMING, 3, 4); /* both kinds */
	avp(&w, HOST_NAME, 'n' << 8 | 'p', 2);
	avp(&w, ASSIGNED_TUNNEL, tunnel(token), 2);
	avp(&w, WINDOW, 4, 2);
	writer_set(&w, 2, w.len, 2);
	return w.len;
}

static void attribute(struct facts *f, uint16_t type, struct cursor value)
{
	size_t len = cursor_left(&value);

	if (type == HOST_NAME)
		facts_text(f, HOST, value.at, len);
	else if (type == VENDOR_NAME)
		facts_text(f, VENDOR, value.at, len);
	else if (type == FIRMWARE_REVISION && len == 2)
		facts_number(f, FIRMWARE, cursor_u16(&value));
}

/* The type of the message comes first (section 4.4.1). */
static bool message_type(struct cursor *c, struct facts *f)
{
	uint16_t head = cursor_u16(c), vendor = cursor_u16(c), type = cursor_u16(c), kind;

	kind = cursor_u16(c);
	if (!cursor_ok(c) || (head & LENGTH) != 8 || vendor != 0 || type != MESSAGE_TYPE ||
		(kind != SCCRP && kind != STOP_CCN))
		return false;
	facts_puts(f, ANSWER, kind == SCCRP ? "SCCRP" : "StopCCN");
	return true;
}

static bool attributes(struct cursor *c, struct facts *f)
{
	while (cursor_left(c) > 0) {
		uint16_t head = cursor_u16(c), vendor = cursor_u16(c), type = cursor_u16(c);
		size_t size = head & LENGTH;
		struct cursor value;

		if (!cursor_ok(c) || size < 6 || !cursor_part(c, size - 6, &value))
			return false;
		if (vendor == 0 && !(head & HIDDEN))
			attribute(f, type, value);
	}
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint16_t flags, size, ours, session, received;
	struct cursor c;

	cursor_init(&c, bytes, len);
	flags = cursor_u16(&c);
	size = cursor_u16(&c);
	ours = cursor_u16(&c);
	session = cursor_u16(&c);
	cursor_skip(&c, 2);
	received = cursor_u16(&c);
	if (!cursor_ok(&c) || (flags & CONTROL_MASK) != CONTROL || size != len ||
		ours != tunnel(token) || session != 0)
		return false;
	if (cursor_left(&c) == 0) { /* what it has to say follows (section 5.8) */
		facts_puts(out, ANSWER, "acknowledgement");
		return received == 1;
	}
	return message_type(&c, out) && attributes(&c, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, VENDOR, "", out) && !say_text(f, ANSWER, "", out))
		return;
	say_text(f, HOST, ", ", out);
}

const struct query query_l2tp = {
	.protocol = "l2tp",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
