/* SPDX-License-Identifier: MIT */
/* STUN binding request (RFC 8489, sections 5 and 14): whoever answers tells whom it sees. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { REQUEST = 0x0001, SUCCESS = 0x0101, REFUSAL = 0x0111 };
enum { COOKIE_HIGH = 0x2112, COOKIE_LOW = 0xa442, ID = 12, HEADER = 20 };
static const uint32_t COOKIE = (uint32_t)COOKIE_HIGH << 16 | COOKIE_LOW;
/* RFC 8489, section 18.3; RESPONSE-ORIGIN: RFC 5780, section 7 */
enum {
	MAPPED_ADDRESS = 0x0001,
	ERROR_CODE = 0x0009,
	XOR_MAPPED_ADDRESS = 0x0020,
	SOFTWARE = 0x8022,
	RESPONSE_ORIGIN = 0x802b
};
enum { FAMILY_4 = 1, FAMILY_6 = 2 };

enum { FACT_SOFTWARE, FACT_MAPPED, FACT_ORIGIN, FACT_ERROR, FACT_REASON };

static const struct fact_def defs[] = {
	[FACT_SOFTWARE] = {"software", FACT_TEXT},
	[FACT_MAPPED] = {"mapped", FACT_TEXT},
	[FACT_ORIGIN] = {"origin", FACT_TEXT},
	[FACT_ERROR] = {"error", FACT_NUMBER},
	[FACT_REASON] = {"reason", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, REQUEST, 2);
	writer_number(&w, 0, 2); /* no attributes */
	writer_number(&w, COOKIE, 4);
	token_write(token, 0, &w, ID);
	return w.len;
}

/* `mask`: the cookie and the transaction's id, which hide addresses from routers that change them.
 */
static void address(struct facts *f, size_t index, struct cursor value, const uint8_t *mask)
{
	uint8_t family, bytes[16];
	uint16_t port;
	size_t len;
	const uint8_t *given;

	cursor_skip(&value, 1);
	family = cursor_u8(&value);
	port = cursor_u16(&value);
	len = cursor_left(&value);
	given = cursor_bytes(&value, len);
	if (!cursor_ok(&value) || len != (family == FAMILY_4 ? 4 : 16) || family > FAMILY_6)
		return;
	for (size_t i = 0; i < len; i++)
		bytes[i] = given[i] ^ (mask ? mask[i] : 0);
	fact_address(f, index, bytes, len, mask ? port ^ COOKIE_HIGH : port);
}

static void refusal(struct facts *f, struct cursor value)
{
	uint8_t class, number;
	size_t len;

	cursor_skip(&value, 2);
	class = cursor_u8(&value) & 7;
	number = cursor_u8(&value);
	len = cursor_left(&value);
	if (!cursor_ok(&value))
		return;
	facts_number(f, FACT_ERROR, class * 100U + number);
	facts_text(f, FACT_REASON, value.at, len);
}

static void attribute(struct facts *f, uint16_t type, struct cursor value, const uint8_t *mask)
{
	switch (type) {
	case SOFTWARE:
		facts_text(f, FACT_SOFTWARE, value.at, cursor_left(&value));
		break;
	case XOR_MAPPED_ADDRESS:
		address(f, FACT_MAPPED, value, mask);
		break;
	case MAPPED_ADDRESS: /* of servers of RFC 3489; the other one is to be trusted more */
		if (!facts_get(f, FACT_MAPPED))
			address(f, FACT_MAPPED, value, NULL);
		break;
	case RESPONSE_ORIGIN:
		address(f, FACT_ORIGIN, value, NULL);
		break;
	case ERROR_CODE:
		refusal(f, value);
		break;
	default:
		break;
	}
}

/* False: they are malformed. Each stands on a multiple of four. */
static bool attributes(struct facts *f, struct cursor *c, const uint8_t *mask)
{
	while (cursor_left(c) > 0) {
		uint16_t type = cursor_u16(c), len = cursor_u16(c);
		struct cursor value;

		cursor_part(c, len, &value);
		cursor_skip(c, (4U - len % 4) % 4);
		if (!cursor_ok(c))
			return false;
		attribute(f, type, value, mask);
	}
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint16_t type, rest;

	cursor_init(&c, bytes, len);
	type = cursor_u16(&c);
	rest = cursor_u16(&c);
	if (cursor_u32(&c) != COOKIE || !token_gave(token, 0, cursor_bytes(&c, ID), ID))
		return false;
	if ((type != SUCCESS && type != REFUSAL) || rest != cursor_left(&c))
		return false;
	return attributes(out, &c, bytes + HEADER - ID - 4);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, FACT_SOFTWARE, "", out))
		return;
	if (say_number(f, FACT_ERROR, "error ", out))
		say_text(f, FACT_REASON, " ", out);
	else
		say_text(f, FACT_MAPPED, "sees ", out);
}

const struct query query_stun = {
	.protocol = "stun",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
