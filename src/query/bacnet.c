/* SPDX-License-Identifier: MIT */
/* BACnet/IP (ASHRAE 135, annex J): ReadPropertyMultiple of what a device says of itself. Who does
 * not know the service refuses it, and is a device all the same. */
#include "bacnet_values.h"
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum {
	BVLC = 0x81,
	UNICAST = 0x0a,
	NPDU_1 = 1,
	WANTS_REPLY = 0x04,
	HAS_TARGET = 0x20,
	HAS_SOURCE = 0x08,
	NETWORK_MESSAGE = 0x80
};
/* clause 20.1: kinds of APDU, in the upper four bits */
enum { CONFIRMED = 0, COMPLEX_ACK = 3, ERROR = 5, REJECT = 6, ABORT = 7, SEGMENTED = 0x08 };
enum { UP_TO_1476 = 5, READ_PROPERTY_MULTIPLE = 14, INVOKE = 0 };
/* The device, whatever its number (clause 15.5.2): 8 << 22 | 4194303 */
static const uint32_t ANY_DEVICE = 0x023fffff;

static const struct fact_def defs[] = {
	[BACNET_DEVICE] = {"device", FACT_NUMBER},
	[BACNET_NAME] = {"name", FACT_TEXT},
	[BACNET_VENDOR] = {"vendor", FACT_TEXT},
	[BACNET_MODEL] = {"model", FACT_TEXT},
	[BACNET_FIRMWARE] = {"firmware", FACT_TEXT},
	[BACNET_REFUSAL] = {"refusal", FACT_TEXT},
};

static uint8_t invoke_id(const struct query_token *token)
{
	return (uint8_t)token_number(token, INVOKE, 1);
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	static const uint8_t properties[] = {
		PROPERTY_NAME, PROPERTY_VENDOR, PROPERTY_MODEL, PROPERTY_FIRMWARE};
	struct writer w = {.bytes = out};

	writer_number(&w, BVLC << 8 | UNICAST, 2);
	writer_number(&w, 0, 2); /* length, below */
	writer_number(&w, NPDU_1 << 8 | WANTS_REPLY, 2);
	writer_number(&w, CONFIRMED << 4, 1);
	writer_number(&w, UP_TO_1476, 1);
	writer_number(&w, invoke_id(token), 1);
	writer_number(&w, READ_PROPERTY_MULTIPLE, 1);
	writer_number(&w, TAG_OBJECT, 1);
	writer_number(&w, ANY_DEVICE, 4);
	writer_number(&w, TAG_OPEN_1, 1);
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
		writer_number(&w, TAG_WANTED << 8 | properties[i], 2);
	writer_number(&w, TAG_CLOSE_1, 1);
	writer_set(&w, 2, w.len, 2);
	return w.len;
}

/* Networks, and addresses in them, of devices behind a router (clause 6.2). False: no APDU follows.
 */
static bool npdu(struct cursor *c)
{
	uint8_t version = cursor_u8(c), control = cursor_u8(c);

	if (control & HAS_TARGET) {
		cursor_skip(c, 2);
		cursor_skip(c, cursor_u8(c));
	}
	if (control & HAS_SOURCE) {
		cursor_skip(c, 2);
		cursor_skip(c, cursor_u8(c));
	}
	if (control & HAS_TARGET)
		cursor_skip(c, 1); /* hops */
	return cursor_ok(c) && version == NPDU_1 && !(control & NETWORK_MESSAGE);
}

static bool refused(struct facts *f, const char *how)
{
	facts_puts(f, BACNET_REFUSAL, how);
	return true;
}

static bool apdu(struct cursor *c, const struct query_token *token, struct facts *f)
{
	uint8_t head = cursor_u8(c), invoke = cursor_u8(c), service = cursor_u8(c);

	if (!cursor_ok(c) || invoke != invoke_id(token))
		return false;
	switch (head >> 4) {
	case COMPLEX_ACK:
		return service == READ_PROPERTY_MULTIPLE && !(head & SEGMENTED) &&
		       bacnet_values(c, f);
	case ERROR: /* class and code, as enumerations */
		return service == READ_PROPERTY_MULTIPLE && cursor_left(c) >= 4 &&
		       refused(f, "error");
	case REJECT: /* its third byte is the reason */
		return cursor_left(c) == 0 && refused(f, "reject");
	case ABORT:
		return cursor_left(c) == 0 && refused(f, "abort");
	default:
		return false;
	}
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint8_t type, function;
	uint16_t size;

	cursor_init(&c, bytes, len);
	type = cursor_u8(&c);
	function = cursor_u8(&c);
	size = cursor_u16(&c);
	return type == BVLC && function == UNICAST && size == len && npdu(&c) &&
	       apdu(&c, token, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	if (say_text(f, BACNET_REFUSAL, "", out))
		return;
	say_text(f, BACNET_VENDOR, "", out);
	say_text(f, BACNET_MODEL, out->len > start ? " " : "", out);
	say_text(f, BACNET_FIRMWARE, out->len > start ? " " : "", out);
	say_text(f, BACNET_NAME, say_comma(out, start), out);
}

const struct query query_bacnet = {
	.protocol = "bacnet",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
